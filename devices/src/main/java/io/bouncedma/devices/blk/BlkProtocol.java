/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

/**
 * Numbers and layouts of the block device (virtio 1.4, section 5.2), little-endian.
 * <pre>
 * request   type u32 | reserved u32 | sector u64 | data ... | status u8       the device writes status, and data of IN
 * range     sector u64 | sectors u32 | flags u32                     data of DISCARD and WRITE_ZEROES, one or more
 * config    capacity u64 @0 | size_max u32 @8 | seg_max u32 @12 | geometry 4 bytes @16 | blk_size u32 @20
 *           physical_block_exp u8 @24 | alignment_offset u8 @25 | min_io_size u16 @26 | opt_io_size u32 @28
 *           writeback u8 @32 | num_queues u16 @34
 *           max_discard_sectors u32 @36 | max_discard_seg u32 @40 | discard_sector_alignment u32 @44
 *           max_write_zeroes_sectors u32 @48 | max_write_zeroes_seg u32 @52 | write_zeroes_may_unmap u8 @56 | to 60
 * </pre>
 */
public final class BlkProtocol
{
    /** Bytes of a sector, whatever the block size is. */
    public static final int SECTOR_SIZE = 512;
    /** Bytes of a request before its data. */
    public static final int HEADER_LENGTH = 16;
    /** Offset of the sector in a request. */
    public static final int SECTOR_OFFSET = 8;
    /** Bytes of a device id. */
    public static final int ID_LENGTH = 20;
    /** Bytes of one range of sectors to discard or zero. */
    public static final int RANGE_LENGTH = 16;
    /** Offset of the number of sectors in a range. */
    public static final int RANGE_SECTORS = 8;
    /** Offset of the flags in a range. */
    public static final int RANGE_FLAGS = 12;
    /** Flag of a range: what is zeroed may give its space back. Not for DISCARD, which always may. */
    public static final int FLAG_UNMAP = 1;
    /** The largest block size here; larger ones have no use. */
    public static final int MAX_BLOCK_SIZE = 4096;

    /** Request type: read sectors. */
    public static final int TYPE_IN = 0;
    /** Request type: write sectors. */
    public static final int TYPE_OUT = 1;
    /** Request type: make what was written durable. */
    public static final int TYPE_FLUSH = 4;
    /** Request type: get the device id. */
    public static final int TYPE_GET_ID = 8;
    /** Request type: forget sectors. */
    public static final int TYPE_DISCARD = 11;
    /** Request type: zero sectors. */
    public static final int TYPE_WRITE_ZEROES = 13;

    /** Status: done. */
    public static final int STATUS_OK = 0;
    /** Status: it failed. */
    public static final int STATUS_IOERR = 1;
    /** Status: the device does not know this type of request. */
    public static final int STATUS_UNSUPP = 2;

    /** Feature bit: size_max is valid. */
    public static final int F_SIZE_MAX = 1;
    /** Feature bit: seg_max is valid. */
    public static final int F_SEG_MAX = 2;
    /** Feature bit: the device can not be written. */
    public static final int F_RO = 5;
    /** Feature bit: blk_size is valid. */
    public static final int F_BLK_SIZE = 6;
    /** Feature bit: the device knows {@link #TYPE_FLUSH}. */
    public static final int F_FLUSH = 9;
    /** Feature bit: the fields from physical_block_exp to opt_io_size are valid. */
    public static final int F_TOPOLOGY = 10;
    /** Feature bit: writeback is valid and can be written. */
    public static final int F_CONFIG_WCE = 11;
    /** Feature bit: num_queues is valid. */
    public static final int F_MQ = 12;
    /** Feature bit: the device knows {@link #TYPE_DISCARD}. */
    public static final int F_DISCARD = 13;
    /** Feature bit: the device knows {@link #TYPE_WRITE_ZEROES}. */
    public static final int F_WRITE_ZEROES = 14;

    /** Offset of the capacity in sectors, u64. */
    public static final int CONFIG_CAPACITY = 0;
    /** Offset of the most bytes of one segment of data, u32. */
    public static final int CONFIG_SIZE_MAX = 8;
    /** Offset of the maximum number of segments of a request, u32. */
    public static final int CONFIG_SEG_MAX = 12;
    /** Offset of the block size in bytes, u32. */
    public static final int CONFIG_BLK_SIZE = 20;
    /** Offset of how many blocks a physical block has, as a power of two, u8. */
    public static final int CONFIG_PHYSICAL_BLOCK_EXP = 24;
    /** Offset of the first block that begins a physical one, u8. */
    public static final int CONFIG_ALIGNMENT_OFFSET = 25;
    /** Offset of the smallest request that is not slow, in blocks, u16. */
    public static final int CONFIG_MIN_IO_SIZE = 26;
    /** Offset of the best size of a request, in blocks, u32. */
    public static final int CONFIG_OPT_IO_SIZE = 28;
    /** Offset of the write cache's mode, u8: 0 write-through, 1 write-back. */
    public static final int CONFIG_WRITEBACK = 32;
    /** Offset of the number of queues, u16. */
    public static final int CONFIG_NUM_QUEUES = 34;
    /** Offset of the most sectors of a range to discard, u32. */
    public static final int CONFIG_MAX_DISCARD_SECTORS = 36;
    /** Offset of the most ranges of a request to discard, u32. */
    public static final int CONFIG_MAX_DISCARD_SEG = 40;
    /** Offset of the sectors that discarding had better begin and end at multiples of, u32. */
    public static final int CONFIG_DISCARD_ALIGNMENT = 44;
    /** Offset of the most sectors of a range to zero, u32. */
    public static final int CONFIG_MAX_WRITE_ZEROES_SECTORS = 48;
    /** Offset of the most ranges of a request to zero, u32. */
    public static final int CONFIG_MAX_WRITE_ZEROES_SEG = 52;
    /** Offset of whether zeroing may give space back, u8. */
    public static final int CONFIG_WRITE_ZEROES_MAY_UNMAP = 56;
    /** Bytes of the configuration up to the fields of features that nobody here has: what QEMU reads too. */
    public static final int CONFIG_LENGTH = 60;

    private BlkProtocol()
    {
    }

    /**
     * A request type in words, for messages.
     *
     * @param type any value.
     * @return for example {@code IN}.
     */
    public static String typeName(final int type)
    {
        return switch (type)
        {
            case TYPE_IN -> "IN";
            case TYPE_OUT -> "OUT";
            case TYPE_FLUSH -> "FLUSH";
            case TYPE_GET_ID -> "GET_ID";
            case TYPE_DISCARD -> "DISCARD";
            case TYPE_WRITE_ZEROES -> "WRITE_ZEROES";
            default -> "type " + Integer.toUnsignedString(type);
        };
    }

    /**
     * A status in words, for messages.
     *
     * @param status any value.
     * @return for example {@code IOERR}.
     */
    public static String statusName(final int status)
    {
        return switch (status)
        {
            case STATUS_OK -> "OK";
            case STATUS_IOERR -> "IOERR";
            case STATUS_UNSUPP -> "UNSUPP";
            default -> "status " + status;
        };
    }
}
