/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.List;

/**
 * Idles in a poll of everything that can wake one end, after a few looks without one: a peer that is about to tell of
 * something saves both sides two system calls and a switch of threads. One thread.
 */
abstract class PollingIdleStrategy implements IdleStrategy
{
    private final PollSet polled = new PollSet();
    private final List<Fd> wanted = new ArrayList<>();
    private final int spins;
    private int idles;

    /**
     * Begin.
     *
     * @param spins how often to look again before the first poll.
     */
    PollingIdleStrategy(final int spins)
    {
        this.spins = spins;
    }

    /**
     * Say what to poll now.
     *
     * @param to to be filled.
     * @return milliseconds that the poll may take.
     */
    abstract int collect(List<Fd> to);

    /**
     * Something is ready.
     *
     * @param set asked which of what was collected.
     */
    abstract void woken(PollSet set);

    @Override
    public final void idle(final int workCount)
    {
        if (workCount > 0)
        {
            reset();
        }
        else
        {
            idle();
        }
    }

    @Override
    public final void idle()
    {
        if (idles < spins)
        {
            idles++;
            Thread.onSpinWait();
            return;
        }
        wanted.clear();
        final int timeoutMs = collect(wanted);
        if (polled.poll(wanted, timeoutMs) > 0)
        {
            // What woke it is seldom alone.
            reset();
            woken(polled);
        }
    }

    @Override
    public final void reset()
    {
        idles = 0;
    }
}
