/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line that is no event, by which the kernel, trace-cmd or perf say that events were lost; and how to tell others.
 * <pre>
 * CPU:1 [LOST 4 EVENTS]
 * CPU:1 [LOST EVENTS]
 * CPU:1 [4 EVENTS DROPPED]
 * [LINE TOO BIG]
 * ... PERF_RECORD_LOST lost 4
 * </pre>
 *
 * @param cpu    on which, or {@link LineHead#UNKNOWN}.
 * @param events how many; 1 if that is not said.
 */
record Notice(int cpu, long events)
{
    private static final int MAX_LENGTH = 200;
    private static final Pattern LOST =
        Pattern.compile("CPU:(\\d{1,6}) \\[(?:LOST )?(?:(\\d{1,15}) )?EVENTS(?: DROPPED)?]");
    private static final Pattern LOST_BY_PERF = Pattern.compile("PERF_RECORD_LOST(?:_SAMPLES)? lost (\\d{1,15})");
    private static final Pattern HEADING = Pattern.compile("cpus=\\d+|CPU \\d+ is empty");
    /** Of tracefs, and of perf: {@code ADDRESS FUNCTION (WHERE)}. */
    private static final Pattern CALLER = Pattern.compile(".*: <stack trace>|\\p{XDigit}{6,16} [^(]*\\(.*\\)");

    /** What a line says of losses, or null. */
    static Notice of(final byte[] line, final int length)
    {
        final String text = begin(line, length);
        if (text.contains("[LINE TOO BIG]"))
        {
            return new Notice(LineHead.UNKNOWN, 1);
        }
        final Matcher lost = LOST.matcher(text);
        if (lost.find())
        {
            return new Notice(
                Integer.parseInt(lost.group(1)), null == lost.group(2) ? 1 : Long.parseLong(lost.group(2)));
        }
        final Matcher byPerf = LOST_BY_PERF.matcher(text);
        return byPerf.find() ? new Notice(LineHead.UNKNOWN, Long.parseLong(byPerf.group(1))) : null;
    }

    /** Whether it is what trace-cmd prints before the events. */
    static boolean isHeading(final byte[] line, final int length)
    {
        return HEADING.matcher(begin(line, length)).matches();
    }

    /** Whether it is of the list of functions that some tools print behind an event. */
    static boolean isCaller(final byte[] line, final int length)
    {
        return CALLER.matcher(begin(line, length)).matches();
    }

    private static String begin(final byte[] line, final int length)
    {
        return new String(line, 0, Math.min(length, MAX_LENGTH), StandardCharsets.ISO_8859_1).strip();
    }
}
