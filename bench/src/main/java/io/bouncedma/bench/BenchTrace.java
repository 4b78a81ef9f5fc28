/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.Trace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A trace to measure with.
 *
 * @param trace that is replayed.
 * @param masks of its devices.
 */
public record BenchTrace(Trace trace, DeviceMasks masks)
{
    /**
     * What tells this trace from others: two with the same digest are replayed alike. Times are not in it, as they are
     * not kept.
     *
     * @return SHA-256 of the rows, in hexadecimal.
     */
    public String digest()
    {
        final MessageDigest digest;
        try
        {
            digest = MessageDigest.getInstance("SHA-256");
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new AssertionError("each JDK has SHA-256", e);
        }
        trace.devices().forEach(device -> digest.update((device + '\n').getBytes(StandardCharsets.UTF_8)));
        final ByteBuffer row = ByteBuffer.allocate(6 * Integer.BYTES);
        for (int i = 0; i < trace.size(); i++)
        {
            row.clear().putInt(trace.isMap(i) ? 1 : 0).putInt(trace.mapping(i)).putInt(trace.device(i))
                .putInt(trace.bytes(i)).putInt(trace.pageOffset(i)).putInt(trace.direction(i).ordinal());
            digest.update(row.flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
