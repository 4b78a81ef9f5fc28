/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2LongHashMap;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Makes a trace of what probes of Linux's swiotlb printed with ftrace. Recordings are never perfect: they begin and end
 * in the middle, lose lines when the buffer is full, and miss probes that fire while another runs on the same CPU. So
 * nothing in the text is an error; what can not be used is counted.
 * <p>
 * The call and the return of a map are two lines. On one CPU an interrupt may map between them, hence the last call is
 * the first to return. A mapping begins when the map returns.
 */
public final class FtraceImporter
{
    private static final int KEPT_MALFORMED = 5;
    private static final int KEPT_CHARS = 120;
    private static final long NOT_LIVE = -1;

    private final Trace.Builder builder;
    private final Int2ObjectHashMap<Deque<FtraceProbe>> calls = new Int2ObjectHashMap<>();
    private final Long2LongHashMap live = new Long2LongHashMap(NOT_LIVE);
    private final List<String> firstMalformed = new ArrayList<>();
    private long start = -1;
    private long malformed;
    private long refused;
    private long missedUnmaps;
    private long unknownUnmaps;

    private FtraceImporter(final String name)
    {
        builder = new Trace.Builder(name);
    }

    /**
     * Read the text of a trace, as {@code trace} or {@code trace_pipe} in tracefs give it; plain or compressed with
     * gzip. Comments, blank lines and lines that begin with {@code =} are skipped.
     *
     * @param file to read; it may end in the middle of a line or of its gzip data.
     * @return the trace, its times counted from the first probe, and what was not used.
     * @throws TraceFormatException         if it is gzip data, but corrupt.
     * @throws java.io.UncheckedIOException if the file can not be read.
     */
    public static FtraceImport read(final Path file)
    {
        final FtraceImporter importer = new FtraceImporter(TraceLines.nameOf(file));
        try (TraceLines lines = new TraceLines(file))
        {
            String line = lines.next();
            while (null != line)
            {
                importer.line(line, lines.number());
                line = lines.next();
            }
            return importer.result(lines.number());
        }
    }

    private void line(final String line, final long number)
    {
        if (line.isBlank() || line.startsWith("#") || line.startsWith("="))
        {
            return;
        }
        final FtraceProbe probe = FtraceProbe.parse(line);
        if (null == probe || !take(probe))
        {
            malformed++;
            if (firstMalformed.size() < KEPT_MALFORMED)
            {
                firstMalformed.add("line " + number + ": " + TraceFormatException.printable(line, KEPT_CHARS));
            }
        }
    }

    private boolean take(final FtraceProbe probe)
    {
        if (start < 0)
        {
            start = probe.timeMicros();
        }
        switch (probe.kind())
        {
            case MAP -> calls.computeIfAbsent(probe.cpu(), (cpu) -> new ArrayDeque<>()).push(probe);
            case UNMAP -> unmapped(probe);
            default ->
            {
                final Deque<FtraceProbe> pending = calls.get(probe.cpu());
                if (null == pending || pending.isEmpty())
                {
                    return false;
                }
                mapped(pending.pop(), probe);
            }
        }
        return true;
    }

    private void mapped(final FtraceProbe call, final FtraceProbe probe)
    {
        if (FtraceProbe.REFUSED == probe.address())
        {
            refused++;
            return;
        }
        final long missed = live.remove(probe.address());
        if (missed != NOT_LIVE)
        {
            missedUnmaps++;
            builder.unmap(time(probe), missed);
        }
        live.put(probe.address(), builder.map(time(probe), call.bytes(), call.direction(), call.pageOffset()));
    }

    private void unmapped(final FtraceProbe probe)
    {
        final long mapping = live.remove(probe.address());
        if (NOT_LIVE == mapping)
        {
            unknownUnmaps++;
            return;
        }
        builder.unmap(time(probe), mapping);
    }

    /**
     * Microseconds since the first probe; a CPU whose clock is behind that of the first can not go below zero.
     */
    private long time(final FtraceProbe probe)
    {
        return Math.max(0, probe.timeMicros() - start);
    }

    private FtraceImport result(final long lines)
    {
        return new FtraceImport(
            builder.build(), lines, malformed, firstMalformed, refused, missedUnmaps, unknownUnmaps);
    }
}
