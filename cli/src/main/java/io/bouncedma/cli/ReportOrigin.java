/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a report comes from, so that who finds it in a year can make it again.
 *
 * @param when      it was made.
 * @param version   of this program.
 * @param arguments of the command line.
 */
record ReportOrigin(Instant when, String version, List<String> arguments)
{
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");
    private static final DateTimeFormatter MINUTES =
        DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    static ReportOrigin now(final List<String> arguments)
    {
        return new ReportOrigin(Instant.now(), BuildVersion.line(), List.copyOf(arguments));
    }

    /**
     * The time in words.
     */
    String minute()
    {
        return MINUTES.format(when);
    }

    /**
     * The command as a shell takes it.
     */
    String command()
    {
        return arguments.stream().map(ReportOrigin::quoted).collect(Collectors.joining(" ", "bounce-dma ", ""));
    }

    private static String quoted(final String argument)
    {
        return PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
