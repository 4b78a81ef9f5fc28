/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a device is said to be like on the command line: {@code queues=4,depth=128,packed}. Each key at most once, and
 * none that the device has not.
 */
final class DeviceKeys
{
    /** A device without keys; picocli takes an empty text for no device. */
    static final String USUAL = "usual";

    private static final int MAX_BYTES = 1 << 30;
    private static final String ON = "on";
    private static final String OFF = "off";

    private final String option;
    private final Map<String, String> values = new LinkedHashMap<>();

    /**
     * Take it apart.
     *
     * @param option for messages.
     * @param text   of it; {@link #USUAL} for no keys.
     * @param known  keys that such a device has.
     * @throws UsageException if it is no list of such keys.
     */
    DeviceKeys(final String option, final String text, final List<String> known)
    {
        this.option = option;
        for (final String each : USUAL.equals(text) ? new String[0] : text.split(",", -1))
        {
            final int equals = each.indexOf('=');
            final String key = equals < 0 ? each : each.substring(0, equals);
            if (!known.contains(key))
            {
                throw new UsageException(option + " " + text + ": '" + key + "' is no key of such a device; give " +
                    String.join(", ", known));
            }
            if (null != values.put(key, equals < 0 ? "" : each.substring(equals + 1)))
            {
                throw new UsageException(option + " " + text + " gives " + key + " twice; give it once");
            }
        }
    }

    /**
     * A number.
     *
     * @param key   of it.
     * @param usual if the key is not there.
     */
    int number(final String key, final int usual)
    {
        final String value = values.get(key);
        try
        {
            return null == value ? usual : Integer.parseInt(value);
        }
        catch (final NumberFormatException e)
        {
            throw new UsageException(option + " " + key + "=" + value + " is no number that can be; write for " +
                "example " + key + "=" + usual);
        }
    }

    /**
     * A number of bytes, 1 GiB at most.
     *
     * @param key   of it.
     * @param usual if the key is not there.
     */
    int bytes(final String key, final int usual)
    {
        final String value = values.get(key);
        if (null == value)
        {
            return usual;
        }
        try
        {
            final long bytes = ByteSize.parse(value).bytes();
            if (bytes > MAX_BYTES)
            {
                throw new UsageException(option + " " + key + "=" + value + " can not be; give 1G at most");
            }
            return (int)bytes;
        }
        catch (final CommandLine.TypeConversionException e)
        {
            throw new UsageException(option + " " + key + "=" + value + " is no number of bytes; write for example " +
                key + "=" + usual);
        }
    }

    /**
     * Whether something is so: by its key alone, or {@code key=on} or {@code key=off}.
     *
     * @param key   of it.
     * @param usual if the key is not there.
     */
    boolean flag(final String key, final boolean usual)
    {
        final String value = values.get(key);
        if (null != value && !value.isEmpty() && !ON.equals(value) && !OFF.equals(value))
        {
            throw new UsageException(option + " " + key + "=" + value + " can not be; give " + key + "=on or " + key +
                "=off");
        }
        return null == value ? usual : !OFF.equals(value);
    }
}
