/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.SwiotlbModel;

/**
 * Why swiotlb refused a mapping, as far as the line tells that the kernel wrote about it.
 */
public enum Verdict
{
    /**
     * Nothing was to be mapped: a driver's mistake. {@code swiotlb_area_find_slots} stops the kernel at that
     * ({@code BUG_ON}), unless an offset under the device's alignment mask makes one slot of it (5.12 to 6.9).
     */
    EMPTY("a request of no bytes"),
    /** There is no pool at all. */
    NO_POOL("no pool"),
    /** More than any pool gives in one piece: a larger pool does not help. */
    TOO_LARGE("too large for any pool"),
    /** Fewer slots were free than the mapping takes. */
    EXHAUSTED("exhausted"),
    /** Enough slots were free, but more than half of the pool was taken, and no run was long enough. */
    FRAGMENTED("fragmented"),
    /** Most of the pool was free: alignment, a boundary, areas or a kernel bug is in the way. */
    NEITHER("neither: mask, boundary, areas or a kernel bug"),
    /** The pool, or the memory, lies where the device can not address it. */
    OUT_OF_REACH("out of the device's reach"),
    /** The kernel did not say how large the pool is and how much of it was taken, or nothing that can be. */
    UNDECIDED("not to be told without totals");

    /** Stands for a number that the kernel did not print, or not credibly. */
    public static final long UNKNOWN = -1;

    /** Bytes of a slot, {@code IO_TLB_SIZE}. */
    public static final long SLOT_BYTES = SwiotlbModel.SLOT_SIZE;

    private final String label;

    Verdict(final String label)
    {
        this.label = label;
    }

    /**
     * Judge a line.
     *
     * @param bytes   that were asked for.
     * @param total   slots of the pool, or {@link #UNKNOWN}.
     * @param used    slots that were taken, or {@link #UNKNOWN}.
     * @param maxTold the most that may stand there of a mapping that an empty pool of any size takes.
     */
    static Verdict of(final long bytes, final long total, final long used, final long maxTold)
    {
        if (0 == bytes)
        {
            return EMPTY;
        }
        if (0 == total)
        {
            return NO_POOL;
        }
        if (bytes > maxTold)
        {
            return TOO_LARGE;
        }
        if (UNKNOWN == total || UNKNOWN == used)
        {
            return UNDECIDED;
        }
        if (slots(bytes) > total - used)
        {
            return EXHAUSTED;
        }
        return used > total / 2 ? FRAGMENTED : NEITHER;
    }

    /** Slots that a mapping takes, if it begins at a slot. */
    static long slots(final long bytes)
    {
        return Math.ceilDiv(bytes, SLOT_BYTES);
    }

    /**
     * The words for people.
     *
     * @return a few words.
     */
    public String label()
    {
        return label;
    }
}
