/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * A register access as a message, little-endian; request and response have the same form.
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     type      |     width     |            version            |
 *  +---------------+---------------+-------------------------------+
 *  |                           sequence                            |
 *  +---------------------------------------------------------------+
 *  |                            offset                             |
 *  +---------------------------------------------------------------+
 *  |                             value                             |
 *  +---------------------------------------------------------------+
 * </pre>
 * A response repeats sequence, width and offset of its request; one that does not is not the answer, for example a late
 * one from before a reset.
 */
public final class MmioMessage
{
    /** Bytes of a message. */
    public static final int LENGTH = 16;
    /** Request: read a register. */
    public static final int READ = 1;
    /** Request: write a register. */
    public static final int WRITE = 2;
    /** Response: the value read. */
    public static final int READ_DONE = 0x81;
    /** Response: the write has happened. */
    public static final int WRITE_DONE = 0x82;
    /** Response: the request made no sense. */
    public static final int REFUSED = 0xff;
    /** The version that this code speaks. */
    public static final int VERSION = 1;

    private static final int TYPE_OFFSET = 0;
    private static final int WIDTH_OFFSET = 1;
    private static final int VERSION_OFFSET = 2;
    private static final int SEQUENCE_OFFSET = 4;
    private static final int OFFSET_OFFSET = 8;
    private static final int VALUE_OFFSET = 12;

    private MmioMessage()
    {
    }

    /**
     * Write a message.
     *
     * @param buffer   of at least {@link #LENGTH} bytes.
     * @param type     one of the constants.
     * @param width    1, 2 or 4 bytes.
     * @param sequence of the request.
     * @param offset   of the register.
     * @param value    to write, or read; otherwise zero.
     */
    public static void encode(
        final MutableDirectBuffer buffer,
        final int type,
        final int width,
        final int sequence,
        final int offset,
        final int value)
    {
        buffer.putByte(TYPE_OFFSET, (byte)type);
        buffer.putByte(WIDTH_OFFSET, (byte)width);
        buffer.putShort(VERSION_OFFSET, (short)VERSION, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(OFFSET_OFFSET, offset, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(VALUE_OFFSET, value, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Whether a received message has the form of one: checked before any other field is read.
     *
     * @param buffer that holds it.
     * @param length of the message in bytes.
     * @return true if its length and version are right.
     */
    public static boolean isValid(final DirectBuffer buffer, final int length)
    {
        return LENGTH == length && VERSION == buffer.getShort(VERSION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * What the message is.
     *
     * @param buffer that holds it.
     * @return one of the constants, or any other value up to 255.
     */
    public static int type(final DirectBuffer buffer)
    {
        return buffer.getByte(TYPE_OFFSET) & 0xff;
    }

    /**
     * How wide the access is.
     *
     * @param buffer that holds the message.
     * @return bytes, any value up to 255.
     */
    public static int width(final DirectBuffer buffer)
    {
        return buffer.getByte(WIDTH_OFFSET) & 0xff;
    }

    /**
     * The number of the request.
     *
     * @param buffer that holds the message.
     * @return any value.
     */
    public static int sequence(final DirectBuffer buffer)
    {
        return buffer.getInt(SEQUENCE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The register.
     *
     * @param buffer that holds the message.
     * @return its offset, any value.
     */
    public static int offset(final DirectBuffer buffer)
    {
        return buffer.getInt(OFFSET_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The value.
     *
     * @param buffer that holds the message.
     * @return any value.
     */
    public static int value(final DirectBuffer buffer)
    {
        return buffer.getInt(VALUE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }
}
