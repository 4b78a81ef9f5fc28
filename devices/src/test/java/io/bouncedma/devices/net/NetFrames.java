/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What the tests of the network device share.
 */
final class NetFrames
{
    static final long MAC = 0x525400123456L;

    private NetFrames()
    {
    }

    static Stream<Features> rings()
    {
        final Features split = Features.NONE;
        final Features packed = Features.of(FeatureBits.RING_PACKED);
        return Stream.of(split, packed).flatMap((format) -> Stream.of(
            format,
            format.with(FeatureBits.EVENT_IDX),
            format.with(FeatureBits.INDIRECT_DESC),
            format.with(FeatureBits.IN_ORDER),
            format.with(FeatureBits.INDIRECT_DESC).with(FeatureBits.EVENT_IDX).with(FeatureBits.IN_ORDER)));
    }

    static byte[] random(final Random random, final int length)
    {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] header(final NetHeader header)
    {
        final byte[] bytes = new byte[NetHeader.LENGTH];
        header.copyTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    /** Header and frame behind each other. */
    static byte[] together(final NetHeader header, final byte[] frame)
    {
        final byte[] all = Arrays.copyOf(header(header), NetHeader.LENGTH + frame.length);
        System.arraycopy(frame, 0, all, NetHeader.LENGTH, frame.length);
        return all;
    }

    /** The frame with its checksum completed, word by word as RFC 1071 says it. */
    static byte[] checksummed(final byte[] frame, final int start, final int offset)
    {
        long sum = 0;
        for (int i = start; i < frame.length; i += 2)
        {
            final int low = i + 1 < frame.length ? frame[i + 1] & 0xff : 0;
            sum += (frame[i] & 0xff) << 8 | low;
        }
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        final int checksum = 0 == (~sum & 0xffff) ? 0xffff : (int)~sum & 0xffff;
        final byte[] result = frame.clone();
        result[start + offset] = (byte)(checksum >> 8);
        result[start + offset + 1] = (byte)checksum;
        return result;
    }
}
