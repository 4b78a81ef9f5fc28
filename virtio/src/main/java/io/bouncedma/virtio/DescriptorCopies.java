/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.List;

/**
 * Copies of the descriptors that the device role has taken out of a packed ring, chain by chain. As many nodes as the
 * ring has descriptors are enough: one that is not used yet is still counted there.
 */
final class DescriptorCopies
{
    private final long[] addresses;
    private final int[] lengths;
    private final int[] flags;
    /** The next descriptor of a chain, or the next free node. */
    private final int[] links;
    private int freeNode;
    /** By entry. */
    private final int[] firsts;
    private final int[] lasts;
    private final int[] slots;
    private final int[] ids;
    /** Entries that are free, a stack. */
    private final int[] freeEntries;
    private int freeEntryCount;

    DescriptorCopies(final int size)
    {
        addresses = new long[size];
        lengths = new int[size];
        flags = new int[size];
        links = new int[size];
        firsts = new int[size];
        lasts = new int[size];
        slots = new int[size];
        ids = new int[size];
        freeEntries = new int[size];
        for (int i = 0; i < size; i++)
        {
            links[i] = i + 1 < size ? i + 1 : Ring.NONE;
            freeEntries[i] = size - 1 - i;
        }
        freeEntryCount = size;
    }

    /**
     * Begin a chain.
     *
     * @return its entry.
     */
    int begin()
    {
        freeEntryCount--;
        final int entry = freeEntries[freeEntryCount];
        firsts[entry] = Ring.NONE;
        slots[entry] = 0;
        return entry;
    }

    void add(final int entry, final long address, final int length, final int flag)
    {
        final int node = freeNode;
        freeNode = links[node];
        addresses[node] = address;
        lengths[node] = length;
        flags[node] = flag;
        links[node] = Ring.NONE;
        if (Ring.NONE == firsts[entry])
        {
            firsts[entry] = node;
        }
        else
        {
            links[lasts[entry]] = node;
        }
        lasts[entry] = node;
        slots[entry]++;
    }

    /**
     * Forget a chain.
     *
     * @return how many descriptors it had.
     */
    int end(final int entry)
    {
        links[lasts[entry]] = freeNode;
        freeNode = firsts[entry];
        freeEntries[freeEntryCount] = entry;
        freeEntryCount++;
        return slots[entry];
    }

    void id(final int entry, final int id)
    {
        ids[entry] = id;
    }

    int id(final int entry)
    {
        return ids[entry];
    }

    int slots(final int entry)
    {
        return slots[entry];
    }

    int first(final int entry)
    {
        return firsts[entry];
    }

    int next(final int node)
    {
        return links[node];
    }

    long address(final int node)
    {
        return addresses[node];
    }

    int length(final int node)
    {
        return lengths[node];
    }

    int flags(final int node)
    {
        return flags[node];
    }

    RingSnapshot.Chain snapshot(final int entry)
    {
        final List<RingSnapshot.Descriptor> descriptors = new ArrayList<>();
        for (int node = firsts[entry]; Ring.NONE != node; node = links[node])
        {
            descriptors.add(new RingSnapshot.Descriptor(addresses[node], lengths[node], flags[node]));
        }
        return new RingSnapshot.Chain(ids[entry], slots[entry], 0, 0, List.of(), descriptors);
    }

    /**
     * Take a chain over.
     *
     * @return its entry.
     */
    int restore(final RingSnapshot.Chain chain)
    {
        if (chain.descriptors().size() != chain.slots() || chain.id() < 0 || chain.id() > Ring.IDX_MASK)
        {
            throw new IllegalArgumentException("snapshot has a chain whose descriptors do not fit: " + chain);
        }
        final int entry = begin();
        for (final RingSnapshot.Descriptor descriptor : chain.descriptors())
        {
            add(entry, descriptor.address(), descriptor.length(), descriptor.flags());
        }
        id(entry, chain.id());
        return entry;
    }
}
