/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.ref.WeakReference;

/**
 * The numbers by which the owners of handles tell theirs from others', each of one live owner at a time. One that was
 * released is used again as late as possible; that of an owner that was never closed, once it is collected.
 * <p>
 * Thread-safe.
 */
public final class HandleTags
{
    /** The most owners at one time: 2047. */
    public static final int MAXIMUM = (1 << 11) - 1;

    private final WeakReference<?>[] owners = new WeakReference<?>[MAXIMUM];
    private int next;

    /**
     * A set with all tags free.
     */
    public HandleTags()
    {
    }

    /**
     * Take a tag.
     *
     * @param owner who has it from now on.
     * @return 1 to {@link #MAXIMUM}.
     * @throws IllegalStateException if all are in use.
     */
    public synchronized long take(final Object owner)
    {
        for (int i = 0; i < MAXIMUM; i++)
        {
            final int at = next;
            next = (next + 1) % MAXIMUM;
            if (null == owners[at] || null == owners[at].get())
            {
                owners[at] = new WeakReference<>(owner);
                return at + 1L;
            }
        }
        throw new IllegalStateException("too many are open in this process: maximum=" + MAXIMUM);
    }

    /**
     * Give a tag back; does nothing if it is another's by now.
     *
     * @param owner who took it.
     * @param tag   from {@link #take}.
     */
    public synchronized void release(final Object owner, final long tag)
    {
        final int at = (int)tag - 1;
        if (null != owners[at] && owner == owners[at].get())
        {
            owners[at] = null;
        }
    }
}
