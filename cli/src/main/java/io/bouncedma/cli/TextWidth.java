/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Terminal;

/**
 * How wide paragraphs for people are printed: as wide as their terminal, within what is well to read.
 */
final class TextWidth
{
    /** Wider lines are hard to follow. */
    static final int MOST = 96;
    /** Narrower ones have a word each. */
    static final int LEAST = 40;

    /** Of a terminal that does not tell. */
    private static final int USUAL = 80;
    private static final String COLUMNS = "COLUMNS";

    private TextWidth()
    {
    }

    /** The width for standard output. */
    static int ofStandardOutput()
    {
        return of(Terminal.columns(), System.getenv(COLUMNS));
    }

    /**
     * Choose a width.
     *
     * @param terminal columns of the terminal, 0 if it does not know, {@link Terminal#NONE} if there is none.
     * @param wanted   the variable COLUMNS, which who sets it wants in place of the terminal's; or null.
     */
    static int of(final int terminal, final String wanted)
    {
        if (Terminal.NONE == terminal)
        {
            // The same for every reader of a file.
            return MOST;
        }
        final int columns = null != wanted && wanted.matches("[1-9][0-9]{0,5}") ? Integer.parseInt(wanted) :
            0 == terminal ? USUAL : terminal;
        return Math.clamp(columns, LEAST, MOST);
    }
}
