/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.List;

/**
 * A ring's state as seen by one role: a plain value, to be kept or sent, and to go on from.
 * <p>
 * Positions are counted as vhost does: of a split ring the free-running index of 16 bits, of a packed ring the slot and
 * above it, in bit 15, the wrap counter.
 *
 * @param format    of the ring.
 * @param size      descriptors.
 * @param available position of the next chain: that the driver makes available, or that the device takes.
 * @param used      position of the next used entry: that the driver polls, or that the device writes.
 * @param chains    in flight, oldest first: those that the driver has not polled, or that the device has taken and not
 *                  given back.
 */
public record RingSnapshot(RingFormat format, int size, int available, int used, List<Chain> chains)
{
    /**
     * Copy the list.
     *
     * @param format    as described.
     * @param size      as described.
     * @param available as described.
     * @param used      as described.
     * @param chains    as described.
     */
    public RingSnapshot
    {
        chains = List.copyOf(chains);
    }

    /**
     * A chain in flight.
     *
     * @param id          by which it is given back: of a split ring its first descriptor.
     * @param slots       descriptors of the ring that it takes.
     * @param writable    bytes that the device may write; the device's side leaves it 0.
     * @param token       of the driver's side; the device's side leaves it 0.
     * @param indexes     of its descriptors, in order; only of a driver's side of a split ring.
     * @param descriptors copies of them, as the driver may have written over them; only of a device's side of a packed
     *                    ring.
     */
    public record Chain(
        int id, int slots, int writable, long token, List<Integer> indexes, List<Descriptor> descriptors)
    {
        /**
         * Copy the lists.
         *
         * @param id          as described.
         * @param slots       as described.
         * @param writable    as described.
         * @param token       as described.
         * @param indexes     as described.
         * @param descriptors as described.
         */
        public Chain
        {
            indexes = List.copyOf(indexes);
            descriptors = List.copyOf(descriptors);
        }
    }

    /**
     * A descriptor as the driver wrote it.
     *
     * @param address any value.
     * @param length  any value.
     * @param flags   any value of 16 bits.
     */
    public record Descriptor(long address, int length, int flags)
    {
    }

    /**
     * Refuse what no ring of this size can be in.
     *
     * @param areas that the ring lies in.
     * @throws IllegalArgumentException naming the value.
     */
    void require(final RingAreas areas)
    {
        if (format != areas.format() || size != areas.size())
        {
            throw new IllegalArgumentException("snapshot is of another ring: format=" + format + ", size=" + size +
                ", expected=" + areas.format() + ", " + areas.size());
        }
        requirePosition("available", available);
        requirePosition("used", used);
        int slots = 0;
        final boolean[] seen = new boolean[size];
        for (final Chain chain : chains)
        {
            if (chain.slots < 1 || chain.slots > size - slots)
            {
                throw new IllegalArgumentException("snapshot has more descriptors in flight than the ring: chain=" +
                    chain + ", size=" + size);
            }
            slots += chain.slots;
            for (final int index : chain.indexes)
            {
                if (index < 0 || index >= size || seen[index])
                {
                    throw new IllegalArgumentException("snapshot has a descriptor twice or beyond the ring: index=" +
                        index + ", chain=" + chain + ", size=" + size);
                }
                seen[index] = true;
            }
        }
    }

    /** Refuse ids that no driver of this ring gave. */
    void requireIds()
    {
        final boolean[] seen = new boolean[size];
        for (final Chain chain : chains)
        {
            if (chain.id < 0 || chain.id >= size || seen[chain.id] || chain.writable < 0)
            {
                throw new IllegalArgumentException(
                    "snapshot has an id twice or beyond the ring: chain=" + chain + ", size=" + size);
            }
            seen[chain.id] = true;
        }
    }

    private void requirePosition(final String name, final int position)
    {
        final int slot = position & PackedRingLayout.POSITION_MASK;
        if (position < 0 || position > Ring.IDX_MASK || RingFormat.PACKED == format && slot >= size)
        {
            throw new IllegalArgumentException("snapshot has a position beyond the ring: " + name + "=" + position +
                ", size=" + size);
        }
    }
}
