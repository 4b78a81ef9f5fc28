/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.virtio.FeatureBits;

import java.util.ArrayList;
import java.util.List;

/**
 * What stands in a ring's memory, read without the classes under test (virtio 1.4, sections 2.7.5 and 2.8.13).
 */
final class RawRing
{
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;

    private static final int DESC_LENGTH = 16;

    final CaifRing where;
    final boolean isPacked;
    private final CaifMemory memory;

    RawRing(final CaifMemory memory, final CaifRing where)
    {
        this.memory = memory;
        this.where = where;
        isPacked = where.features().has(FeatureBits.RING_PACKED);
    }

    /** The descriptors that were ever written, and the elements of the tables that they refer to. */
    List<Descriptor> descriptors()
    {
        final List<Descriptor> all = new ArrayList<>();
        for (final Descriptor descriptor : table(where.desc(), where.size()))
        {
            all.add(descriptor);
            if (0 != (descriptor.flags & INDIRECT))
            {
                all.addAll(table(descriptor.address, descriptor.length / DESC_LENGTH));
            }
        }
        return all;
    }

    /** The lengths that the device role wrote into the first used entries. */
    List<Integer> usedLengths(final int entries)
    {
        final List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < entries; i++)
        {
            lengths.add(isPacked ? desc(i).load32(8) : device().load32(4 + 8L * i + 4));
        }
        return lengths;
    }

    OrderedMemory desc(final int index)
    {
        return new OrderedMemory(memory.at(where.desc() + (long)index * DESC_LENGTH, DESC_LENGTH));
    }

    OrderedMemory driver()
    {
        return new OrderedMemory(memory.at(where.driver(), isPacked ? 4 : 6 + 2L * where.size()));
    }

    OrderedMemory device()
    {
        return new OrderedMemory(memory.at(where.device(), isPacked ? 4 : 6 + 8L * where.size()));
    }

    private List<Descriptor> table(final long address, final int count)
    {
        final List<Descriptor> written = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final OrderedMemory at = new OrderedMemory(memory.at(address + (long)i * DESC_LENGTH, DESC_LENGTH));
            if (0 != at.load64(0))
            {
                written.add(new Descriptor(at.load64(0), at.load32(8), at.load16(isPacked ? 14 : 12)));
            }
        }
        return written;
    }

    record Descriptor(long address, int length, int flags)
    {
        boolean has(final int flag)
        {
            return 0 != (flags & flag);
        }
    }
}
