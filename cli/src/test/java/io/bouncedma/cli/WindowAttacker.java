/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Writes all over the window by the primary VM's mapping of it, so that neither end can rely on anything in it.
 */
final class WindowAttacker extends Thread
{
    /** What it writes. */
    enum Garbage
    {
        RANDOM, ONES, ZEROS, SMALL_NUMBERS
    }

    private final MemorySegment window;
    private final Garbage garbage;
    private final SplittableRandom random;
    private final long after;
    private volatile long requests;
    private volatile boolean ended;

    /**
     * Make an attacker that waits.
     *
     * @param after begins when so many requests were submitted.
     */
    WindowAttacker(final InProcessVms vms, final Garbage garbage, final long seed, final long after)
    {
        super("attacker");
        window = vms.primary.window().memory(0, vms.primary.window().length());
        this.garbage = garbage;
        this.after = after;
        random = new SplittableRandom(seed);
    }

    @Override
    public void run()
    {
        while (!ended)
        {
            if (requests >= after)
            {
                sweep();
            }
            Thread.onSpinWait();
        }
    }

    /** Tell how many requests were submitted. */
    void allow(final long submitted)
    {
        requests = submitted;
    }

    void end() throws InterruptedException
    {
        ended = true;
        join();
    }

    private void sweep()
    {
        // Rings, headers and the register page lie at the start and get it more often than the data.
        final long length = 0 == random.nextInt(8) ? window.byteSize() : 32 * 1024;
        for (long at = 0; at < length && !ended; at += Long.BYTES)
        {
            window.set(ValueLayout.JAVA_LONG, at, value());
        }
    }

    private long value()
    {
        return switch (garbage)
        {
            case RANDOM -> random.nextLong();
            case ONES -> -1L;
            case ZEROS -> 0L;
            case SMALL_NUMBERS -> random.nextInt(40) | (long)random.nextInt(40) << 16 |
                (long)random.nextInt(40) << 32 | (long)random.nextInt(40) << 48;
        };
    }
}
