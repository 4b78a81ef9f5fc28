/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

/**
 * The head of a line, as the many tools and clocks print it; where the event's name and its text are. What all have in
 * common is a time that ends in a colon before a word that does, so the head is read backwards from there: the names of
 * tasks come first and may hold anything, blanks, brackets and colons too.
 * <pre>
 *   fio-100     [000] d..1.    10.000013: dma_map_page: ...    trace, trace_pipe
 *   fio-100     (    99) [000] d..1. 10001463: ...             with record-tgid; a clock that counts
 *   fio-100       0d..1.    13us+: dma_map_page: ...           latency-format, and what is dumped to the console
 *   fio-100   [000]    10.000013: dma_map_page:          ...   trace-cmd report
 *   fio   100/100 [000]    10.000013015: dma:dma_map_page: ... perf script
 * </pre>
 */
final class LineHead
{
    /** What a task or a CPU is that the line does not name. */
    static final int UNKNOWN = -1;

    private static final int MAX_NUMBER = 9;
    private static final int MAX_SECONDS = 11;
    private static final int MAX_COUNT = 18;
    private static final int MAX_FLAGS = 12;
    private static final int MAX_GROUP = 12;
    private static final int MICRO_DIGITS = 6;
    private static final long MICROS = 1_000_000;
    private static final int DECIMAL = 10;

    private byte[] bytes;
    private int length;
    private int colon;
    private int cpu;
    private int pid;
    private long micros;
    private int nameFrom;
    private int nameTo;
    private int textFrom;

    /** Begin with another line. */
    void reset(final byte[] line, final int lineLength)
    {
        bytes = line;
        length = lineLength;
        colon = -1;
    }

    /**
     * Look for the next place that could be the end of the head; nearly always the first is.
     *
     * @return false if there is none.
     */
    boolean next()
    {
        for (colon++; colon < length; colon++)
        {
            if (':' == bytes[colon] && hasName(colon + 1))
            {
                final int beforeTime = time(colon);
                if (beforeTime >= 0 && place(beforeTime))
                {
                    return true;
                }
            }
        }
        return false;
    }

    /** The CPU, or {@link #UNKNOWN}. */
    int cpu()
    {
        return cpu;
    }

    /** The task, 0 for the idle tasks of all CPUs, or {@link #UNKNOWN}. */
    int pid()
    {
        return pid;
    }

    /** Of the trace's clock; of one without a fraction, what it counts. */
    long timeMicros()
    {
        return micros;
    }

    /** Where the event's name begins, without that of its group. */
    int nameFrom()
    {
        return nameFrom;
    }

    int nameTo()
    {
        return nameTo;
    }

    int textFrom()
    {
        return textFrom;
    }

    /** {@code " GROUP:NAME: "}. */
    private boolean hasName(final int from)
    {
        int at = Text.skipBlanks(bytes, from, length);
        if (at == from)
        {
            return false;
        }
        nameFrom = at;
        while (at < length && (Text.isWordByte(bytes[at]) || ':' == bytes[at]))
        {
            at++;
            if (at < length && ':' == bytes[at - 1] && Text.isWordByte(bytes[at]))
            {
                nameFrom = at;
            }
        }
        nameTo = at - 1;
        textFrom = Text.skipBlanks(bytes, at, length);
        return nameTo > nameFrom && ':' == bytes[nameTo] && (at == length || Text.isBlank(bytes[at]));
    }

    /** Read the time that ends at a colon; where what stands before it ends, or -1. */
    private int time(final int end)
    {
        int to = end;
        // The mark of latency-format: none, one of these or a blank.
        if (to >= 3 && isDelayMark(bytes[to - 1]))
        {
            to--;
        }
        final boolean isMicros = to >= 3 && 's' == bytes[to - 1] && 'u' == bytes[to - 2];
        to = isMicros ? to - 2 : end;
        final int fractionFrom = Text.digitsBefore(bytes, to);
        int from = fractionFrom;
        if (!isMicros && from > 0 && '.' == bytes[from - 1] && from < to)
        {
            from = Text.digitsBefore(bytes, from - 1);
            return from < fractionFrom - 1 && seconds(from, fractionFrom - 1, to) ? before(from) : -1;
        }
        if (from == to || to - from > MAX_COUNT)
        {
            return -1;
        }
        micros = Text.decimal(bytes, from, to);
        return before(from);
    }

