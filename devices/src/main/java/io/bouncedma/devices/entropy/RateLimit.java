/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

import java.util.concurrent.TimeUnit;

/**
 * How much a front-end may take of a source that others need, too, as QEMU's {@code max-bytes} and {@code period}. A
 * period begins with the first byte that is taken after the one before.
 *
 * @param bytes    of a period, greater than zero.
 * @param periodMs milliseconds, greater than zero.
 */
public record RateLimit(long bytes, long periodMs)
{
    /** No limit. */
    public static final RateLimit NONE = new RateLimit(Long.MAX_VALUE, 1);

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is not positive.
     */
    public RateLimit
    {
        if (bytes <= 0 || periodMs <= 0)
        {
            throw new IllegalArgumentException(
                "a rate limit has positive numbers: bytes=" + bytes + ", periodMs=" + periodMs);
        }
    }

    long periodNs()
    {
        return TimeUnit.MILLISECONDS.toNanos(periodMs);
    }
}
