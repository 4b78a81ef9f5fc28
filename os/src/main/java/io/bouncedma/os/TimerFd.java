/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * A timer that a poll can wait for ({@code timerfd_create(2)}), by the clock of {@link System#nanoTime()}. One thread
 * at a time.
 */
public final class TimerFd implements AutoCloseable
{
    private static final MethodHandle TIMERFD_CREATE =
        Native.link("timerfd_create", Native.INT, Native.INT, Native.INT);
    private static final MethodHandle TIMERFD_SETTIME =
        Native.link("timerfd_settime", Native.INT, Native.INT, Native.INT, Native.POINTER, Native.POINTER);
    private static final int CLOCK_MONOTONIC = 1;
    private static final int TFD_NONBLOCK = 0x800;
    private static final int TFD_CLOEXEC = 0x80000;
    /** struct itimerspec: interval and value, each of seconds and nanoseconds. */
    private static final int SPEC_LENGTH = 32;
    private static final int VALUE_SECONDS = 16;
    private static final int VALUE_NANOS = 24;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final Fd fd;
    private final MemorySegment spec = Arena.ofAuto().allocate(SPEC_LENGTH, Long.BYTES);

    private TimerFd(final Fd fd)
    {
        this.fd = fd;
    }

    /**
     * Create a timer that does not run.
     *
     * @param name what it is for, for messages.
     * @return the timer, to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    public static TimerFd create(final String name)
    {
        try
        {
            final int result =
                (int)TIMERFD_CREATE.invokeExact(Native.state(), CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
            if (result < 0)
            {
                throw Native.failure("timerfd_create", "name=" + name);
            }
            return new TimerFd(Fd.of(result, "timerfd:" + name));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Let the descriptor become readable once, after some time; until then it is not.
     *
     * @param nanos from now; at least one is taken.
     */
    public void start(final long nanos)
    {
        set(Math.max(1, nanos));
    }

    /**
     * Stop the timer: the descriptor is not readable any more.
     */
    public void stop()
    {
        set(0);
    }

    /**
     * The descriptor, readable once the time is over.
     *
     * @return it is owned by this timer.
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

    private void set(final long nanos)
    {
        spec.set(Native.LONG, VALUE_SECONDS, nanos / SECOND_NS);
        spec.set(Native.LONG, VALUE_NANOS, nanos % SECOND_NS);
        try
        {
            // Setting it forgets an expiry that nobody has read.
            if (0 != (int)TIMERFD_SETTIME.invokeExact(Native.state(), fd.value(), 0, spec, MemorySegment.NULL))
            {
                throw Native.failure("timerfd_settime", "fd=" + fd + ", nanos=" + nanos);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
