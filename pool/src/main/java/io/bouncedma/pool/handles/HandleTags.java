/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool.handles;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The numbers by which the owners of handles tell theirs from others', each of one live owner at a time: the high bits
 * of a handle, above {@link #SHIFT}. One that was released is used again as late as possible; that of an owner that was
 * never closed, once it is collected.
 * <p>
 * Thread-safe. Taking one looks at 64 taken ones in a step, so at 2048 words at most, and waits for nobody.
 */
public final class HandleTags
{
    /** The most owners at one time: 131,071. */
    public static final int MAXIMUM = (1 << 17) - 1;
    /** How far a tag is shifted in a handle. Shifted so, it is greater than zero still. */
    public static final int SHIFT = 46;
    /** Those of this process's handles: no handle that a client or a device makes is one that another could make. */
    public static final HandleTags OF_PROCESS = new HandleTags();

    private final BitSet taken = new BitSet();
    private final Map<Integer, Owner> owners = new HashMap<>();
    private final ReferenceQueue<Object> collected = new ReferenceQueue<>();
    private int next = 1;

    /**
     * A set with all tags free.
     */
    public HandleTags()
    {
    }

    private static final class Owner extends WeakReference<Object>
    {
        private final int tag;

        Owner(final Object owner, final int tag, final ReferenceQueue<Object> queue)
        {
            super(owner, queue);
            this.tag = tag;
        }
    }

    /**
     * Take a tag.
     *
     * @param owner who has it from now on.
     * @return 1 to {@link #MAXIMUM}.
     * @throws IllegalStateException if all are in use.
     */
    public synchronized int take(final Object owner)
    {
        for (Reference<?> gone = collected.poll(); null != gone; gone = collected.poll())
        {
            release((Owner)gone);
        }
        int tag = taken.nextClearBit(next);
        if (tag > MAXIMUM)
        {
            tag = taken.nextClearBit(1);
        }
        if (tag > MAXIMUM)
        {
            throw new IllegalStateException("too many are open in this process: maximum=" + MAXIMUM);
        }
        owners.put(tag, new Owner(owner, tag, collected));
        taken.set(tag);
        next = tag + 1;
        return tag;
    }

    /**
     * Give a tag back; does nothing if it is another's by now.
     *
     * @param owner who took it.
     * @param tag   from {@link #take}.
     */
    public synchronized void release(final Object owner, final int tag)
    {
        final Owner known = owners.get(tag);
        if (null != known && known.refersTo(owner))
        {
            release(known);
        }
    }

    private void release(final Owner owner)
    {
        // An owner that was collected after it had released its tag is in the queue, too, or was replaced by now.
        if (owners.remove(owner.tag, owner))
        {
            taken.clear(owner.tag);
        }
    }
}
