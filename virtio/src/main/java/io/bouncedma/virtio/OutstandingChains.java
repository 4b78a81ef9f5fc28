/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What the driver role knows about the chains that the device has, by id: private, so that no device can change it.
 */
final class OutstandingChains
{
    /** By id: descriptors of the ring that the chain takes, zero if there is no such chain. */
    private final int[] slots;
    private final int[] writable;
    private final long[] tokens;
    /** By id: how many chains were begun before this one. */
    private final long[] sequence;
    /** Ids in the order in which they were begun, for a device that uses them in that order. */
    private final int[] order;
    private int oldest;
    private long ended;
    private long begun;
    /** How many of those that were begun the device can see. */
    private long shown;

    OutstandingChains(final int size)
    {
        slots = new int[size];
        writable = new int[size];
        tokens = new long[size];
        sequence = new long[size];
        order = new int[size];
    }

    void begin(final int id, final int descriptors, final int writableBytes, final long token)
    {
        slots[id] = descriptors;
        writable[id] = writableBytes;
        tokens[id] = token;
        sequence[id] = begun;
        final int last = oldest + inFlight();
        order[last < order.length ? last : last - order.length] = id;
        begun++;
    }

    /**
     * End a chain.
     *
     * @return how many descriptors it took.
     */
    int end(final int id)
    {
        final int descriptors = slots[id];
        slots[id] = 0;
        ended++;
        oldest = oldest + 1 == order.length ? 0 : oldest + 1;
        return descriptors;
    }

    /** The device sees all that were begun. */
    void show()
    {
        shown = begun;
    }

    int inFlight()
    {
        return (int)(begun - ended);
    }

    /** How many chains were begun ever. */
    long begun()
    {
        return begun;
    }

    /** How many of them ended. */
    long ended()
    {
        return ended;
    }

    boolean has(final int id)
    {
        return id >= 0 && id < slots.length && 0 != slots[id];
    }

    /**
     * Whether a number that the device wrote is the id of a chain that it has: one that was begun and shown.
     */
    boolean isShown(final int id)
    {
        return has(id) && (begun == shown || sequence[id] < shown);
    }

    int slots(final int id)
    {
        return slots[id];
    }

    int writable(final int id)
    {
        return writable[id];
    }

    long token(final int id)
    {
        return tokens[id];
    }

    long sequence(final int id)
    {
        return sequence[id];
    }

    /**
     * The chain that was begun first. Only if chains end in order.
     */
    int oldest()
    {
        return order[oldest];
    }

    /**
     * How many chains end if they do in order and this one is the last. Only if chains end in order.
     */
    int countUpTo(final int id)
    {
        return (int)(sequence[id] - sequence[oldest()]) + 1;
    }
}
