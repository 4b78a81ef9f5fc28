/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.ServiceEvent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether standard error is systemd's journal, which takes the level of a line from its beginning
 * ({@code sd-daemon(3)}). {@code JOURNAL_STREAM} alone does not say so: it is inherited by those whose standard error
 * is redirected, so the file has to be the one that it names ({@code systemd.exec(5)}).
 */
final class Journal
{
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    private Journal()
    {
    }

    /**
     * Whether a file is the journal.
     *
     * @param stream value of {@code JOURNAL_STREAM}; null if there is none.
     * @param file   to look at.
     * @return false if that can not be said.
     */
    static boolean isAt(final String stream, final Path file)
    {
        if (null == stream)
        {
            return false;
        }
        try
        {
            return stream.equals(Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino"));
        }
        catch (final IOException | UnsupportedOperationException e)
        {
            return false;
        }
    }

    static boolean isStandardError()
    {
        return isAt(System.getenv("JOURNAL_STREAM"), STANDARD_ERROR);
    }

    /** What a line of that level begins with: the numbers of {@code syslog(3)}. */
    static String prefix(final ServiceEvent.Level level)
    {
        return switch (level)
        {
            case ERROR -> "<3>";
            case WARN -> "<4>";
            case INFO -> "<6>";
            case DEBUG -> "<7>";
        };
    }
}
