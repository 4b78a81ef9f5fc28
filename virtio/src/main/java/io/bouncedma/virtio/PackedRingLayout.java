/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

/**
 * Where everything lies in a packed ring of a given size (virtio 1.4, section 2.8). All fields are little-endian.
 * <pre>
 * descriptor area, align 16    size * { addr u64 | len u32 | id u16 | flags u16 }    written by both
 * driver area,     align 4     off:15 wrap:1 u16 | flags u16                         written by the driver
 * device area,     align 4     off:15 wrap:1 u16 | flags u16                         written by the device
 * </pre>
 */
public final class PackedRingLayout
{
    /** Descriptor flag: available if it equals the driver's wrap counter. */
    public static final int DESC_F_AVAIL = 1 << 7;
    /** Descriptor flag: used if it equals {@link #DESC_F_AVAIL} and the device's wrap counter. */
    public static final int DESC_F_USED = 1 << 15;
    /** Event flag: notify of everything. */
    public static final int EVENT_ENABLE = 0;
    /** Event flag: notify of nothing. A hint. */
    public static final int EVENT_DISABLE = 1;
    /** Event flag, with EVENT_IDX: notify when the descriptor at the offset is reached. */
    public static final int EVENT_DESC = 2;

    static final int ID_OFFSET = 12;
    static final int FLAGS_OFFSET = 14;
    static final int EVENT_POSITION_OFFSET = 0;
    static final int EVENT_FLAGS_OFFSET = 2;
    static final int EVENT_LENGTH = 4;
    static final int EVENT_ALIGNMENT = 4;
    static final int WRAP_SHIFT = 15;
    static final int POSITION_MASK = (1 << WRAP_SHIFT) - 1;

    private PackedRingLayout()
    {
    }

    /**
     * Refuse a size that no packed ring has.
     *
     * @param size entries.
     * @throws IllegalArgumentException unless it is from 1 to {@link RingFormat#MAX_SIZE}.
     */
    public static void requireSize(final int size)
    {
        if (size < 1 || size > RingFormat.MAX_SIZE)
        {
            throw new IllegalArgumentException(
                "size of a packed queue must be from 1 to " + RingFormat.MAX_SIZE + ": size=" + size);
        }
    }

    /** The second half of a descriptor in one piece. */
    static long half(final int length, final int id, final int flags)
    {
        return length & 0xffff_ffffL | (long)id << (ID_OFFSET - SplitRingLayout.LEN_OFFSET) * Byte.SIZE |
            (long)flags << (FLAGS_OFFSET - SplitRingLayout.LEN_OFFSET) * Byte.SIZE;
    }

    static int length(final long half)
    {
        return (int)half;
    }

    static int id(final long half)
    {
        return (int)(half >>> (ID_OFFSET - SplitRingLayout.LEN_OFFSET) * Byte.SIZE) & 0xffff;
    }

    static int flags(final long half)
    {
        return (int)(half >>> (FLAGS_OFFSET - SplitRingLayout.LEN_OFFSET) * Byte.SIZE);
    }

    /** Flags of a descriptor that is available when the driver's wrap counter is this. */
    static int available(final boolean wrap)
    {
        return wrap ? DESC_F_AVAIL : DESC_F_USED;
    }

    /** Flags of a descriptor that is used when the device's wrap counter is this. */
    static int used(final boolean wrap)
    {
        return wrap ? DESC_F_AVAIL | DESC_F_USED : 0;
    }

    /** Whichever lap it is, the position so many descriptors further on. */
    static int advance(final int position, final int slots, final int size)
    {
        final int slot = (position & POSITION_MASK) + slots;
        final int wrap = position & ~POSITION_MASK;
        return slot < size ? slot | wrap : slot - size | wrap ^ 1 << WRAP_SHIFT;
    }

    /**
     * Make so many descriptors look available, or not yet, in the lap that a position is in. A batch is hidden by its
     * first flags alone (2.8.6): those behind, written by an object that died, would be seen as soon as others are
     * shown before them. Descriptors that look right already are not written.
     */
    static void setAvailable(
        final OrderedMemory ring, final int size, final int position, final int count, final boolean isAvailable)
    {
        for (int i = 0; i < count; i++)
        {
            final int at = advance(position, i, size);
            final long flags = SplitRingLayout.descOffset(at & POSITION_MASK) + FLAGS_OFFSET;
            final boolean wrap = 0 != at >>> WRAP_SHIFT;
            if (isAvailable != isAvailable(ring.load16(flags), wrap))
            {
                // 2.8.1: what is used in the lap before is not available yet in this one.
                ring.storeRelease16(flags, isAvailable ? available(wrap) : used(!wrap));
            }
        }
    }

    static boolean isAvailable(final int flags, final boolean wrap)
    {
        return available(wrap) == (flags & (DESC_F_AVAIL | DESC_F_USED));
    }

    static boolean isUsed(final int flags, final boolean wrap)
    {
        return used(wrap) == (flags & (DESC_F_AVAIL | DESC_F_USED));
    }
}
