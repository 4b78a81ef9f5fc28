/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.List;

/**
 * Copies of the descriptors that the device role has taken out of a packed ring, chain by chain. As many nodes as the
 * ring has descriptors are enough: one that is not used yet is still counted there. A chain's entry is its first node.
 */
final class DescriptorCopies
{
    private final long[] addresses;
    private final int[] lengths;
    private final int[] flags;
    /** The next descriptor of a chain, or the next free node. */
    private final int[] links;
    private int freeNode;
    /** By entry: the last descriptor, how many there are, the chain's buffer ID. */
    private final int[] lasts;
    private final int[] slots;
    private final int[] ids;

    DescriptorCopies(final int size)
    {
        addresses = new long[size];
        lengths = new int[size];
        flags = new int[size];
        links = new int[size];
        lasts = new int[size];
        slots = new int[size];
        ids = new int[size];
        for (int i = 0; i < size; i++)
        {
            links[i] = i + 1 < size ? i + 1 : Ring.NONE;
        }
    }

    /**
     * Begin a chain.
     *
     * @return its entry: the node of this descriptor, its first.
     */
    int begin(final long address, final int length, final int flag)
    {
        final int entry = copy(address, length, flag);
        lasts[entry] = entry;
        slots[entry] = 1;
        return entry;
    }

    /** Add a descriptor to a chain. */
    void add(final int entry, final long address, final int length, final int flag)
    {
        final int node = copy(address, length, flag);
        links[lasts[entry]] = node;
        lasts[entry] = node;
        slots[entry]++;
    }

    private int copy(final long address, final int length, final int flag)
    {
        final int node = freeNode;
        freeNode = links[node];
        addresses[node] = address;
        lengths[node] = length;
        flags[node] = flag;
        links[node] = Ring.NONE;
        return node;
    }

    /**
     * Forget a chain.
     *
     * @return how many descriptors it had.
     */
    int end(final int entry)
    {
        links[lasts[entry]] = freeNode;
        freeNode = entry;
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
        for (int node = entry; Ring.NONE != node; node = links[node])
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
        final RingSnapshot.Descriptor first = chain.descriptors().getFirst();
        final int entry = begin(first.address(), first.length(), first.flags());
        for (final RingSnapshot.Descriptor descriptor : chain.descriptors().subList(1, chain.slots()))
        {
            add(entry, descriptor.address(), descriptor.length(), descriptor.flags());
        }
        id(entry, chain.id());
        return entry;
    }
}
