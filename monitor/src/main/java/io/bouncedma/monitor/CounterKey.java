/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.os.Printable;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.status.CountersReader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The values of a subject in the key of one of Agrona's counters: a byte for how many there are, and for each one for
 * its length and then its UTF-8.
 */
final class CounterKey
{
    private static final int MAX_BYTE = 0xff;

    private CounterKey()
    {
    }

    static void requireFits(final List<String> values)
    {
        int length = 1;
        for (final String value : values)
        {
            length += 1 + CounterSubject.lengthOf(value);
        }
        if (length > CountersReader.MAX_KEY_LENGTH)
        {
            throw new IllegalArgumentException("values are too long for a counter's key: values=" + values +
                ", bytes=" + length + ", max=" + CountersReader.MAX_KEY_LENGTH);
        }
    }

    /** Writes what {@link #requireFits} has found to fit. */
    static void write(final MutableDirectBuffer key, final List<String> values)
    {
        int at = 1;
        for (final String value : values)
        {
            final byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            key.putByte(at, (byte)bytes.length);
            key.putBytes(at + 1, bytes);
            at += 1 + bytes.length;
        }
        key.putByte(0, (byte)values.size());
    }

    /** What a key says that may be anything: never more than is in it. */
    static List<String> read(final DirectBuffer metadata, final int keyOffset)
    {
        final byte[] key = new byte[CountersReader.MAX_KEY_LENGTH];
        metadata.getBytes(keyOffset, key);
        final List<String> values = new ArrayList<>();
        int at = 1;
        for (int i = key[0] & MAX_BYTE; i > 0 && at < key.length; i--)
        {
            final int length = Math.min(key[at] & MAX_BYTE, key.length - at - 1);
            values.add(Printable.of(new String(key, at + 1, length, StandardCharsets.UTF_8)));
            at += 1 + length;
        }
        return List.copyOf(values);
    }
}
