/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.BitUtil;

/**
 * What a pool of the kernel is like once it is there: {@code io_tlb_pool} of {@code kernel/dma/swiotlb.c} (6.12).
 *
 * @param slots        of 2 KiB, a multiple of 128 for each area.
 * @param areas        a power of two: parts with a lock of their own.
 * @param cpus         of the guest, one or more: each begins to search in the area of its own number, modulo the areas.
 * @param isRestricted whether it is a {@code restricted-dma-pool}, from which its devices have their coherent memory,
 *                     too; of the default pool they never have.
 */
public record SwiotlbPool(int slots, int areas, int cpus, boolean isRestricted)
{
    /** Bytes of a slot, {@code IO_TLB_SIZE}. */
    public static final int SLOT_SIZE = 2048;
    /** Slots of a segment, {@code IO_TLB_SEGSIZE}: no mapping crosses one's border. */
    public static final int SEGMENT_SLOTS = 128;
    /** Bytes of a segment. */
    public static final int SEGMENT_SIZE = SEGMENT_SLOTS * SLOT_SIZE;
    /** The longest pool: 64 GiB, in bytes. */
    public static final long MAX_LENGTH = 1L << 36;

    private static final int MAX_SLOTS = (int)(MAX_LENGTH / SLOT_SIZE);

    /**
     * Check that such a pool can be.
     *
     * @throws IllegalArgumentException if it can not.
     */
    public SwiotlbPool
    {
        if (slots <= 0 || slots > MAX_SLOTS || areas <= 0 || 1 != Integer.bitCount(areas) ||
            0 != slots % ((long)SEGMENT_SLOTS * areas))
        {
            throw new IllegalArgumentException("a swiotlb pool has a power of two of areas with whole segments of " +
                SEGMENT_SLOTS + " slots, up to " + MAX_SLOTS + " slots: slots=" + slots + ", areas=" + areas);
        }
        if (cpus <= 0 || isRestricted && areas > 1)
        {
            throw new IllegalArgumentException("a guest has a CPU, a restricted pool one area: cpus=" + cpus +
                ", areas=" + areas + ", isRestricted=" + isRestricted);
        }
    }

    /**
     * A pool of one area. The default pool has so many slots only if they are a power of two.
     *
     * @param length bytes, a multiple of {@link #SEGMENT_SIZE} up to {@link #MAX_LENGTH}.
     * @return the pool.
     * @throws IllegalArgumentException if it is no such length.
     */
    public static SwiotlbPool ofOneArea(final long length)
    {
        return new SwiotlbPool(slots(length), 1, 1, false);
    }

    /**
     * A pool as the device tree's {@code restricted-dma-pool} makes it: one area, coherent memory included.
     *
     * @param length bytes, a multiple of {@link #SEGMENT_SIZE} up to {@link #MAX_LENGTH}.
     * @return the pool.
     * @throws IllegalArgumentException if it is no such length.
     */
    public static SwiotlbPool restricted(final long length)
    {
        return new SwiotlbPool(slots(length), 1, 1, true);
    }

    /**
     * The default pool that the kernel makes of {@code swiotlb=SLOTS,AREAS}, if there is memory for it:
     * {@code setup_io_tlb_npages}, {@code swiotlb_adjust_nareas} and {@code round_up_default_nslabs}. Slots are rounded
     * up to whole segments, then to a segment for each area, then to a power of two; areas to a power of two. A command
     * line without areas has one for each CPU that the guest could have.
     *
     * @param slots asked for, one or more.
     * @param areas asked for, or 0 if none are.
     * @param cpus  that the guest could have, one or more.
     * @return the pool.
     * @throws IllegalArgumentException if a number is out of its range, or the pool would be longer than 64 GiB.
     */
    public static SwiotlbPool booted(final long slots, final int areas, final int cpus)
    {
        if (slots <= 0 || slots > MAX_SLOTS || areas < 0 || areas > MAX_SLOTS / SEGMENT_SLOTS || cpus <= 0 ||
            cpus > MAX_SLOTS / SEGMENT_SLOTS)
        {
            throw new IllegalArgumentException("swiotlb= takes 1 to " + MAX_SLOTS + " slots and up to " +
                MAX_SLOTS / SEGMENT_SLOTS + " areas: slots=" + slots + ", areas=" + areas + ", cpus=" + cpus);
        }
        final int madeAreas = BitUtil.findNextPositivePowerOfTwo(0 == areas ? cpus : areas);
        final long wanted = Math.max(Math.ceilDiv(slots, SEGMENT_SLOTS), madeAreas);
        return new SwiotlbPool(BitUtil.findNextPositivePowerOfTwo((int)wanted) * SEGMENT_SLOTS, madeAreas, cpus, false);
    }

    /**
     * How long it is.
     *
     * @return bytes.
     */
    public long length()
    {
        return (long)slots * SLOT_SIZE;
    }

    int areaSlots()
    {
        return slots / areas;
    }

    private static int slots(final long length)
    {
        if (length <= 0 || length > MAX_LENGTH || length % SEGMENT_SIZE != 0)
        {
            throw new IllegalArgumentException("a swiotlb pool has whole segments of " + SEGMENT_SIZE +
                " bytes, up to " + MAX_LENGTH + ": length=" + length);
        }
        return (int)(length / SLOT_SIZE);
    }
}
