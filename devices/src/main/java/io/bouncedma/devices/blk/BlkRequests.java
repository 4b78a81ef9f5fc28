/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The requests of one queue of a front-end that the device has, by slot. All of it is private memory.
 */
final class BlkRequests
{
    private static final int MAX_DESCRIBED = 4;
    private static final int FREE = -1;

    private final int[] types;
    private final long[] sectors;
    private final int[] lengths;
    private final long[] mappings;
    private final long[] tags;
    /** By slot: how many requests were begun before. */
    private final long[] sequences;
    private final int[] freeSlots;
    private int freeCount;
    private long begun;

    BlkRequests(final int capacity)
    {
        types = new int[capacity];
        sectors = new long[capacity];
        lengths = new int[capacity];
        mappings = new long[capacity];
        tags = new long[capacity];
        sequences = new long[capacity];
        freeSlots = new int[capacity];
        for (int slot = capacity - 1; slot >= 0; slot--)
        {
            types[slot] = FREE;
            freeSlots[freeCount++] = slot;
        }
    }

    boolean isFull()
    {
        return 0 == freeCount;
    }

    int inFlight()
    {
        return types.length - freeCount;
    }

    int begin(final int type, final long sector, final int length, final long mapping, final long tag)
    {
        final int slot = freeSlots[--freeCount];
        types[slot] = type;
        sectors[slot] = sector;
        lengths[slot] = length;
        mappings[slot] = mapping;
        tags[slot] = tag;
        sequences[slot] = begun++;
        return slot;
    }

    void end(final int slot)
    {
        types[slot] = FREE;
        freeSlots[freeCount++] = slot;
    }

    /** The slots of the requests in flight, in the order in which they were begun. */
    int[] inOrder()
    {
        return IntStream.range(0, types.length).filter((slot) -> FREE != types[slot]).boxed()
            .sorted(Comparator.comparingLong((slot) -> sequences[slot])).mapToInt(Integer::intValue).toArray();
    }

    int nextInFlight(final int from)
    {
        for (int slot = from; slot < types.length; slot++)
        {
            if (FREE != types[slot])
            {
                return slot;
            }
        }
        return -1;
    }

    int type(final int slot)
    {
        return types[slot];
    }

    long sector(final int slot)
    {
        return sectors[slot];
    }

    int length(final int slot)
    {
        return lengths[slot];
    }

    long mapping(final int slot)
    {
        return mappings[slot];
    }

    long tag(final int slot)
    {
        return tags[slot];
    }

    String describe()
    {
        final StringBuilder text = new StringBuilder();
        long bytes = 0;
        int count = 0;
        for (int slot = nextInFlight(0); slot >= 0; slot = nextInFlight(slot + 1))
        {
            bytes += lengths[slot];
            if (count++ < MAX_DESCRIBED)
            {
                text.append(text.isEmpty() ? "" : ", ").append(BlkProtocol.typeName(types[slot]))
                    .append(" sector ").append(sectors[slot]).append(" +").append(lengths[slot]);
            }
        }
        return count + " requests, " + bytes + " bytes" +
            (0 == count ? "" : " (" + text + (count > MAX_DESCRIBED ? ", ..." : "") + ")");
    }
}
