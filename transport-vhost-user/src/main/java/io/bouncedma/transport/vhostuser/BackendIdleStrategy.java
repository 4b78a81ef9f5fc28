/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.List;

/**
 * Idles in a poll of everything that can wake a back-end, after a few looks without one: a front-end that is about to
 * kick saves both sides two system calls and a switch of threads.
 */
final class BackendIdleStrategy implements IdleStrategy
{
    private static final int SPINS = 200;
    /** Rings that nobody kicks are looked at so often. */
    private static final int POLLED_RING_MS = 1;
    /** Nothing waits for this: it is how soon a closed agent or a listening peer is noticed. */
    private static final int POLL_MS = 50;

    private final Poller poller = new Poller();
    private final List<Fd> polled = new ArrayList<>();
    private final List<Fd> wanted = new ArrayList<>();
    private final SocketEnd end;
    private BackendSession session;
    private int idles;

    BackendIdleStrategy(final SocketEnd end)
    {
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
        final boolean isPolled = collect();
        if (poller.poll(isPolled ? POLLED_RING_MS : POLL_MS) > 0 && null != session)
        {
            for (final BackendVring vring : session.device().vrings())
            {
                final EventFd kick = vring.kick();
                if (null != kick && poller.isReadable(kick.fd()))
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

    @Override
    public void reset()
    {
        idles = 0;
    }

    /**
     * Find out what to poll.
     *
     * @return whether there is a ring that nobody kicks.
     */
    private boolean collect()
    {
        boolean isPolled = false;
        wanted.clear();
        if (null == session)
        {
            if (null != end.fd())
            {
                wanted.add(end.fd());
            }
        }
        else
        {
            wanted.add(session.fd());
            final Fd wakeup = session.device().wakeup();
            if (null != wakeup)
            {
                wanted.add(wakeup);
            }
            for (final BackendVring vring : session.device().vrings())
            {
                isPolled |= vring.isPolled();
                if (null != vring.kick())
                {
                    wanted.add(vring.kick().fd());
                }
            }
        }
        if (!wanted.equals(polled))
        {
            polled.forEach(poller::remove);
            wanted.forEach(poller::add);
            polled.clear();
            polled.addAll(wanted);
        }
        return isPolled;
    }
}
