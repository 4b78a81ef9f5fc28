/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A value in a file of JSON that somebody gave us, which knows its place: whoever asks it for what it is not tells the
 * user where that is.
 */
final class JsonFile
{
    /** A result of all benchmarks in a hundred rounds has half of it. */
    private static final long MOST = 32 << 20;

    private final String source;
    private final String place;
    private final Object value;

    private JsonFile(final String source, final String place, final Object value)
    {
        this.source = source;
        this.place = place;
        this.value = value;
    }

    /**
     * Read a file.
     *
     * @param option that named it.
     * @param file   to read.
     * @return the value that it has.
     * @throws UsageException if it has no such one, saying where.
     */
    static JsonFile read(final String option, final Path file)
    {
        Arguments.requireFile(option, file);
        final String source = option + " " + file;
        try
        {
            final long length = Files.size(file);
            if (0 == length || length > MOST)
            {
                throw new UsageException(source + (0 == length ? " is empty" : " has " + length + " bytes, more than " +
                    MOST) + "; give a file that bench --json printed");
            }
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file)))
            {
                return new JsonFile(source, "", Json.read(in));
            }
        }
        catch (final JsonEOFException e)
        {
            throw new UsageException(source + " ends in " + where(e) + " in the middle: it is cut off; make it anew");
        }
        catch (final JsonProcessingException e)
        {
            throw new UsageException(source + " is no JSON from " + where(e) +
                " on; give a file that bench --json printed");
        }
        catch (final IOException e)
        {
            throw new UsageException(source + " can not be read: " + Main.reason(e));
        }
    }

    /**
     * Take what is read already.
     *
     * @param source that it is from, for messages.
     * @param value  of maps, lists, numbers and texts.
     */
    static JsonFile of(final String source, final Object value)
    {
        return new JsonFile(source, "", value);
    }

    private static String where(final JsonProcessingException e)
    {
        final JsonLocation at = e.getLocation();
        return "line " + (null == at ? 1 : at.getLineNr()) + ", column " + (null == at ? 1 : at.getColumnNr());
    }

    boolean isList()
    {
        return value instanceof List;
    }

    boolean has(final String name)
    {
        return value instanceof final Map<?, ?> object && null != object.get(name);
    }

    JsonFile get(final String name)
    {
        if (!has(name))
        {
            throw no("\"" + name + "\" in it");
        }
        return new JsonFile(source, place + (place.isEmpty() ? "" : ".") + name, ((Map<?, ?>)value).get(name));
    }

    List<JsonFile> list()
    {
        if (!(value instanceof final List<?> values))
        {
            throw no("list");
        }
        final List<JsonFile> all = new ArrayList<>();
        for (int i = 0; i < values.size(); i++)
        {
            all.add(new JsonFile(source, place + "[" + i + "]", values.get(i)));
        }
        return all;
    }

    /** A number that a time, a size or a part can be. */
    double number()
    {
        if (value instanceof final Number number && number.doubleValue() >= 0 &&
            Double.isFinite(number.doubleValue()))
        {
            return number.doubleValue();
        }
        throw no("number from 0 on");
    }

    double[] numbers()
    {
        return list().stream().mapToDouble(JsonFile::number).toArray();
    }

    String text()
    {
        if (value instanceof final String text)
        {
            return text;
        }
        throw no("text");
    }

    /** Whatever it is, to be compared and shown. */
    Object any()
    {
        return value;
    }

    UsageException no(final String expected)
    {
        return new UsageException(source + " is no result of bench --json: there is no " + expected +
            (place.isEmpty() ? " at its top" : " at " + place));
    }
}
