/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Buffers with bytes before, between and behind them that nobody may write.
 */
final class GuardedBytes
{
    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = (byte)0xa5;

    final byte[] bytes;
    private final int count;
    private final int length;

    GuardedBytes(final int count, final int length)
    {
        this.count = count;
        this.length = length;
        bytes = new byte[count * (length + GUARD) + GUARD];
        Arrays.fill(bytes, GUARD_BYTE);
    }

    int offset(final int buffer)
    {
        return GUARD + buffer * (length + GUARD);
    }

    void check()
    {
        for (int i = 0; i <= count; i++)
        {
            for (int j = 0; j < GUARD; j++)
            {
                assertEquals(GUARD_BYTE, bytes[i * (length + GUARD) + j], "written outside a buffer");
            }
        }
    }
}
