/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.Console;

/**
 * Shows how far something is, on a terminal only, and not before it has taken a while.
 */
final class Progress
{
    private static final long FIRST_NS = 500_000_000L;
    private static final long NEXT_NS = 100_000_000L;
    private static final int WIDTH = 60;

    private final boolean isShown;
    private long nextNs = System.nanoTime() + FIRST_NS;
    private boolean hasLine;

    Progress()
    {
        final Console console = System.console();
        isShown = null != console && console.isTerminal();
    }

    void show(final String what, final long done, final long total)
    {
        if (isShown && System.nanoTime() - nextNs >= 0)
        {
            show(what + " " + ByteSize.describe(done) + " of " + ByteSize.describe(total) +
                (total > 0 ? " (" + 100 * done / total + " %)" : ""));
        }
    }

    /** For steps that are known to take a while: shown at once. */
    void show(final String text)
    {
        if (isShown)
        {
            nextNs = System.nanoTime() + NEXT_NS;
            hasLine = true;
            System.err.printf("\r%-" + WIDTH + "s", text);
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
