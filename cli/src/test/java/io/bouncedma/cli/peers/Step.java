/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.util.concurrent.TimeUnit;

/**
 * Tells how long a step of a run took, in the build's log.
 */
final class Step
{
    private Step()
    {
    }

    /**
     * Tell it.
     *
     * @param what  was done, and what came of it.
     * @param start of it, by {@link System#nanoTime()}.
     */
    static void report(final String what, final long start)
    {
        System.out.println(what + ", ms=" + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }
}
