/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

/**
 * Numbers and layouts of the block device (virtio 1.4, section 5.2), little-endian.
 * <pre>
 * request   type u32 | reserved u32 | sector u64 | data ... | status u8       the device writes status, and data of IN
 * config    capacity u64 @0 | size_max u32 @8 | seg_max u32 @12 | blk_size u32 @20 | ...
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

    /** Request type: read sectors. */
    public static final int TYPE_IN = 0;
    /** Request type: write sectors. */
    public static final int TYPE_OUT = 1;
    /** Request type: make what was written durable. */
    public static final int TYPE_FLUSH = 4;
    /** Request type: get the device id. */
    public static final int TYPE_GET_ID = 8;

    /** Status: done. */
    public static final int STATUS_OK = 0;
    /** Status: it failed. */
    public static final int STATUS_IOERR = 1;
    /** Status: the device does not know this type of request. */
    public static final int STATUS_UNSUPP = 2;

    /** Feature bit: seg_max is valid. */
    public static final int F_SEG_MAX = 2;
    /** Feature bit: the device can not be written. */
    public static final int F_RO = 5;
    /** Feature bit: blk_size is valid. */
    public static final int F_BLK_SIZE = 6;
    /** Feature bit: the device knows {@link #TYPE_FLUSH}. */
    public static final int F_FLUSH = 9;

    /** Offset of the capacity in sectors, u64. */
    public static final int CONFIG_CAPACITY = 0;
    /** Offset of the maximum number of segments of a request, u32. */
    public static final int CONFIG_SEG_MAX = 12;
    /** Offset of the block size in bytes, u32. */
    public static final int CONFIG_BLK_SIZE = 20;
    /** Bytes of the configuration up to the write-cache field, all that is served here. */
    public static final int CONFIG_LENGTH = 36;

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
