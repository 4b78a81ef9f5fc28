/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What one chain asks for, and what every byte of it must be; peer.h has the same.
 * <p>
 * A chain has three elements: a header for the device to read {le64 sequence, le64 seed}; data for the device to read
 * or, in half of the chains, to write; a reply for the device to write. All else follows from the seed, so both sides
 * know what to expect. The reply tells what the device read: it is made from a checksum of it.
 */
record Work(long sequence, long seed, int dataLength, int replyLength, boolean isDataWritten)
{
    static final int HEADER_LENGTH = 16;
    static final int MAX_DATA = 4096;
    static final int MAX_REPLY = 64;

    private static final VarHandle WORD =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN).withInvokeExactBehavior();
    private static final long PHI = 0x9e37_79b9_7f4a_7c15L;

    static Work of(final long run, final long sequence)
    {
        final long seed = mix(run + sequence);
        return new Work(sequence, seed,
            1 + (int)Long.remainderUnsigned(mix(seed ^ 1), MAX_DATA),
            1 + (int)Long.remainderUnsigned(mix(seed ^ 2), MAX_REPLY),
            0 != (mix(seed ^ 3) & 1));
    }

    int readable()
    {
        return HEADER_LENGTH + (isDataWritten ? 0 : dataLength);
    }

    int writable()
    {
        return replyLength + (isDataWritten ? dataLength : 0);
    }

    /**
     * Fill in all that the device is to read.
     *
     * @param to gets bytes, the first {@link #readable()} of which count.
     */
    void fillReadable(final byte[] to)
    {
        WORD.set(to, 0, sequence);
        WORD.set(to, Long.BYTES, seed);
        if (!isDataWritten)
        {
            fill(to, HEADER_LENGTH, dataLength, seed);
        }
    }

    /**
     * All that the device is to write, if it read the given bytes.
     */
    void fillWritable(final byte[] to, final byte[] read)
    {
        long sum = checksum(0, read, 0, HEADER_LENGTH);
        if (isDataWritten)
        {
            fill(to, 0, dataLength, ~seed);
        }
        else
        {
            sum = checksum(sum, read, HEADER_LENGTH, dataLength);
        }
        fill(to, isDataWritten ? dataLength : 0, replyLength, sum);
    }

    static long mix(final long value)
    {
        long x = value + PHI;
        x = (x ^ x >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        x = (x ^ x >>> 27) * 0x94d0_49bb_1331_11ebL;
        return x ^ x >>> 31;
    }

    private static void fill(final byte[] to, final int index, final int length, final long seed)
    {
        int done = 0;
        for (; done <= length - Long.BYTES; done += Long.BYTES)
        {
            WORD.set(to, index + done, mix(seed + done));
        }
        long word = mix(seed + done);
        for (; done < length; done++)
        {
            to[index + done] = (byte)word;
            word >>>= Byte.SIZE;
        }
    }

    private static long checksum(final long start, final byte[] from, final int index, final int length)
    {
        long sum = start ^ length;
        int done = 0;
        for (; done <= length - Long.BYTES; done += Long.BYTES)
        {
            sum = checksum(sum, (long)WORD.get(from, index + done));
        }
        if (done < length)
        {
            long word = 0;
            for (int i = length - 1; i >= done; i--)
            {
                word = word << Byte.SIZE | from[index + i] & 0xff;
            }
            sum = checksum(sum, word);
        }
        return sum;
    }

    private static long checksum(final long sum, final long word)
    {
        final long next = (sum ^ word) * PHI;
        return next ^ next >>> 32;
    }
}
