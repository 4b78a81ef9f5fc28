/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The header before each frame (virtio 1.4, section 5.1.6), a view of private bytes.
 * <pre>
 *   0               1               2               3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     flags     |    gso_type   |            hdr_len            |
 *  +---------------+---------------+-------------------------------+
 *  |           gso_size            |          csum_start           |
 *  +-------------------------------+-------------------------------+
 *  |          csum_offset          |          num_buffers          |
 *  +-------------------------------+-------------------------------+
 * </pre>
 * num_buffers is always there, as VERSION_1 is.
 */
public final class NetHeader
{
    /** Bytes of the header. */
    public static final int LENGTH = 12;
    /** Flag: the checksum from csum_start on is to be stored at csum_offset behind it. */
    public static final int FLAG_NEEDS_CSUM = 1;
    /** Flag: the frame's checksum was found to be right. */
    public static final int FLAG_DATA_VALID = 2;
    /** Kind of segmentation: none. */
    public static final int GSO_NONE = 0;
    /** Kind of segmentation: TCP over IPv4. */
    public static final int GSO_TCPV4 = 1;
    /** Kind of segmentation: UDP, by fragments. */
    public static final int GSO_UDP = 3;
    /** Kind of segmentation: TCP over IPv6. */
    public static final int GSO_TCPV6 = 4;
    /** Bit beside the kind: TCP has ECN set. */
    public static final int GSO_ECN = 0x80;

    private static final int GSO_TYPE_OFFSET = 1;
    private static final int HDR_LEN_OFFSET = 2;
    private static final int GSO_SIZE_OFFSET = 4;
    private static final int CSUM_START_OFFSET = 6;
    private static final int CSUM_OFFSET_OFFSET = 8;
    private static final int NUM_BUFFERS_OFFSET = 10;

    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);

    /** A header of its own, all zero: a whole frame with its checksum. */
    public NetHeader()
    {
        bytes.wrap(new byte[LENGTH]);
    }

    /** A view of a header. */
    NetHeader(final MutableDirectBuffer buffer, final int offset)
    {
        bytes.wrap(buffer, offset, LENGTH);
    }

    /**
     * What is set beside segmentation.
     *
     * @return bits of {@link #FLAG_NEEDS_CSUM} and {@link #FLAG_DATA_VALID}.
     */
    public int flags()
    {
        return bytes.getByte(0) & 0xff;
    }

    /**
     * How the frame is to be segmented.
     *
     * @return one of {@link #GSO_NONE} and the others, maybe with {@link #GSO_ECN}.
     */
    public int gsoType()
    {
        return bytes.getByte(GSO_TYPE_OFFSET) & 0xff;
    }

    /**
     * How long the headers are that go before each segment: a hint.
     *
     * @return bytes.
     */
    public int hdrLen()
    {
        return get(HDR_LEN_OFFSET);
    }

    /**
     * How much of the rest goes into a segment.
     *
     * @return bytes.
     */
    public int gsoSize()
    {
        return get(GSO_SIZE_OFFSET);
    }

    /**
     * Where the checksum begins.
     *
     * @return bytes from the start of the frame.
     */
    public int csumStart()
    {
        return get(CSUM_START_OFFSET);
    }

    /**
     * Where the checksum goes.
     *
     * @return bytes from {@link #csumStart()}.
     */
    public int csumOffset()
    {
        return get(CSUM_OFFSET_OFFSET);
    }

    /**
     * Over how many receive buffers the frame goes.
     *
     * @return as the device says.
     */
    public int numBuffers()
    {
        return get(NUM_BUFFERS_OFFSET);
    }

    /**
     * Nothing is left to do: a whole frame with its checksum.
     *
     * @return this.
     */
    public NetHeader clear()
    {
        bytes.setMemory(0, LENGTH, (byte)0);
        return this;
    }

    /**
     * The checksum is left to do; the field has the sum of the pseudo header.
     *
     * @param start  bytes from the start of the frame.
     * @param offset bytes from there to the field.
     * @return this.
     */
    public NetHeader needsChecksum(final int start, final int offset)
    {
        bytes.putByte(0, (byte)FLAG_NEEDS_CSUM);
        put(CSUM_START_OFFSET, start);
        put(CSUM_OFFSET_OFFSET, offset);
        return this;
    }

    /**
     * Segmentation is left to do; the checksum is too.
     *
     * @param type         one of {@link #GSO_TCPV4} and the others, maybe with {@link #GSO_ECN}.
     * @param headerLength bytes that go before each segment.
     * @param size         bytes in a segment.
     * @return this.
     */
    public NetHeader segmented(final int type, final int headerLength, final int size)
    {
        bytes.putByte(GSO_TYPE_OFFSET, (byte)type);
        put(HDR_LEN_OFFSET, headerLength);
        put(GSO_SIZE_OFFSET, size);
        return this;
    }

    void numBuffers(final int count)
    {
        put(NUM_BUFFERS_OFFSET, count);
    }

    void flags(final int flags)
    {
        bytes.putByte(0, (byte)flags);
    }

    void copyTo(final MutableDirectBuffer to, final int offset)
    {
        to.putBytes(offset, bytes, 0, LENGTH);
    }

    private int get(final int offset)
    {
        return bytes.getShort(offset, ByteOrder.LITTLE_ENDIAN) & 0xffff;
    }

    private void put(final int offset, final int value)
    {
        bytes.putShort(offset, (short)value, ByteOrder.LITTLE_ENDIAN);
    }
}
