/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.SpaceTicket;

/**
 * A device's places in the lines of all pools that it is bound to: who waits for space has its turn in each of them by
 * when it came there. Whatever may have changed what an attempt gives wakes who waits: a free, a turn that has come, a
 * pool that was registered, unregistered, grown or closed, the device's end.
 */
final class SpacePlaces implements AutoCloseable
{
    private static final PoolBinding[] NONE = {};

    private final PoolBindings bindings;
    private final Runnable wake;
    /** What was bound when this looked last, and the same in line, with the place of each. */
    private PoolBinding[] bound = NONE;
    private PoolBinding[] inLine = NONE;
    private SpaceTicket[] tickets = {};
    private boolean joined;
    private boolean closed;

    /**
     * @param wake as that of a {@link SpaceTicket}.
     */
    SpacePlaces(final PoolBindings bindings, final Runnable wake)
    {
        this.bindings = bindings;
        this.wake = wake;
    }

    /**
     * The bindings as {@link PoolBindings#choices()} has them now, to take blocks of in turn.
     *
     * @throws IllegalStateException if the device is closed.
     */
    synchronized PoolBinding[] choices()
    {
        final PoolBinding[] now = bindings.choices();
        if (now != bound && !closed)
        {
            change(now);
        }
        return inLine;
    }

    /**
     * Join the lines of all pools. What was freed before woke nobody: try again after this.
     */
    synchronized void join()
    {
        if (!closed)
        {
            choices();
            joined = true;
            bindings.pools().watch(wake);
            for (final SpaceTicket ticket : tickets)
            {
                ticket.join();
            }
        }
    }

    synchronized boolean isJoined()
    {
        return joined;
    }

    /** Leave all lines for good; a second call does nothing. */
    @Override
    public synchronized void close()
    {
        if (joined && !closed)
        {
            bindings.pools().unwatch(wake);
        }
        closed = true;
        for (final SpaceTicket ticket : tickets)
        {
            ticket.close();
        }
    }

    /** Keep the places in pools that are bound still, leave the others, and join the lines of the new ones. */
    private void change(final PoolBinding[] now)
    {
        final PoolBinding[] before = bound;
        final SpaceTicket[] old = tickets;
        final SpaceTicket[] places = new SpaceTicket[now.length];
        final PoolBinding[] views = new PoolBinding[now.length];
        for (int i = 0; i < now.length; i++)
        {
            final int known = indexOf(before, now[i]);
            places[i] = known >= 0 ? old[known] : now[i].client().ticket(wake);
            views[i] = now[i].inLine(places[i]);
        }
        bound = now;
        inLine = views;
        tickets = places;
        for (int i = 0; i < before.length; i++)
        {
            if (indexOf(now, before[i]) < 0)
            {
                old[i].close();
            }
        }
        for (int i = 0; joined && i < now.length; i++)
        {
            if (indexOf(before, now[i]) < 0)
            {
                places[i].join();
            }
        }
    }

    private static int indexOf(final PoolBinding[] bindings, final PoolBinding wanted)
    {
        int at = bindings.length - 1;
        while (at >= 0 && bindings[at] != wanted)
        {
            at--;
        }
        return at;
    }
}
