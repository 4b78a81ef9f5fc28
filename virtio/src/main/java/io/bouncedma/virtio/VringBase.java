/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.List;

/**
 * Where the device of a ring is, as one number: what vhost and vhost-user call a vring base.
 * <pre>
 * split            available index:16                                     begins with 0
 * packed, narrow   slot:15 wrap:1, for available and used                 begins with 0x8000
 * packed, wide     available as above, and above it used in the same way  begins with 0x80008000
 * </pre>
 * DPDK sends the narrow form, QEMU the wide one, and each takes the other's. A wide one whose upper half is 0 is taken
 * as narrow, so that the used position may not be slot 0 of a lap with wrap 0 unless the available one is there too.
 */
public final class VringBase
{
    /** The narrow base of a new packed ring. */
    static final int PACKED_START = 1 << PackedRingLayout.WRAP_SHIFT;

    private VringBase()
    {
    }

    /**
     * The base in 16 bits.
     *
     * @param snapshot of a device's side. Chains in flight of a split ring are not in the base; they are lost unless
     *                 there is a journal.
     * @return 0 to 65535.
     * @throws IllegalArgumentException if the ring is packed and has chains in flight.
     */
    public static int narrow(final RingSnapshot snapshot)
    {
        if (RingFormat.PACKED == snapshot.format() && snapshot.available() != snapshot.used())
        {
            throw new IllegalArgumentException("base of 16 bits has one position: available=" + snapshot.available() +
                ", used=" + snapshot.used());
        }
        return snapshot.available();
    }

    /**
     * The base in 32 bits, of a packed ring.
     *
     * @param snapshot of a device's side. Chains in flight are not in the base; they are lost unless there is a
     *                 journal.
     * @return the available position, and above it the used one.
     * @throws IllegalArgumentException if the ring is split, or the base would be taken for a narrow one.
     */
    public static int wide(final RingSnapshot snapshot)
    {
        if (RingFormat.PACKED != snapshot.format() || 0 == snapshot.used() && 0 != snapshot.available())
        {
            throw new IllegalArgumentException("no base of 32 bits says that: format=" + snapshot.format() +
                ", available=" + snapshot.available() + ", used=" + snapshot.used());
        }
        return snapshot.used() << Short.SIZE | snapshot.available();
    }

    /**
     * Where a base says that a device is that has nothing in flight.
     *
     * @param base  any value: a peer sent it.
     * @param areas of the ring; that of a split one tells which chains are used.
     * @return for {@link Rings#resumeDevice}.
     * @throws IllegalArgumentException if the base is beyond the ring, or chains would be in flight.
     */
    public static RingSnapshot decode(final int base, final RingAreas areas)
    {
        final int low = base & Ring.IDX_MASK;
        final int high = base >>> Short.SIZE;
        final int used;
        if (RingFormat.SPLIT == areas.format())
        {
            if (0 != high)
            {
                throw new IllegalArgumentException(
                    "base of a split ring has more than 16 bits: base=0x" + Integer.toHexString(base));
            }
            used = areas.device().loadAcquire16(SplitRingLayout.AREA_IDX_OFFSET);
        }
        else
        {
            used = 0 == high ? low : high;
        }
        final RingSnapshot snapshot = new RingSnapshot(areas.format(), areas.size(), low, used, List.of());
        snapshot.require(areas);
        if (low != used)
        {
            throw new IllegalArgumentException("base leaves chains in flight without saying which: base=0x" +
                Integer.toHexString(base) + ", available=" + low + ", used=" + used);
        }
        return snapshot;
    }
}
