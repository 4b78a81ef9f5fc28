/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.Console;
import java.io.InputStream;
import java.util.function.Consumer;

/**
 * Standard input, and whether somebody types it.
 */
final class StandardInput
{
    private StandardInput()
    {
    }

    /**
     * Whether what is read is typed, and what is printed is seen.
     */
    static boolean isTerminal()
    {
        final Console console = System.console();
        return null != console && console.isTerminal();
    }

    /**
     * Standard input, to be read up to its end. Who typed the command does not wait in silence for what would be typed.
     *
     * @param isTerminal whether it is typed.
     * @param warn       is told what is waited for then.
     */
    static InputStream open(final boolean isTerminal, final Consumer<String> warn)
    {
        if (isTerminal)
        {
            warn.accept("reading standard input up to its end (Ctrl-D)");
        }
        return System.in;
    }
}
