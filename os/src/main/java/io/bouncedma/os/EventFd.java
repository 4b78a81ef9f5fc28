/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;

/**
 * An event counter that another process can signal and a poll can wait for ({@code eventfd(2)}), non-blocking.
 * Signals add up until they are drained, so one wake-up may stand for many signals.
 */
public final class EventFd implements AutoCloseable
{
    private static final MethodHandle EVENTFD = Native.link("eventfd", Native.INT, Native.INT, Native.INT);

    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final MemorySegment ONE = one();
    private static final IoVector VECTOR_OF_ONE = new IoVector(Arena.global(), ONE);
    /** Whether Linux can read a counter without waiting, however its file is set: from 5.8 on. */
    private static final boolean HAS_READ_NOW = hasReadNow();

    private final Fd fd;
    private final MemorySegment value = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);
    private final IoVector vector = new IoVector(Arena.ofAuto(), value);
    private final Poller look = new Poller();
    /** Null if it is no counter, or this kernel can not. */
    private final KernelSignal kernel;

    private EventFd(final Fd fd)
    {
        this.fd = fd;
        look.add(fd);
        kernel = HAS_READ_NOW && isCounter(fd) ? KernelSignal.of(fd.value()) : null;
    }

    /**
     * Create a counter at zero.
     *
     * @param name what it is for, for messages.
     * @return the counter, to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    public static EventFd create(final String name)
    {
        try
        {
            final int result = (int)EVENTFD.invokeExact(Native.state(), 0, EFD_NONBLOCK | EFD_CLOEXEC);
            if (result < 0)
            {
                throw Native.failure("eventfd", "name=" + name);
            }
            return new EventFd(Fd.of(result, "eventfd:" + name));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Use a counter that another process created. It never blocks either, whatever was received.
     *
     * @param fd received; this object closes it, and this method does if it fails.
     * @return the counter.
     * @throws ErrnoException EBADF if nothing can be set on the descriptor, as it only names a file (O_PATH).
     */
    public static EventFd adopt(final Fd fd)
    {
        try
        {
            fd.setNonBlocking();
            return new EventFd(fd);
        }
        catch (final ErrnoException e)
        {
            fd.close();
            throw e;
        }
    }

    /**
     * Add one. Does not wait, whatever is done to the counter by somebody who has it too: one that is full already
     * wakes its reader. Any thread.
     * <p>
     * That needs Linux 5.8 and {@code io_submit(2)}; without, it waits if a peer fills the counter <em>and</em> sets it
     * to block, until somebody reads. What is no counter is written to: a socket without waiting, a pipe too from Linux
     * 6.4 on, but for a {@code splice(2)} that keeps its lock.
     *
     * @throws ErrnoException        if the descriptor is no event counter.
     * @throws IllegalStateException if it is closed.
     */
    public void signal()
    {
        if (null != kernel)
        {
            fd.value();
            kernel.signal();
            return;
        }
        long written = VECTOR_OF_ONE.writeNow(fd);
        if (written < 0 && Errno.EOPNOTSUPP == Native.errno())
        {
            written = fd.write(ONE, Long.BYTES);
        }
        if (written < 0 && Errno.EAGAIN != Native.errno())
        {
            throw Native.failure("write", "fd=" + fd);
        }
    }

    /**
     * Take all signals since the last call. One thread at a time.
     *
     * @return how many there were, zero if none; never blocks, from Linux 5.8 on not even if a peer that has the same
     * counter sets it to block.
     * @throws ErrnoException        if the descriptor is no event counter.
     * @throws IllegalStateException if it is closed.
     */
    public long drain()
    {
        long read = HAS_READ_NOW ? vector.tryRead(fd) : -1;
        if (read < 0)
        {
            if (HAS_READ_NOW && 0 == look.poll(0))
            {
                return 0;
            }
            read = HAS_READ_NOW ? vector.readNow(fd) : fd.read(value, Long.BYTES);
            if (read < 0 && Errno.EAGAIN != Native.errno())
            {
                throw Native.failure("read", "fd=" + fd);
            }
        }
        return read == Long.BYTES ? value.get(Native.LONG, 0) : 0;
    }

    /** Whatever a peer passes is adopted: a pipe, say. */
    private static boolean isCounter(final Fd fd)
    {
        try
        {
            return Files.readSymbolicLink(fd.path()).toString().contains("[eventfd]");
        }
        catch (final IOException e)
        {
            // No /proc: as on a kernel that can not.
            return false;
        }
    }

    private static boolean hasReadNow()
    {
        try (EventFd probe = create("probe"))
        {
            return probe.vector.readNow(probe.fd) < 0 && Errno.EAGAIN == Native.errno();
        }
    }

    /**
     * The descriptor, readable while signals wait.
     *
     * @return for {@link Poller} and for passing to another process.
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

    private static MemorySegment one()
    {
        final MemorySegment segment = Arena.global().allocate(Long.BYTES, Long.BYTES);
        segment.set(Native.LONG, 0, 1L);
        return segment;
    }
}
