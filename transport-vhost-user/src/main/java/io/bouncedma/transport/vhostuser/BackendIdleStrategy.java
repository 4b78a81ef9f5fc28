/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;

import java.util.List;

/**
 * Idles in a poll of everything that can wake a back-end, after a few looks without one: a front-end that is about to
 * kick saves both sides two system calls and a switch of threads.
 */
final class BackendIdleStrategy extends PollingIdleStrategy
{
    private static final int SPINS = 200;
    /** Rings that nobody kicks are looked at so often. */
    private static final int POLLED_RING_MS = 1;
    /** Nothing waits for this: it is how soon a closed agent or a listening peer is noticed. */
    private static final int POLL_MS = 50;

    private final SocketEnd end;
    private BackendSession session;
    /** Whether somebody waits for the front-end to go, and whether that was taken. */
    private boolean isKnockedAt;
    private boolean wasKnockTaken;

    BackendIdleStrategy(final SocketEnd end)
    {
        super(SPINS);
        this.end = end;
    }

    /**
     * Watch a connection.
     *
     * @param newSession null if there is none.
     */
    void watch(final BackendSession newSession)
    {
        session = newSession;
        isKnockedAt = false;
        wasKnockTaken = false;
    }

    /**
     * Whether another one has connected meanwhile.
     *
     * @return true once in a connection, if it is so.
     */
    boolean takeKnock()
    {
        final boolean isNews = isKnockedAt && !wasKnockTaken;
        wasKnockTaken |= isKnockedAt;
        return isNews;
    }

    @Override
    int collect(final List<Fd> to)
    {
        if (null == session)
        {
            if (null != end.fd())
            {
                to.add(end.fd());
            }
            return POLL_MS;
        }
        boolean isPolled = false;
        to.add(session.fd());
        if (!isKnockedAt && null != end.fd())
        {
            to.add(end.fd());
        }
        final Fd wakeup = session.device().wakeup();
        if (null != wakeup)
        {
            to.add(wakeup);
        }
        for (final BackendVring vring : session.device().named())
        {
            isPolled |= vring.isPolled();
            if (null != vring.kick())
            {
                to.add(vring.kick().fd());
            }
        }
        return isPolled ? POLLED_RING_MS : POLL_MS;
    }

    @Override
    void woken(final PollSet set)
    {
        if (null != session)
        {
            isKnockedAt |= null != end.fd() && set.isReady(end.fd());
            for (final BackendVring vring : session.device().named())
            {
                final EventFd kick = vring.kick();
                if (null != kick && set.isReady(kick.fd()))
                {
                    drain(vring);
                }
            }
        }
    }

    private void drain(final BackendVring vring)
    {
        try
        {
            vring.drainKick();
        }
        catch (final ProtocolException e)
        {
            // Who waits knows nothing of connections: the session ends this one when it works next.
            session.fail(e);
        }
    }
}
