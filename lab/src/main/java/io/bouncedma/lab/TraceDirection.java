/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.Locale;

/**
 * Who writes a mapped buffer, as Linux's {@code enum dma_data_direction} has it, or that it is no buffer of a driver's
 * but memory made for the purpose.
 */
public enum TraceDirection
{
    /** The device only reads. */
    TO_DEVICE,
    /** The device only writes. */
    FROM_DEVICE,
    /** The device may do both. */
    BIDIRECTIONAL,
    /** Memory that both use in place until it is freed: rings, say. Nothing is bounced. */
    COHERENT;

    private static final TraceDirection[] VALUES = values();

    private final String word = name().toLowerCase(Locale.ROOT);

    /**
     * What stands for it in a trace file.
     */
    String word()
    {
        return word;
    }

    /**
     * The direction of a word in a trace file, or null.
     */
    static TraceDirection ofWord(final String word)
    {
        for (final TraceDirection direction : VALUES)
        {
            if (direction.word.equals(word))
            {
                return direction;
            }
        }
        return null;
    }

    static TraceDirection ofOrdinal(final int ordinal)
    {
        return VALUES[ordinal];
    }
}
