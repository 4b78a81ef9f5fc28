/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.ForeignFormat;
import io.bouncedma.os.Printable;

import java.util.regex.Pattern;

/**
 * Whether a text looks like a kernel's log at all: of one that does not, nothing follows from that it has no refusal.
 * <p>
 * One line with the head that printk, dmesg, journald or syslog make is enough. Without any, as {@code dmesg -t} prints
 * it, one line in eight has to begin with a name and a colon, as nearly all of the kernel's do.
 */
final class LogShape
{
    /** Of a text without any head so many lines are looked at for names. */
    private static final int MAX_NAMED = 10_000;
    private static final int ONE_IN = 8;
    private static final int MAX_HEAD = 120;
    private static final int MAX_NAME = 80;
    private static final int SHOWN_CHARS = 60;
    private static final String GIVE = "give what dmesg or journalctl -k prints";

    /** What stands before the message, or in it: each tells a log alone. */
    private static final Pattern HEAD = Pattern.compile(
        // Of printk, and of dmesg -d and --time-format reltime and delta.
        "\\[[ +<]{0,16}\\d{1,12}\\.\\d{3,9}(?: *<[^>]{0,16})?>?\\]|" +
        // Of dmesg -T, -e and -H.
        "\\[(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {0,2}\\d{1,2} \\d\\d:\\d\\d|" +
        // Of syslog, journalctl and dmesg --time-format iso.
        "^(?:[A-Z][a-z]{2} [ \\d]\\d |\\d{4}-\\d\\d-\\d\\d[T ])\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?" +
        "(?:Z|[+-]\\d\\d:?\\d\\d)? |" +
        // Of Android's logcat, and of log daemons of any format.
        "^\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} |" +
        "(?:^|[ \\]])kernel(?:\\[\\d{1,9}\\])?: |" +
        // Of /dev/kmsg, of dmesg -r and of dmesg -x.
        "^\\d{1,4},\\d{1,18},\\d{1,15},[^;]{0,40};|^<\\d{1,3}>|" +
        "^[a-z0-9]{2,8} {0,8}:(?:emerg|alert|crit|err|warn|notice|info|debug) *: ");
    /** A field of journalctl's other formats, all of which have the message as it stands. */
    private static final String JOURNAL = "_TRANSPORT";
    /** A CPU in brackets and seconds, as tracefs, trace-cmd and perf script print an event. */
    private static final Pattern TRACE_EVENT = Pattern.compile("\\[\\d{3,5}\\] .{0,24}\\d{1,12}\\.\\d{3,9}: ");
    private static final String TRACE_HEADING = "# tracer:";
    /** What stands in no name of a driver, a device or a subsystem, but often before a colon in other texts. */
    private static final String NO_NAME = ",;=\"'`{}<>|$*\t";

    private final byte[] begin;
    private boolean isSure;
    private long lines;
    private long named;
    private long traceEvents;
    private String first = "";

    /**
     * Look at a text.
     *
     * @param begin its first bytes.
     */
    LogShape(final byte[] begin)
    {
        this.begin = begin;
    }

    /** A line of it was understood as a kernel's. */
    void understood()
    {
        isSure = true;
    }

    void take(final String line)
    {
        if (isSure || line.isBlank())
        {
            return;
        }
        isSure = HEAD.matcher(line.substring(0, Math.min(MAX_HEAD, line.length()))).find() || line.contains(JOURNAL);
        if (!isSure && lines < MAX_NAMED)
        {
            first = 0 == lines ? line : first;
            lines++;
            final boolean isTrace = line.startsWith(TRACE_HEADING) ||
                TRACE_EVENT.matcher(line.substring(0, Math.min(MAX_HEAD, line.length()))).find();
            traceEvents += isTrace ? 1 : 0;
            named += !isTrace && isNamed(line) ? 1 : 0;
        }
    }

    /**
     * What the text is instead of a kernel's log, with what to give: a part of a sentence; empty if it is one.
     */
    String foreign()
    {
        if (isSure)
        {
            return "";
        }
        final ForeignFormat format = ForeignFormat.of(begin).orElse(null);
        if (null != format)
        {
            return format.what() + "; " + (format.isTrace() ? GIVE : format.advice());
        }
        if (named > 0 && named * ONE_IN >= lines)
        {
            return "";
        }
        if (traceEvents > 0)
        {
            return "it looks like trace events, which bounce-dma stress --import reads; " + GIVE;
        }
        if (ForeignFormat.isBinary(begin))
        {
            return "it is binary; " + GIVE;
        }
        return (0 == lines ? "it has blank lines only; " :
            "it begins with \"" + Printable.ascii(first.strip(), SHOWN_CHARS) + "\"; ") + GIVE;
    }

    private static boolean isNamed(final String line)
    {
        final int colon = line.indexOf(": ");
        if (colon < 1 || colon > MAX_NAME || line.charAt(0) <= ' ' || '#' == line.charAt(0))
        {
            return false;
        }
        return line.substring(0, colon).chars().allMatch(c -> c >= ' ' && c < 0x7f && NO_NAME.indexOf(c) < 0);
    }
}
