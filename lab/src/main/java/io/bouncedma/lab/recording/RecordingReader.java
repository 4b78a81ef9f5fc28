/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.ForeignFormat;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceFormatException;
import io.bouncedma.lab.TraceLines;
import io.bouncedma.os.Printable;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a trace of what a kernel printed of its DMA: as it stands in {@code trace} and {@code trace_pipe} of tracefs,
 * as it is dumped to the console, or as {@code trace-cmd report} and {@code perf script} print it.
 * <p>
 * Recordings are never perfect: they begin and end in the middle, and lose lines when a buffer is full. So nothing in
 * the text is an error; what can not be used is counted. It is read once, in memory that does not grow with it: what
 * lives is kept, up to two million mappings, and the trace lies outside the heap.
 */
public final class RecordingReader
{
    /** For recordings that are taken as they are. */
    public static final int NO_CUT = Trace.MAX_BYTES;

    /** Lists of thousands of elements are this long. */
    private static final int MAX_LINE = 1 << 20;
    /** Lines of several CPUs run into each other, but not so many: each more would be a pass over the rest of all. */
    private static final int MAX_HEADS = 16;
    private static final int KEPT_LINES = 5;
    private static final int KEPT_CHARS = 120;
    /** Clocks of CPUs differ by less, and lines of one CPU that interrupt each other too. */
    private static final long MAX_SKEW = 1000;
    private static final long NO_TIME = -1;

    private final TraceLines lines;
    private final DmaEvents events;
    private final SwiotlbProbes probes;
    private final Counts counts = new Counts();
    private final Counts ofEvents = new Counts();
    private final Counts ofProbes = new Counts();
    private final LineHead head = new LineHead();
    private final Fields fields = new Fields();
    private final List<String> notUnderstood = new ArrayList<>();
    private long start = NO_TIME;
    private long latest;
    private long likeDmesg;
    private boolean hasProbes;
    private boolean isBinary;

    private RecordingReader(final TraceLines lines, final String name, final int cut)
    {
        this.lines = lines;
        events = new DmaEvents(name, ofEvents, cut);
        probes = new SwiotlbProbes(name, ofProbes, cut);
    }

    /**
     * Read a file.
     *
     * @param file plain or compressed with gzip; it may end in the middle of a line or of its gzip data.
     * @param cut  the most bytes of a mapping: longer ones become several that live and end together, as a driver would
     *             have made them had it been told so; {@link #NO_CUT}, or 4096 or more.
     * @return the trace, named as the file without its endings, and what was not used.
     * @throws TraceFormatException         if it is gzip data but corrupt, or has more devices or live mappings than
     *                                      any machine that this is for.
     * @throws java.io.UncheckedIOException if it can not be read.
     */
    public static Recording read(final Path file, final int cut)
    {
        try (TraceLines lines = new TraceLines(file, MAX_LINE))
        {
            return new RecordingReader(lines, TraceLines.nameOf(file), cut).read();
        }
    }

    /**
     * Read a stream to its end, a pipe for example, and close it.
     *
     * @param stream plain or compressed, as of a file.
     * @param name   of the trace.
     * @param cut    as of a file.
     * @return as of a file.
     * @throws TraceFormatException         as of a file.
     * @throws java.io.UncheckedIOException if it can not be read.
     */
    public static Recording read(final InputStream stream, final String name, final int cut)
    {
        try (TraceLines lines = new TraceLines(stream, name, MAX_LINE))
        {
            return new RecordingReader(lines, name, cut).read();
        }
    }

    private Recording read()
    {
        final String foreign = ForeignFormat.of(lines.begin())
            .map(format -> format.what() + "; " + format.advice()).orElse(null);
        isBinary = ForeignFormat.isBinary(lines.begin());
        try
        {
            while (null == foreign && lines.advance())
            {
                counts.add(Count.LINES);
                line(lines.bytes(), lines.length());
            }
            probes.end();
            counts.add(Count.CUT_OFF, lines.endsEarly() ? 1 : 0);
        }
        catch (final IllegalStateException e)
        {
            throw new TraceFormatException(lines.source(), lines.number(), shown(), e.getMessage());
        }
        return result(foreign);
    }