    private boolean seconds(final int from, final int point, final int to)
    {
        if (point - from > MAX_SECONDS || to - point - 1 > MAX_NUMBER)
        {
            return false;
        }
        long fraction = 0;
        for (int i = 0; i < MICRO_DIGITS; i++)
        {
            fraction = fraction * DECIMAL + (point + 1 + i < to ? bytes[point + 1 + i] - '0' : 0);
        }
        micros = Text.decimal(bytes, from, point) * MICROS + fraction;
        return true;
    }

    /** A time stands alone: behind a blank. */
    private int before(final int from)
    {
        return from > 0 && Text.isBlank(bytes[from - 1]) ? Text.lastNonBlank(bytes, from) : -1;
    }

    private static boolean isDelayMark(final byte mark)
    {
        return "$@*#!+ ".indexOf(mark) >= 0;
    }

    /** Flags, CPU and task, each of which may not be there. */
    private boolean place(final int end)
    {
        final int from = Text.wordBefore(bytes, end);
        if (isCpu(from, end))
        {
            return task(Text.lastNonBlank(bytes, from));
        }
        final int afterDigits = Text.skipDigits(bytes, from, end);
        if (afterDigits == end)
        {
            // perf of single commands knows no CPU: this is the task.
            cpu = UNKNOWN;
            return task(end);
        }
        if (afterDigits > from && afterDigits - from <= MAX_NUMBER && '/' != bytes[afterDigits])
        {
            // CPU and flags of latency-format are one word.
            cpu = (int)Text.decimal(bytes, from, afterDigits);
            return end - afterDigits <= MAX_FLAGS && task(Text.lastNonBlank(bytes, from));
        }
        final int beforeFlags = Text.lastNonBlank(bytes, from);
        final int cpuFrom = Text.wordBefore(bytes, beforeFlags);
        if (end - from <= MAX_FLAGS && isCpu(cpuFrom, beforeFlags))
        {
            return task(Text.lastNonBlank(bytes, cpuFrom));
        }
        cpu = UNKNOWN;
        return hasPid(from, end);
    }

    /** {@code [000]}. */
    private boolean isCpu(final int from, final int to)
    {
        if (to - from < 3 || to - from - 2 > MAX_NUMBER || '[' != bytes[from] || ']' != bytes[to - 1] ||
            Text.skipDigits(bytes, from + 1, to - 1) != to - 1)
        {
            return false;
        }
        cpu = (int)Text.decimal(bytes, from + 1, to - 1);
        return true;
    }

    /** The number of the task that ends here; behind it there may be its group's in parentheses. */
    private boolean task(final int end)
    {
        int to = end;
        if (to > 0 && ')' == bytes[to - 1])
        {
            while (to > 0 && end - to <= MAX_GROUP && '(' != bytes[to - 1])
            {
                to--;
            }
            to = Text.lastNonBlank(bytes, Math.max(0, to - 1));
        }
        return hasPid(Text.wordBefore(bytes, to), to) || cpu != UNKNOWN;
    }

    /** {@code fio-100}, {@code 100} or {@code 100/100}, process and thread. */
    private boolean hasPid(final int from, final int to)
    {
        final int digits = Text.digitsBefore(bytes, to);
        final boolean isNumber = digits >= from && digits < to && to - digits <= MAX_NUMBER &&
            (digits == from || '-' == bytes[digits - 1] || '/' == bytes[digits - 1]);
        pid = isNumber ? (int)Text.decimal(bytes, digits, to) : UNKNOWN;
        return isNumber;
    }
}
