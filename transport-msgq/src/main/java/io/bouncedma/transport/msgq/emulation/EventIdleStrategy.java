/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Idles in a poll of everything that can interrupt the VM. What some waits look at has no event, a register page for
 * one, so a poll is short; it begins with a few looks without one.
 */
final class EventIdleStrategy implements IdleStrategy
{
    private static final int SPINS = 20;
    private static final int POLL_MS = 1;
    private static final int LONG_POLL_MS = 50;
    /** After so many short polls without work nothing is imminent. */
    private static final int SHORT_POLLS = 200;

    private final Poller poller;
    private final List<WakeEvent> wakeEvents;
    private final List<Fd> doorbells = new ArrayList<>();
    private Supplier<Fd> wakeup = () -> null;
    /** What it said last, which is in the poller; or null. */
    private Fd watched;
    private int idles;
    private boolean polled;

    EventIdleStrategy(final Poller poller, final List<WakeEvent> wakeEvents)
    {
        this.poller = poller;
        this.wakeEvents = wakeEvents;
    }

    void add(final Fd doorbell)
    {
        poller.add(doorbell);
        doorbells.add(doorbell);
    }

    void remove(final Fd doorbell)
    {
        if (doorbells.remove(doorbell))
        {
            poller.remove(doorbell);
        }
    }

    void wakeOn(final Supplier<Fd> value)
    {
        wakeup = value;
    }

    @Override
    public void idle(final int workCount)
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
    public void idle()
    {
        idles++;
        if (idles <= SPINS)
        {
            Thread.onSpinWait();
            return;
        }
        watch(wakeup.get());
        final int ready = poller.poll(idles <= SPINS + SHORT_POLLS ? POLL_MS : LONG_POLL_MS);
        polled = true;
        if (ready > 0)
        {
            for (final WakeEvent wake : wakeEvents)
            {
                if (poller.isReadable(wake.event().fd()))
                {
                    wake.take();
                }
            }
            removeSilent();
        }
    }

    @Override
    public void reset()
    {
        idles = 0;
    }

    /** A doorbell whose other end is gone is readable for ever, and never rung again. */
    private void removeSilent()
    {
        for (int i = doorbells.size() - 1; i >= 0; i--)
        {
            if (poller.isHungUp(doorbells.get(i)))
            {
                remove(doorbells.get(i));
            }
        }
    }

    private void watch(final Fd fd)
    {
        if (fd != watched)
        {
            if (null != watched)
            {
                poller.remove(watched);
            }
            if (null != fd)
            {
                poller.add(fd);
            }
            watched = fd;
        }
    }

    boolean isHungUp(final Fd fd)
    {
        return polled && poller.isHungUp(fd);
    }
}