    private void line(final byte[] line, final int length)
    {
        final int from = Text.skipBlanks(line, 0, length);
        if (from == length)
        {
            return;
        }
        boolean isOther = false;
        boolean isBroken = false;
        head.reset(line, length);
        for (int heads = 0; heads < MAX_HEADS && head.next(); )
        {
            final Event event = Event.of(line, head.nameFrom(), head.nameTo());
            if (event != null && take(event, line, length))
            {
                if (isBroken)
                {
                    // Two lines in one: of the first there is no more than its beginning.
                    keep(line, from, length);
                }
                return;
            }
            isOther |= null == event;
            isBroken |= null != event;
            heads += null != event ? 1 : 0;
        }
        // Only now: the name of a task may begin like a remark.
        if ('#' == line[from] || '=' == line[from])
        {
            return;
        }
        if (isOther && !isBroken)
        {
            counts.add(Count.OTHER_EVENTS);
        }
        else if (isBroken || !notice(line, length))
        {
            keep(line, from, length);
        }
    }

    /** Whether an event's text is what it should be; nothing of it is taken if not. */
    private boolean take(final Event event, final byte[] line, final int length)
    {
        fields.reset(line, head.textFrom(), length);
        final boolean isFirst = NO_TIME == start;
        if (isFirst)
        {
            start = head.timeMicros();
            latest = start;
        }
        final long time = Math.max(0, head.timeMicros() - start);
        if (event.isProbe())
        {
            hasProbes = true;
            probes.take(event, time, head, lines.number(), fields);
        }
        else
        {
            events.take(event, time, fields);
        }
        if (fields.isBroken())
        {
            start = isFirst ? NO_TIME : start;
            return false;
        }
        if (latest - head.timeMicros() > MAX_SKEW)
        {
            counts.add(Count.BACKWARDS);
            counts.max(Count.LONGEST_STEP_BACK, latest - head.timeMicros());
        }
        latest = head.timeMicros();
        return true;
    }

    /** Lines by which tools tell of losses, and others that are no events but as they should be. */
    private boolean notice(final byte[] line, final int length)
    {
        final Notice loss = Notice.of(line, length);
        if (loss != null)
        {
            counts.add(Count.LOST_EVENTS, loss.events());
            probes.lost(loss.cpu(), lines.number());
            return true;
        }
        if (Notice.isCaller(line, length))
        {
            counts.add(Count.OTHER_EVENTS);
            return true;
        }
        return Notice.isHeading(line, length);
    }

    private void keep(final byte[] line, final int from, final int length)
    {
        counts.add(Count.NOT_UNDERSTOOD);
        if ('[' == line[from] && Text.isDigit(line[Math.min(length - 1, Text.skipBlanks(line, from + 1, length))]))
        {
            likeDmesg++;
        }
        if (notUnderstood.size() < KEPT_LINES)
        {
            notUnderstood.add("line " + lines.number() + ": " + shown());
        }
    }

    private String shown()
    {
        final int length = Math.min(lines.length(), KEPT_CHARS);
        return Printable.ascii(
            new String(lines.bytes(), 0, length, StandardCharsets.ISO_8859_1), KEPT_CHARS);
    }

    /** The events tell of devices, and of what is not bounced; so they are preferred where both tell of mappings. */
    private boolean isOfEvents()
    {
        return ofEvents.get(Count.MAPS) + ofEvents.get(Count.LISTS) > 0 ||
            0 == ofProbes.get(Count.MAPS) && (ofEvents.get(Count.ALLOCATIONS) > 0 || !hasProbes);
    }

    private Recording result(final String foreign)
    {
        final boolean isEvents = isOfEvents();
        final Counts left = isEvents ? ofProbes : ofEvents;
        counts.add(isEvents ? ofEvents : ofProbes);
        if (!isEvents)
        {
            // No probe tells of requests, and whether it is NVMe matters all the same.
            counts.add(Count.COMPLETIONS, ofEvents.get(Count.COMPLETIONS));
            counts.add(Count.NVME_COMPLETIONS, ofEvents.get(Count.NVME_COMPLETIONS));
        }
        counts.add(Count.OTHER_KIND, left.get(Count.MAPS) + left.get(Count.LISTS) + left.get(Count.ALLOCATIONS));
        final Trace trace = isEvents ? events.trace() : probes.trace();
        final Map<Count, Long> all = new EnumMap<>(Count.class);
        for (final Count count : Count.values())
        {
            all.put(count, counts.get(count));
        }
        return new Recording(
            trace,
            isEvents ? Recording.Source.DMA_EVENTS : Recording.Source.SWIOTLB_PROBES,
            all,
            notUnderstood,
            isEvents ? events.refused() : probes.refused(),
            foreign != null ? foreign : trace.maps() > 0 ? null :
                RefusalWords.of(counts, events.bounces(), likeDmesg, isBinary));
    }
}
