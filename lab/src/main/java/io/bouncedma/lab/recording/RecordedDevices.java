/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The devices that a recording names. Not thread-safe.
 */
final class RecordedDevices
{
    private static final int MAX_DEVICES = 4096;
    /** What swiotlb_bounced has before the name. */
    private static final byte[] DEV_NAME = "dev_name:".getBytes(StandardCharsets.US_ASCII);

    private final Map<String, RecordedDevice> byName = new LinkedHashMap<>();
    private byte[] lastName = {};
    private RecordedDevice last;

    /**
     * The device of an event: the first word of its text. Nothing is made of fields that are broken already, and they
     * become so if the word can be no name.
     *
     * @return the device, or null if the fields are broken.
     */
    RecordedDevice of(final Fields fields)
    {
        final byte[] bytes = fields.bytes();
        int from = fields.textFrom();
        if (Text.isAt(bytes, from, fields.textTo(), DEV_NAME))
        {
            from = Text.skipBlanks(bytes, from + DEV_NAME.length, fields.textTo());
        }
        final int to = Text.skipWord(bytes, from, fields.textTo());
        if (fields.isBroken())
        {
            return null;
        }
        if (last != null && Arrays.equals(bytes, from, to, lastName, 0, lastName.length))
        {
            return last;
        }
        if (!isName(bytes, from, to))
        {
            fields.refuse();
            return null;
        }
        lastName = Arrays.copyOfRange(bytes, from, to);
        last = byName.computeIfAbsent(new String(lastName, StandardCharsets.US_ASCII), this::added);
        return last;
    }

    /** All of them, in the order in which they came up. */
    Collection<RecordedDevice> all()
    {
        return byName.values();
    }

    private RecordedDevice added(final String name)
    {
        if (MAX_DEVICES == byName.size())
        {
            throw new IllegalStateException(
                "at most " + MAX_DEVICES + " devices; record fewer of them (events/dma/filter)");
        }
        return new RecordedDevice(name, byName.size());
    }

    /** Visible characters that do no harm in a table, and no field. */
    private static boolean isName(final byte[] bytes, final int from, final int to)
    {
        for (int i = from; i < to; i++)
        {
            if (bytes[i] <= ' ' || bytes[i] > '~' || ',' == bytes[i] || '"' == bytes[i] || '=' == bytes[i])
            {
                return false;
            }
        }
        return to > from && to - from <= Trace.MAX_NAME;
    }
}
