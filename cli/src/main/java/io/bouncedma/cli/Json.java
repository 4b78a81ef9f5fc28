/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON objects, one line each: maps, lists, numbers, flags, and text for all else.
 */
final class Json
{
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json()
    {
    }

    static String write(final Map<?, ?> object)
    {
        final StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text))
        {
            write(generator, object);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(final JsonGenerator generator, final Object value) throws IOException
    {
        switch (value)
        {
            case null -> generator.writeNull();
            case final Long number -> generator.writeNumber(number);
            case final Integer number -> generator.writeNumber(number);
            case final Double number -> generator.writeNumber(number);
            case final Boolean flag -> generator.writeBoolean(flag);
            case final Map<?, ?> object ->
            {
                generator.writeStartObject();
                for (final Map.Entry<?, ?> entry : object.entrySet())
                {
                    generator.writeFieldName(entry.getKey().toString());
                    write(generator, entry.getValue());
                }
                generator.writeEndObject();
            }
            case final Iterable<?> list ->
            {
                generator.writeStartArray();
                for (final Object element : list)
                {
                    write(generator, element);
                }
                generator.writeEndArray();
            }
            default -> generator.writeString(value.toString());
        }
    }

    /**
     * Read whatever there is.
     *
     * @param in of one value and nothing behind it; Jackson's own limits hold for the depth and the length of each.
     * @return a map, a list, a number, a flag, a text, or null.
     * @throws JsonParseException if it is no JSON, with the place.
     * @throws IOException        if it can not be read.
     */
    static Object read(final InputStream in) throws IOException
    {
        try (JsonParser parser = FACTORY.createParser(in))
        {
            final JsonToken first = parser.nextToken();
            final Object value = value(parser, first);
            if (null == first || null != parser.nextToken())
            {
                throw new JsonParseException(parser, null == first ? "nothing" : "more than one value");
            }
            return value;
        }
    }

    private static Object value(final JsonParser parser, final JsonToken token) throws IOException
    {
        return switch (token)
        {
            case START_OBJECT ->
            {
                final Map<String, Object> object = new LinkedHashMap<>();
                while (JsonToken.END_OBJECT != parser.nextToken())
                {
                    final String name = parser.currentName();
                    object.put(name, value(parser, parser.nextToken()));
                }
                yield object;
            }
            case START_ARRAY ->
            {
                final List<Object> list = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); JsonToken.END_ARRAY != next; next = parser.nextToken())
                {
                    list.add(value(parser, next));
                }
                yield list;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case VALUE_STRING -> parser.getText();
            case null, default -> null;
        };
    }

    /**
     * Read the numbers of an object.
     *
     * @param text that another process of ours wrote.
     * @return its whole numbers by name.
     * @throws IOException if it is no JSON.
     */
    static Map<String, Long> readNumbers(final String text) throws IOException
    {
        final Map<String, Long> numbers = new LinkedHashMap<>();
        try (JsonParser parser = FACTORY.createParser(text))
        {
            for (JsonToken token = parser.nextToken(); null != token; token = parser.nextToken())
            {
                if (JsonToken.VALUE_NUMBER_INT == token)
                {
                    numbers.put(parser.currentName(), parser.getLongValue());
                }
            }
        }
        return numbers;
    }
}
