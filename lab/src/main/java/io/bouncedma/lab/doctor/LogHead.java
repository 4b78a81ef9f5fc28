/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands in a log line before the kernel's own words: when, and which driver and device.
 * <p>
 * The kernel writes {@code DRIVER DEVICE: } ({@code __dev_printk}); before that stands whatever dmesg, journald,
 * syslog, a serial console or a mail put there, so it is read from its end. The driver is missing if none is bound.
 *
 * @param driver name of at most 64 characters of any kind, or an empty text if none is told.
 * @param device likewise.
 */
record LogHead(String driver, String device)
{
    private static final int MAX_NAME = 64;
    /** What log daemons, quotes and formats put directly before a name. */
    private static final String STRAY = "\"'`*>|];";
    private static final String DAEMON = "kernel";
    private static final String PANIC = "Kernel panic - not syncing:";
    private static final int TIME_WITHIN = 120;

    /** A date with a time: of syslog, of dmesg -T, of ISO 8601, of Android's logcat. */
    private static final Pattern WALL = Pattern.compile(
        "(?:[A-Z][a-z]{2} [ \\d]\\d |(?:\\d{4}-)?\\d\\d-\\d\\d[T ])(\\d\\d):(\\d\\d):(\\d\\d)" +
        "(?:[.,]\\d{1,9})?(?: \\d{4}\\b|Z|[+-]\\d\\d:?\\d\\d)?");
    /** Seconds since the boot, as printk writes them. */
    private static final Pattern BOOT = Pattern.compile("\\[ {0,12}(\\d{1,12}\\.\\d{1,9})\\]");
    /** A record of /dev/kmsg: priority, number, microseconds since the boot, flags. */
    private static final Pattern KMSG = Pattern.compile("^\\d{1,4},\\d{1,18},(\\d{1,15}),[^;]{0,40};");

    /**
     * Read driver and device.
     *
     * @param head all that stands before the message.
     */
    static LogHead of(final String head)
    {
        final int end = endWithoutBlanks(head, head.length());
        if (0 == end || ':' != head.charAt(end - 1))
        {
            return new LogHead("", "");
        }
        final int deviceFrom = wordBefore(head, end - 1);
        final String device = name(head, deviceFrom, end - 1);
        if (device.startsWith(DAEMON) || head.startsWith(PANIC, Math.max(0, end - PANIC.length())))
        {
            return new LogHead("", "");
        }
        final int driverEnd = endWithoutBlanks(head, deviceFrom);
        final boolean driverIsThere = driverEnd > 0 && driverEnd < deviceFrom && ':' != head.charAt(driverEnd - 1);
        return new LogHead(driverIsThere ? name(head, wordBefore(head, driverEnd), driverEnd) : "", device);
    }

    /**
     * When a line was written: by the clock on the wall if that is told, or seconds since the boot.
     *
     * @param head all that stands before the message.
     * @return a short text, empty if no time is told.
     */
    static String time(final String head)
    {
        final String begin = head.substring(0, Math.min(TIME_WITHIN, head.length()));
        final Matcher wall = WALL.matcher(begin);
        if (wall.find())
        {
            return wall.group();
        }
        final Matcher boot = BOOT.matcher(begin);
        if (boot.find())
        {
            return boot.group(1);
        }
        final Matcher record = KMSG.matcher(begin);
        return record.find() ? String.valueOf(Long.parseLong(record.group(1)) / 1e6) : "";
    }

    /**
     * Seconds from one line to a later one.
     *
     * @param first head of the one.
     * @param last  head of the other.
     * @return seconds, 0 if they can not be told. A wall clock that went round midnight counts within a day.
     */
    static double secondsBetween(final String first, final String last)
    {
        final double from = seconds(first);
        final double to = seconds(last);
        return Double.isNaN(from) || Double.isNaN(to) || to < from ? 0 : to - from;
    }

    private static double seconds(final String head)
    {
        final String begin = head.substring(0, Math.min(TIME_WITHIN, head.length()));
        final Matcher boot = BOOT.matcher(begin);
        if (boot.find())
        {
            return Double.parseDouble(boot.group(1));
        }
        final Matcher record = KMSG.matcher(begin);
        if (record.find())
        {
            return Long.parseLong(record.group(1)) / 1e6;
        }
        final Matcher wall = WALL.matcher(begin);
        return wall.find() ? (Integer.parseInt(wall.group(1)) * 60.0 + Integer.parseInt(wall.group(2))) * 60 +
            Integer.parseInt(wall.group(3)) : Double.NaN;
    }

    private static String name(final String head, final int from, final int to)
    {
        int begin = to;
        while (begin > from && STRAY.indexOf(head.charAt(begin - 1)) < 0)
        {
            begin--;
        }
        return head.substring(begin, Math.min(to, begin + MAX_NAME));
    }

    private static int wordBefore(final String head, final int end)
    {
        int begin = end;
        while (begin > 0 && ' ' != head.charAt(begin - 1) && '\t' != head.charAt(begin - 1))
        {
            begin--;
        }
        return begin;
    }

    private static int endWithoutBlanks(final String head, final int from)
    {
        int end = from;
        while (end > 0 && (' ' == head.charAt(end - 1) || '\t' == head.charAt(end - 1)))
        {
            end--;
        }
        return end;
    }
}
