/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts lines of a kind, and keeps the beginnings of the first few to show.
 */
final class Samples
{
    private static final int MAX_KEPT = 3;
    private static final int MAX_CHARS = 120;

    private final List<String> kept = new ArrayList<>();
    private long count;

    void add(final String line)
    {
        count++;
        if (kept.size() < MAX_KEPT)
        {
            kept.add(Printable.ascii(line.strip(), MAX_CHARS));
        }
    }

    /** How many lines there were. */
    long count()
    {
        return count;
    }

    /** The first of them, fit for a terminal. */
    List<String> kept()
    {
        return List.copyOf(kept);
    }
}
