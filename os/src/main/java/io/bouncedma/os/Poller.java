/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits on descriptors with a time limit ({@code poll(2)}). One thread at a time; a wait is not interruptible, so a
 * loop that must be stopped keeps an {@link EventFd} in the set.
 */
public final class Poller
{
    /** The wait: nothing may be allocated. */
    private static final MethodHandle POLL =
        Native.linkPlain("poll", Native.INT, Native.POINTER, Native.LONG, Native.INT);
    /** A look that can tell why it fails. */
    private static final MethodHandle LOOK =
        Native.link("poll", Native.INT, Native.POINTER, Native.LONG, Native.INT);

    private static final int POLLFD_SIZE = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final short POLLHUP = 16;
    private static final short POLLNVAL = 32;
    private static final short POLLRDHUP = 0x2000;

    private final List<Fd> fds = new ArrayList<>();
    private MemorySegment pollFds = MemorySegment.NULL;

    /**
     * Create an empty set.
     */
    public Poller()
    {
    }

    /**
     * Add a descriptor to the set; it is watched for something to read and for its peer's end.
     *
     * @param fd to watch; it must stay open while it is in the set.
     */
    public void add(final Fd fd)
    {
        fds.add(fd);
        rebuild();
    }

    /**
     * Take a descriptor out of the set; nothing happens if it is not in it.
     *
     * @param fd to watch no longer.
     */
    public void remove(final Fd fd)
    {
        if (fds.remove(fd))
        {
            rebuild();
        }
    }

    /**
     * Wait until one of the descriptors is ready or the time is over. A signal ends the wait early.
     *
     * @param timeoutMs milliseconds, zero to only look.
     * @return how many descriptors are ready.
     * @throws IllegalArgumentException if the time is negative: a wait has a limit.
     */
    public int poll(final int timeoutMs)
    {
        if (timeoutMs < 0)
        {
            throw new IllegalArgumentException("a wait must have a limit: timeoutMs=" + timeoutMs);
        }
        final int count = fds.size();
        for (int i = 0; i < count; i++)
        {
            pollFds.set(Native.INT, (long)i * POLLFD_SIZE, fds.get(i).value());
        }
        try
        {
            final int ready = (int)POLL.invokeExact(pollFds, (long)count, timeoutMs);
            return ready >= 0 ? ready : look();
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** What there is now that a wait was ended by a signal, or has failed. */
    private int look() throws Throwable
    {
        final int ready = (int)LOOK.invokeExact(Native.state(), pollFds, (long)fds.size(), 0);
        if (ready < 0 && Errno.EINTR != Native.errno())
        {
            throw Native.failure("poll", "fds=" + fds);
        }
        return Math.max(0, ready);
    }

    /**
     * Whether the last {@link #poll} found something to read on a descriptor.
     *
     * @param fd in the set.
     * @return true if a read would not block.
     */
    public boolean isReadable(final Fd fd)
    {
        return 0 != (revents(fd) & POLLIN);
    }

    /**
     * Whether the last {@link #poll} found that the other end of a descriptor is gone.
     *
     * @param fd in the set.
     * @return true if nobody is there any more; data sent before may still wait.
     */
    public boolean isHungUp(final Fd fd)
    {
        return 0 != (revents(fd) & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL));
    }

    private short revents(final Fd fd)
    {
        final int index = fds.indexOf(fd);
        if (index < 0)
        {
            throw new IllegalArgumentException("descriptor is not in the set: fd=" + fd);
        }
        return pollFds.get(Native.SHORT, (long)index * POLLFD_SIZE + REVENTS_OFFSET);
    }

    private void rebuild()
    {
        pollFds = Arena.ofAuto().allocate(Math.max(1, fds.size()) * (long)POLLFD_SIZE, Long.BYTES);
        for (int i = 0; i < fds.size(); i++)
        {
            pollFds.set(Native.SHORT, (long)i * POLLFD_SIZE + EVENTS_OFFSET,
                (short)(POLLIN | POLLRDHUP));
        }
    }
}
