/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.TraceFormatException;
import io.bouncedma.os.Printable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The kernel's log among the files of a machine, whose links are followed as {@link Machine} follows them.
 *
 * @param log     the first of them that looks like one, or {@link KernelLog#none()}.
 * @param journal whether the machine keeps a journal, which is binary and not read here.
 * @param unread  files before it that are there and are no log that can be read, and why.
 */
public record MachineLog(KernelLog log, boolean journal, Map<String, String> unread)
{
    /** Where it is looked for, in this order. */
    public static final List<String> NAMES = List.of("var/log/dmesg", "var/log/kern.log", "var/log/messages");

    /** Where journald keeps what it has. */
    public static final String JOURNAL = "var/log/journal";

    /** With gzip, whatever it is named: a copy may have been compressed by hand, or by logrotate. */
    private static final List<String> ENDINGS = List.of("", ".gz");
    private static final int MAX_MESSAGE = 200;

    /**
     * Read the log.
     *
     * @param root directory with copies of a machine's files.
     * @return the log, and what else was found.
     * @throws IOException if there is no such directory.
     */
    public static MachineLog read(final Path root) throws IOException
    {
        final MachineFiles files = new MachineFiles(root);
        for (final String name : NAMES)
        {
            for (final String ending : ENDINGS)
            {
                final KernelLog log = read(files, name + ending);
                if (log.lines() > 0)
                {
                    return new MachineLog(log, false, files.unread());
                }
            }
        }
        return new MachineLog(KernelLog.none(), !files.names(JOURNAL).isEmpty(), files.unread());
    }

    private static KernelLog read(final MachineFiles files, final String name)
    {
        final InputStream in = files.open(name);
        if (null == in)
        {
            return KernelLog.none();
        }
        try
        {
            final KernelLog log = KernelLog.read(in, name);
            if (0 == log.lines() || !log.foreign().isEmpty())
            {
                files.unread(name, 0 == log.lines() ? "it is empty" : "it looks like no kernel log, " + log.foreign());
                return KernelLog.none();
            }
            return log;
        }
        catch (final TraceFormatException e)
        {
            files.unread(name, "it is no valid gzip data");
        }
        catch (final UncheckedIOException e)
        {
            files.unread(name, Printable.ascii(reason(e.getCause()), MAX_MESSAGE));
        }
        return KernelLog.none();
    }

    /** Without the file's name, which stands beside it. */
    private static String reason(final IOException e)
    {
        return String.valueOf(e instanceof final FileSystemException named && null != named.getReason() ?
            named.getReason() : e.getMessage());
    }
}
