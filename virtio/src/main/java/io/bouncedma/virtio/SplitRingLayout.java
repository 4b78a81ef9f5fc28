/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Where everything lies in a split ring of a given size (virtio 1.4, section 2.7). All fields are little-endian.
 * <pre>
 * descriptor area, align 16    size * { addr u64 | len u32 | flags u16 | next u16 }        written by the driver
 * driver area,     align 2     flags u16 | idx u16 | size * u16 | used_event u16           written by the driver
 * device area,     align 4     flags u16 | idx u16 | size * { id u32 | len u32 } | avail_event u16   by the device
 * </pre>
 */
public final class SplitRingLayout
{
    /** Bytes of a descriptor. */
    public static final int DESC_LENGTH = 16;
    /** Alignment of the descriptor area in bytes. */
    public static final int DESC_ALIGNMENT = 16;
    /** Alignment of the driver area in bytes. */
    public static final int DRIVER_ALIGNMENT = 2;
    /** Alignment of the device area in bytes. */
    public static final int DEVICE_ALIGNMENT = 4;
    /** Descriptor flag: the chain goes on at {@code next}. */
    public static final int DESC_F_NEXT = 1;
    /** Descriptor flag: the device writes the buffer. */
    public static final int DESC_F_WRITE = 2;
    /** Descriptor flag: the buffer is a table of descriptors. */
    public static final int DESC_F_INDIRECT = 4;
    /** Flag of the driver area: no interrupts, please. */
    public static final int AVAIL_F_NO_INTERRUPT = 1;
    /** Flag of the device area: no kicks, please. */
    public static final int USED_F_NO_NOTIFY = 1;

    static final int LEN_OFFSET = 8;
    static final int FLAGS_OFFSET = 12;
    static final int NEXT_OFFSET = 14;
    static final int AREA_FLAGS_OFFSET = 0;
    static final int AREA_IDX_OFFSET = 2;
    static final int AREA_RING_OFFSET = 4;
    static final int AVAIL_ENTRY_LENGTH = 2;
    static final int USED_ENTRY_LENGTH = 8;
    static final int USED_LEN_OFFSET = 4;
    private static final int EVENT_LENGTH = 2;

    private SplitRingLayout()
    {
    }

    /**
     * Refuse a size that no split ring has.
     *
     * @param size entries.
     * @throws IllegalArgumentException unless it is a power of two from 1 to {@link RingFormat#MAX_SIZE}.
     */
    public static void requireSize(final int size)
    {
        if (size < 1 || size > RingFormat.MAX_SIZE || Integer.bitCount(size) != 1)
        {
            throw new IllegalArgumentException(
                "queue size must be a power of two from 1 to " + RingFormat.MAX_SIZE + ": size=" + size);
        }
    }

    /**
     * The length of the driver area, its event field included.
     *
     * @param size entries.
     * @return bytes.
     */
    public static int driverLength(final int size)
    {
        return AREA_RING_OFFSET + AVAIL_ENTRY_LENGTH * size + EVENT_LENGTH;
    }

    /**
     * The length of the device area, its event field included.
     *
     * @param size entries.
     * @return bytes.
     */
    public static int deviceLength(final int size)
    {
        return AREA_RING_OFFSET + USED_ENTRY_LENGTH * size + EVENT_LENGTH;
    }

    static long descOffset(final int index)
    {
        return (long)index * DESC_LENGTH;
    }

    /** The second half of a descriptor in one piece: the table is written and read in two moves each. */
    static long half(final int length, final int flags, final int next)
    {
        return length & 0xffff_ffffL | (long)flags << (FLAGS_OFFSET - LEN_OFFSET) * Byte.SIZE |
            (long)next << (NEXT_OFFSET - LEN_OFFSET) * Byte.SIZE;
    }

    static int length(final long half)
    {
        return (int)half;
    }

    static int flags(final long half)
    {
        return (int)(half >>> (FLAGS_OFFSET - LEN_OFFSET) * Byte.SIZE) & 0xffff;
    }

    static int next(final long half)
    {
        return (int)(half >>> (NEXT_OFFSET - LEN_OFFSET) * Byte.SIZE);
    }

    static long availEntryOffset(final int slot)
    {
        return AREA_RING_OFFSET + (long)slot * AVAIL_ENTRY_LENGTH;
    }

    /** Where the driver names its event, or with PUBLISH_INDICES publishes its progress. */
    static long usedEventOffset(final int size)
    {
        return availEntryOffset(size);
    }

    /** Where the device names its event, or with PUBLISH_INDICES publishes its progress. */
    static long availEventOffset(final int size)
    {
        return usedEntryOffset(size);
    }

    static long usedEntryOffset(final int slot)
    {
        return AREA_RING_OFFSET + (long)slot * USED_ENTRY_LENGTH;
    }
}
