/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

/**
 * What is noted about a bounced mapping in 32 bits beside its source and where it begins there: the length less one,
 * which has 30 bits, and who reads and writes.
 */
final class MappingNote
{
    private static final int WAYS_BITS = 2;
    private static final int WAYS_MASK = (1 << WAYS_BITS) - 1;

    private MappingNote()
    {
    }

    static int of(final int length, final Direction direction)
    {
        return length - 1 << WAYS_BITS | direction.ways();
    }

    static int length(final int note)
    {
        return (note >>> WAYS_BITS) + 1;
    }

    static Direction direction(final int note)
    {
        return Direction.of(note & WAYS_MASK);
    }

    static boolean isToDevice(final int note)
    {
        return Direction.isToDevice(note);
    }

    static boolean isFromDevice(final int note)
    {
        return Direction.isFromDevice(note);
    }
}
