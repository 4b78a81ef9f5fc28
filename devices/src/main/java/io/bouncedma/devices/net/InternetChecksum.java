/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * The checksum of IP, TCP and UDP (RFC 1071): the ones' complement of the ones' complement sum of 16-bit words.
 */
final class InternetChecksum
{
    private static final long MASK = 0xffff_ffffL;

    private InternetChecksum()
    {
    }

    /**
     * Complete a checksum whose field has the sum of the pseudo header.
     *
     * @param frame  private.
     * @param start  of the part that is summed, up to the end.
     * @param offset of the field, from there.
     * @param end    of the frame.
     */
    static void complete(final MutableDirectBuffer frame, final int start, final int offset, final int end)
    {
        final int checksum = ~sum(frame, start, end - start) & 0xffff;
        // RFC 768: a UDP checksum of zero means none, and all ones is the same number.
        frame.putShort(start + offset, (short)(0 == checksum ? 0xffff : checksum), ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The sum, folded. In the byte order of the machine: it does not matter (RFC 1071, section 2), if it is stored so.
     *
     * @return 16 bits.
     */
    static int sum(final DirectBuffer bytes, final int start, final int length)
    {
        long sum = 0;
        int at = start;
        final int end = start + length;
        // Two halves of 32 bits: no carry is lost in less than 2^32 steps.
        for (; at <= end - Long.BYTES; at += Long.BYTES)
        {
            final long word = bytes.getLong(at, ByteOrder.LITTLE_ENDIAN);
            sum += (word & MASK) + (word >>> Integer.SIZE);
        }
        for (; at <= end - Short.BYTES; at += Short.BYTES)
        {
            sum += bytes.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xffff;
        }
        if (at < end)
        {
            sum += bytes.getByte(at) & 0xff;
        }
        while (0 != sum >>> Short.SIZE)
        {
            sum = (sum & 0xffff) + (sum >>> Short.SIZE);
        }
        return (int)sum;
    }
}
