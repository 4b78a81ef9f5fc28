/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A set of descriptors that is one itself ({@code epoll(7)}): {@link #fd()} is readable while one of the set is ready
 * for what is awaited of it. So whoever has several descriptors, and awaits more or less of them over time, shows one
 * to the {@link Poller} of others; it may be put into another set, too. One thread at a time.
 */
public final class Epoll implements AutoCloseable
{
    private static final MethodHandle EPOLL_CREATE = Native.link("epoll_create1", Native.INT, Native.INT);
    private static final MethodHandle EPOLL_CTL =
        Native.link("epoll_ctl", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER);
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int ADD = 1;
    private static final int DEL = 2;
    private static final int MOD = 3;
    private static final int EPOLLIN = 1;
    private static final int EPOLLOUT = 4;
    /** Of the structure of x86, packed; elsewhere it has 16 bytes, of which the first four are the same. */
    private static final int EVENT_LENGTH = 16;

    private final Fd fd;
    private final MemorySegment event = Arena.ofAuto().allocate(EVENT_LENGTH, Long.BYTES);

    private Epoll(final Fd fd)
    {
        this.fd = fd;
    }

    /**
     * Create an empty set.
     *
     * @param name what it is for, for messages.
     * @return the set, to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    public static Epoll create(final String name)
    {
        try
        {
            final int result = (int)EPOLL_CREATE.invokeExact(Native.state(), EPOLL_CLOEXEC);
            if (result < 0)
            {
                throw Native.failure("epoll_create1", "name=" + name);
            }
            return new Epoll(Fd.of(result, "epoll:" + name));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Put a descriptor into the set. Its peer's end always counts as ready.
     *
     * @param member to watch; closing its last duplicate takes it out.
     * @param input  whether to await something to read.
     * @param output whether to await room to write.
     * @return false if it is of a kind that can not be waited for, such as an ordinary file: it is ready always.
     * @throws ErrnoException EEXIST if it is in the set already.
     */
    public boolean add(final Fd member, final boolean input, final boolean output)
    {
        return Errno.EPERM != control(ADD, member, input, output);
    }

    /**
     * Await something else of a descriptor.
     *
     * @param member in the set.
     * @param input  whether to await something to read.
     * @param output whether to await room to write.
     * @throws ErrnoException ENOENT if it is not in the set.
     */
    public void modify(final Fd member, final boolean input, final boolean output)
    {
        control(MOD, member, input, output);
    }

    /**
     * Take a descriptor out of the set.
     *
     * @param member in the set, and open.
     * @throws ErrnoException ENOENT if it is not in the set.
     */
    public void remove(final Fd member)
    {
        control(DEL, member, false, false);
    }

    /**
     * The set as a descriptor.
     *
     * @return for {@link Poller} or another set; it is owned by this one.
     */
    public Fd fd()
    {
        return fd;
    }

    @Override
    public void close()
    {
        fd.close();
    }

    private int control(final int operation, final Fd member, final boolean input, final boolean output)
    {
        event.set(Native.INT, 0, (input ? EPOLLIN : 0) | (output ? EPOLLOUT : 0));
        try
        {
            if (0 == (int)EPOLL_CTL.invokeExact(Native.state(), fd.value(), operation, member.value(), event))
            {
                return 0;
            }
            if (ADD == operation && Errno.EPERM == Native.errno())
            {
                return Errno.EPERM;
            }
            throw Native.failure("epoll_ctl", "set=" + fd + ", operation=" + operation + ", member=" + member);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
