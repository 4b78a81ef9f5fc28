/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.Long2LongHashMap;

import java.nio.charset.StandardCharsets;

/**
 * Reads the rows of a trace file and refuses the first that can not be.
 */
final class CsvReader
{
    private static final int DEVICE_COLUMN = 6;
    private static final long NOT_LIVE = -1;
    /** Longer numbers could overflow a long. */
    private static final int MAX_DIGITS = 18;

    private final TraceLines lines;
    private final Trace.Builder builder;
    private final Long2LongHashMap live = new Long2LongHashMap(NOT_LIVE);
    private boolean hasDevices;
    private String text = "";

    CsvReader(final String name, final TraceLines lines)
    {
        this.lines = lines;
        builder = new Trace.Builder(name);
    }

    Trace read()
    {
        hasDevices = next() && TraceFile.HEADER_WITH_DEVICE.equals(text);
        if (!hasDevices && !TraceFile.HEADER.equals(text))
        {
            throw malformed("the header " + TraceFile.HEADER + " or " + TraceFile.HEADER_WITH_DEVICE +
                " (a recording of the kernel is read by --import)");
        }
        try
        {
            while (next())
            {
                row();
            }
        }
        catch (final IllegalArgumentException | IllegalStateException e)
        {
            // A device that can have no such name, or more devices, live mappings or events than a trace takes.
            throw malformed(e.getMessage());
        }
        return builder.build();
    }

    private boolean next()
    {
        final boolean any = lines.advance();
        text = any ? new String(lines.bytes(), 0, lines.length(), StandardCharsets.UTF_8) : "";
        if (lines.endsEarly())
        {
            throw malformed("more gzip data, the file is cut; record or copy it again");
        }
        return any;
    }

    private void row()
    {
        final String[] columns = text.split(",", -1);
        if (columns.length != (hasDevices ? DEVICE_COLUMN + 1 : DEVICE_COLUMN))
        {
            throw malformed(hasDevices ? "7 columns " + TraceFile.HEADER_WITH_DEVICE : "6 columns " + TraceFile.HEADER);
        }
        final long time = number(columns[0], 0, Long.MAX_VALUE, "t_us of 0 or more");
        final long id = number(columns[2], 0, Long.MAX_VALUE, "id of 0 or more");
        final int size = (int)number(columns[3], 1, Trace.MAX_BYTES, "size of 1 to " + Trace.MAX_BYTES);
        switch (columns[1])
        {
            case TraceFile.MAP -> map(time, id, size, columns);
            case TraceFile.UNMAP -> unmap(time, id, size);
            default -> throw malformed("op map or unmap");
        }
    }

    private void map(final long time, final long id, final int size, final String[] columns)
    {
        final TraceDirection direction = TraceDirection.ofWord(columns[4]);
        if (null == direction)
        {
            throw malformed("direction to_device, from_device, bidirectional or coherent");
        }
        final int pageOffset = (int)number(columns[5], 0, Trace.PAGE_SIZE - 1, "page_offset of 0 to 4095");
        if (live.get(id) != NOT_LIVE)
        {
            throw malformed("an id that is not live");
        }
        live.put(id, builder.map(time, size, direction, pageOffset, device(columns)));
    }

    private int device(final String[] columns)
    {
        return builder.device(hasDevices ? columns[DEVICE_COLUMN] : "");
    }

    private void unmap(final long time, final long id, final int size)
    {
        final long mapping = live.remove(id);
        if (NOT_LIVE == mapping)
        {
            throw malformed("the id of a live mapping");
        }
        if (builder.bytes(mapping) != size)
        {
            throw malformed("the size of the map, " + builder.bytes(mapping));
        }
        builder.unmap(time, mapping);
    }

    private long number(final String column, final long from, final long to, final String expected)
    {
        if (column.isEmpty() || column.length() > MAX_DIGITS || !column.chars().allMatch((c) -> c >= '0' && c <= '9'))
        {
            throw malformed(expected);
        }
        final long number = Long.parseLong(column);
        if (number < from || number > to)
        {
            throw malformed(expected);
        }
        return number;
    }

    private TraceFormatException malformed(final String expected)
    {
        return new TraceFormatException(lines.source(), Math.max(1, lines.number()), text, expected);
    }
}
