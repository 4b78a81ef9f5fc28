/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Refuses two threads that are inside the same thing at the same time, where only one may be: at the call that
 * overlaps, before it touches anything, and not by a hang or a wrong byte later. One thread after another is fine, and
 * a thread that is inside may enter again, as callbacks do.
 * <pre>
 * try (ThreadGuard.Turn _ = guard.enter())
 * {
 *     ...
 * }
 * </pre>
 * Any thread. It costs one compare-and-set and one release store, or a plain read for who is inside already, allocates
 * nothing and never waits.
 */
public final class ThreadGuard
{
    private static final VarHandle INSIDE;
    private static final Turn NESTED = new Turn(null);

    private final String what;
    private final String advice;
    private final Turn turn = new Turn(this);
    /** The id of the thread that is inside, zero if none is. A number, as the collectors track stores of references. */
    private long inside;
    /** Who came in last, for the message; by another thread than that it may be read too late. */
    private Thread last;

    static
    {
        try
        {
            INSIDE = MethodHandles.lookup().findVarHandle(ThreadGuard.class, "inside", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Guard something.
     *
     * @param what   is guarded, the subject of the message, such as {@code queue 0 of a block device}.
     * @param advice what to do instead of using it by two threads, the end of the message.
     */
    public ThreadGuard(final String what, final String advice)
    {
        this.what = what;
        this.advice = advice;
    }

    /**
     * Come in, until the turn is closed.
     *
     * @return to be closed by this thread, in the reverse order if it comes in several times.
     * @throws IllegalStateException if another thread is inside.
     */
    public Turn enter()
    {
        final Thread me = Thread.currentThread();
        final long id = me.threadId();
        if (id == inside)
        {
            // Only this thread writes its id, and takes it away again: a plain read is enough to see that.
            return NESTED;
        }
        final long other = (long)INSIDE.compareAndExchangeAcquire(this, 0L, id);
        if (0 != other)
        {
            throw refused(me, other);
        }
        if (last != me)
        {
            last = me;
        }
        return turn;
    }

    /**
     * Come in to end what is guarded. A call of the same thread that is on its way would go on with what is gone, so
     * this is refused within one, too: the callbacks of a driver do not close it.
     *
     * @return to be closed by this thread.
     * @throws IllegalStateException if this thread or another one is inside.
     */
    public Turn enterToClose()
    {
        final Turn entered = enter();
        if (NESTED == entered)
        {
            throw new IllegalStateException(
                what + " is closed by a callback of its own: note there that it is to end, return, and close it when " +
                "the call that called back has returned");
        }
        return entered;
    }

    private IllegalStateException refused(final Thread me, final long other)
    {
        final Thread user = last;
        final String name = null != user && user.threadId() == other ? name(user) : "thread #" + other;
        return new IllegalStateException(
            what + " is used by two threads at once: " + name(me) + " calls while " + name + " is inside; " + advice);
    }

    private static String name(final Thread thread)
    {
        return "thread \"" + thread.getName() + "\" (#" + thread.threadId() + ")";
    }

    /**
     * The time that a thread is inside.
     */
    public static final class Turn implements AutoCloseable
    {
        /** Null of a turn within a turn. */
        private final ThreadGuard guard;

        private Turn(final ThreadGuard guard)
        {
            this.guard = guard;
        }

        /**
         * Leave.
         */
        @Override
        public void close()
        {
            if (null != guard)
            {
                INSIDE.setRelease(guard, 0L);
            }
        }
    }
}
