/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.Waiting;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One back-end after the other: who is connected now, what happens if it is lost, and how long another one may take to
 * come. One thread at a time, but for {@link #collect} and {@link #requireNotGone()}.
 */
final class FrontendLink implements AutoCloseable
{
    private final SocketEnd end;
    private final VhostUserSettings settings;
    private final FrontendMemory memory;
    private final Follower follower;
    private final Waiting answers;
    /** The connection or the one that is being set up; for every thread that waits. */
    private volatile FrontendSession polled;
    /** Why there will be no back-end any more; for every thread that waits. */
    private volatile String gone;
    /** Null while there is no back-end. */
    private FrontendSession session;
    private long deadlineNs;

    /**
     * Who has to follow when the back-end changes.
     */
    interface Follower
    {
        /**
         * Refuse a back-end that can not take the place of the one before; nothing was given to it yet.
         */
        void check(FrontendSession opened);

        /**
         * Bring a back-end to where the one before was.
         */
        void replay(FrontendSession opened);

        /**
         * The back-end has lost the rings.
         */
        void lost();
    }

    FrontendLink(final SocketEnd end, final VhostUserSettings settings, final FrontendMemory memory,
        final Follower follower)
    {
        this.end = end;
        this.settings = settings;
        this.memory = memory;
        this.follower = follower;
        answers = new Waiting(null != settings.idle() ? settings.idle() :
            new FrontendIdleStrategy(this, List::of, false), PeerMonitor.ALWAYS_PRESENT, settings.limitMs());
    }

    /**
     * Wait for the first back-end.
     *
     * @throws TimeLimitException if none comes.
     */
    void open()
    {
        final Waiting.Wait wait = answers.start("back-end at " + end);
        while (!tryOpen())
        {
            wait.pause();
        }
    }

    /** Null while there is no back-end. */
    FrontendSession session()
    {
        return session;
    }

    /** What to poll to hear of the back-end, or of another one. */
    void collect(final List<Fd> to)
    {
        final FrontendSession now = polled;
        if (null != now)
        {
            final List<Fd> fds = now.fds();
            for (int i = 0; i < fds.size(); i++)
            {
                to.add(fds.get(i));
            }
        }
        else if (null != end.fd())
        {
            to.add(end.fd());
        }
    }

    boolean isPresent()
    {
        return null != polled;
    }

    void requireNotGone()
    {
        final String reason = gone;
        if (null != reason)
        {
            throw new PeerGoneException(reason);
        }
    }

    /**
     * Do what only a back-end can answer; if it is lost meanwhile, ask the one that comes back. It has one time limit
     * to come back and answer, however often it comes back to hang up.
     *
     * @throws PeerGoneException if none does.
     */
    <T> T ask(final Function<FrontendSession, T> question)
    {
        boolean wasLost = false;
        while (true)
        {
            while (null == session)
            {
                if (!tryReopen())
                {
                    answers.start("back-end at " + end).pause();
                }
            }
            try
            {
                session.requireUsable();
                return question.apply(session);
            }
            catch (final DisconnectedException e)
            {
                final long before = deadlineNs;
                lost();
                deadlineNs = wasLost ? before : deadlineNs;
                wasLost = true;
                requireInTime("came back only to hang up again, for");
            }
        }
    }

    /**
     * Do what is done anyway for a back-end that comes back, if there is one now.
     *
     * @throws PeerGoneException if there is none and need not be.
     */
    void tell(final Consumer<FrontendSession> order)
    {
        requireNotGone();
        if (null != session)
        {
            try
            {
                session.requireUsable();
                order.accept(session);
            }
            catch (final DisconnectedException e)
            {
                lost();
            }
        }
    }

    /**
     * Look for a back-end in place of the one that was lost.
     *
     * @return whether there is one.
     * @throws PeerGoneException if there was time enough.
     */
    boolean tryReopen()
    {
        requireNotGone();
        if (tryOpen())
        {
            return true;
        }
        requireInTime("is gone and did not come back within");
        return false;
    }

    private void requireInTime(final String what)
    {
        if (System.nanoTime() - deadlineNs > 0)
        {
            gone = "back-end at " + end + " " + what + " " + settings.reconnectMs() + " ms";
            requireNotGone();
        }
    }

    private boolean tryOpen()
    {
        final UnixSocket socket = end.tryOpen();
        if (null == socket)
        {
            return false;
        }
        final FrontendSession opened = new FrontendSession(socket, answers);
        polled = opened;
        try
        {
            opened.negotiate(memory, settings.reconnectMs() > 0);
            follower.check(opened);
        }
        catch (final DisconnectedException | TimeLimitException e)
        {
            polled = null;
            opened.close();
            if (0 == settings.reconnectMs())
            {
                throw e instanceof TimeLimitException ? e : new PeerGoneException(
                    "back-end at " + end + " has closed the connection while it was set up");
            }
            return false;
        }
        catch (final RuntimeException e)
        {
            // It was given nothing yet, so whatever it is, it is as good as gone.
            gone = e.getMessage();
            polled = null;
            opened.close();
            throw e;
        }
        session = opened;
        try
        {
            follower.replay(opened);
            return true;
        }
        catch (final DisconnectedException e)
        {
            // One that comes back only to hang up has no more time than one that does not come back.
            final long before = deadlineNs;
            lost();
            deadlineNs = before;
            return false;
        }
    }

    private void lost()
    {
        session.close();
        session = null;
        polled = null;
        follower.lost();
        deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.reconnectMs());
        if (0 == settings.reconnectMs())
        {
            gone = "back-end at " + end + " has closed the connection";
            requireNotGone();
        }
    }

    @Override
    public void close()
    {
        gone = "transport to the back-end at " + end + " is closed";
        polled = null;
        if (null != session)
        {
            session.close();
            session = null;
        }
        end.close();
    }
}
