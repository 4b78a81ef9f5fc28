/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.TraceLines;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a kernel's log says of swiotlb: dmesg, journald's or syslog's file of it, or a quotation of some lines. Takes
 * any bytes of any length in bounded memory, and counts what it did not understand.
 */
public final class KernelLog
{
    /** Bytes of a line: the kernel cuts its own records at about 1 KiB, and heads of log daemons are short. */
    static final int MAX_LINE = 4096;

    private static final char ESCAPE = '\u001b';
    /** {@code dmesg --color=always} puts one between the device and what is said of it. */
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

    private final TraceLines lines;
    private final LogShape shape;
    private final BootLines boot = new BootLines();
    private final ComplaintTable table = new ComplaintTable();
    private final Refusals refusals = new Refusals(table);
    private final Samples malformed = new Samples();
    private final Samples notUnderstood = new Samples();
    private long cutLines;

    private KernelLog(final TraceLines lines)
    {
        this.lines = lines;
        shape = new LogShape(lines.begin());
    }

    /**
     * Read a log to its end, plain or compressed with gzip.
     *
     * @param in     to read, and to close.
     * @param source what it is called in messages.
     * @return what it says.
     * @throws io.bouncedma.lab.TraceFormatException if it is no valid gzip data.
     * @throws java.io.UncheckedIOException          if it can not be read.
     */
    public static KernelLog read(final InputStream in, final String source)
    {
        // A byte more than is looked at tells that a line is longer.
        try (TraceLines lines = new TraceLines(in, source, MAX_LINE + 1))
        {
            final KernelLog log = new KernelLog(lines);
            final WrappedLines whole = new WrappedLines(log::take);
            while (lines.advance())
            {
                log.cutLines += lines.length() > MAX_LINE ? 1 : 0;
                whole.add(lines.text());
            }
            whole.end();
            return log;
        }
    }

    /**
     * A log without lines, for a machine whose log is not there.
     *
     * @return it.
     */
    public static KernelLog none()
    {
        return read(InputStream.nullInputStream(), "");
    }

    private void take(final String printed)
    {
        final String line = printed.indexOf(ESCAPE) < 0 ? printed : COLOUR.matcher(printed).replaceAll("");
        final Refusals.Kind kind = refusals.take(line);
        if (Refusals.Kind.MALFORMED == kind)
        {
            malformed.add(printed);
        }
        if (Refusals.Kind.OTHER != kind)
        {
            shape.understood();
            return;
        }
        final long boots = boot.boots();
        final boolean isTaken = boot.take(line);
        if (isTaken)
        {
            shape.understood();
        }
        shape.take(line);
        if (boot.boots() > boots)
        {
            table.boot();
        }
        if (!isTaken && isOfSwiotlb(line))
        {
            notUnderstood.add(printed);
        }
    }

    /** Frames of a stack and the place of a warning have the name as well, and say nothing that is not said beside. */
    private static boolean isOfSwiotlb(final String line)
    {
        return (line.contains("swiotlb") || line.contains("SWIOTLB")) && !line.contains("+0x") &&
            !line.contains("swiotlb.c");
    }

    /**
     * How many lines were read.
     *
     * @return lines.
     */
    public long lines()
    {
        return lines.number();
    }

    /**
     * What was read, if it looks like no kernel's log: then it means nothing that no refusal is in it.
     *
     * @return what it is, with what to give instead, as a part of a sentence; an empty text if it may be a log.
     */
    public String foreign()
    {
        return 0 == lines() ? "" : shape.foreign();
    }

    /**
     * How many of them were longer than is looked at.
     *
     * @return lines.
     */
    public long cutLines()
    {
        return cutLines;
    }

    /**
     * Whether it is compressed, and its end is missing.
     *
     * @return whether lines are missing.
     */
    public boolean endsEarly()
    {
        return lines.endsEarly();
    }

    /**
     * How many boots the log shows the begin of; 0 if its beginning is lost.
     *
     * @return boots.
     */
    public long boots()
    {
        return boot.boots();
    }

    /**
     * The kernel's release of the last boot.
     *
     * @return it, or an empty text.
     */
    public String version()
    {
        return boot.version();
    }

    /**
     * What it complains about, in order.
     *
     * @return a row for each device, verdict and size of the pool, at most 500.
     */
    public List<Complaint> complaints()
    {
        return table.complaints();
    }

    /**
     * Refusals of more devices than there are rows for.
     *
     * @return lines.
     */
    public long beyond()
    {
        return table.beyond();
    }

    /**
     * Refusals that the kernel counted and did not print, of whatever device.
     *
     * @return refusals.
     */
    public long suppressed()
    {
        return refusals.suppressed();
    }

    /**
     * Lines that begin as a refusal does and go on as no kernel writes them: cut, garbled or of a kernel to come.
     * Something was refused, and what can not be told.
     *
     * @return lines.
     */
    public long malformed()
    {
        return malformed.count();
    }

    /**
     * The first of them, fit for a terminal.
     *
     * @return up to three beginnings of lines.
     */
    public List<String> malformedSamples()
    {
        return malformed.kept();
    }

    /**
     * Other lines that seem to be of swiotlb and were not understood.
     *
     * @return lines.
     */
    public long notUnderstood()
    {
        return notUnderstood.count();
    }

    /**
     * The first of them, fit for a terminal.
     *
     * @return up to three beginnings of lines.
     */
    public List<String> samples()
    {
        return notUnderstood.kept();
    }

    /**
     * What else the kernel said about its pools at the last boot.
     *
     * @return a few texts, fit for a terminal.
     */
    public List<String> notes()
    {
        return List.copyOf(boot.notes());
    }

    BootLines boot()
    {
        return boot;
    }

    Map<Long, UsedTrend> trends()
    {
        return table.trends();
    }
}
