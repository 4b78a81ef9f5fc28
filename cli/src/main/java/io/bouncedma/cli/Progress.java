/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.function.Supplier;

/**
 * Shows how far something is, on a terminal only, and not before it has taken a while.
 */
final class Progress
{
    private static final long FIRST_NS = 500_000_000L;
    private static final long NEXT_NS = 100_000_000L;
    private static final int WIDTH = 60;

    private final boolean isShown;
    private long nextNs;
    private boolean hasLine;

    Progress()
    {
        this(FIRST_NS);
    }

    /**
     * Begin.
     *
     * @param firstNs how long something takes before anything is shown.
     */
    Progress(final long firstNs)
    {
        nextNs = System.nanoTime() + firstNs;
        isShown = StandardInput.isTerminal();
    }

    void show(final String what, final long done, final long total)
    {
        show(() -> what + " " + ByteSize.describe(done) + " of " + ByteSize.describe(total) +
            (total > 0 ? " (" + 100 * done / total + " %)" : ""));
    }

    void show(final Supplier<String> text)
    {
        final long now = System.nanoTime();
        if (isShown && now - nextNs >= 0)
        {
            nextNs = now + NEXT_NS;
            hasLine = true;
            System.err.printf("\r%-" + WIDTH + "s", text.get());
            System.err.flush();
        }
    }

    void clear()
    {
        if (hasLine)
        {
            hasLine = false;
            System.err.printf("\r%" + WIDTH + "s\r", "");
            System.err.flush();
        }
    }
}
