/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.handles.HandleTags;

import java.util.Arrays;
import java.util.Collection;

/**
 * A device's bindings by what their handles have as their tag. Never changed: a device that binds itself to one more
 * pool gets another table.
 * <p>
 * A hash table of which at most half is full. Tags are given one after the other, so that they are their own hash.
 */
final class BindingTable
{
    static final BindingTable EMPTY = new BindingTable(new PoolBinding[0]);

    private final PoolBinding[] all;
    private final PoolBinding[] slots;
    private final PoolBinding first;
    private final int firstNumber;

    /**
     * @param bindings first choice first: the first one is the quickest to be found.
     */
    BindingTable(final Collection<PoolBinding> bindings)
    {
        this(bindings.toArray(new PoolBinding[0]));
    }

    private BindingTable(final PoolBinding[] bindings)
    {
        all = bindings;
        slots = new PoolBinding[Math.max(2, Integer.highestOneBit(bindings.length) << 2)];
        for (final PoolBinding binding : bindings)
        {
            int at = binding.number() & slots.length - 1;
            while (null != slots[at])
            {
                at = at + 1 & slots.length - 1;
            }
            slots[at] = binding;
        }
        first = bindings.length > 0 ? bindings[0] : null;
        firstNumber = bindings.length > 0 ? first.number() : 0;
    }

    /**
     * The binding that a handle is one of, live or not.
     *
     * @param handle any value.
     * @return null if there is none.
     */
    PoolBinding of(final long handle)
    {
        final int number = (int)(handle >>> HandleTags.SHIFT);
        if (number == firstNumber)
        {
            // Most devices use one pool, and a branch is guessed where a look-up would have to wait for the handle.
            return first;
        }
        int at = number & slots.length - 1;
        while (null != slots[at] && number != slots[at].number())
        {
            at = at + 1 & slots.length - 1;
        }
        return slots[at];
    }

    /** All bindings; not to be written. */
    PoolBinding[] all()
    {
        return all;
    }

    BindingTable without(final PoolBinding gone)
    {
        return new BindingTable(Arrays.stream(all).filter(binding -> binding != gone).toArray(PoolBinding[]::new));
    }
}
