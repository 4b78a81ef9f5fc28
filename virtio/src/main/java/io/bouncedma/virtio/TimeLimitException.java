/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The peer is there but does not answer in time.
 */
public final class TimeLimitException extends VirtioException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what was waited for and how long.
     *
     * @param message what did not come in which time.
     */
    public TimeLimitException(final String message)
    {
        super(message);
    }
}
