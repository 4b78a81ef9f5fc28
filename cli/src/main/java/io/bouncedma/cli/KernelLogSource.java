/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.TraceFormatException;
import io.bouncedma.lab.doctor.KernelLog;
import io.bouncedma.lab.doctor.MachineLog;
import io.bouncedma.os.Printable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Where the doctor has a kernel's log from: a file, standard input, a copy of a machine, or dmesg here.
 */
final class KernelLogSource
{
    private static final String STANDARD_INPUT = "-";
    private static final int BUFFER = 1 << 16;
    private static final int MAX_MESSAGE = 200;

    private final String file;
    private final Path root;
    private final Consumer<String> warn;
    private String trouble = "";
    private Map<String, String> unread = Map.of();

    /**
     * Choose a source.
     *
     * @param file that the user named, {@code -} for standard input, or null.
     * @param root of the copy of a machine, or null.
     * @param warn is told that something is waited for.
     */
    KernelLogSource(final String file, final Path root, final Consumer<String> warn)
    {
        this.warn = warn;
        this.file = file;
        this.root = root;
        if (null != file && !STANDARD_INPUT.equals(file))
        {
            Arguments.requireText("--dmesg", Path.of(file));
        }
    }

    /**
     * Why there is no log, and what to do about it; empty if there is one. Call it after {@link #read()}.
     */
    String trouble()
    {
        return trouble;
    }

    /**
     * Files that might have been the log and could not be read, and why. Call it after {@link #read()}.
     */
    Map<String, String> unread()
    {
        return unread;
    }

    KernelLog read() throws IOException
    {
        if (STANDARD_INPUT.equals(file))
        {
            return named(
                read(StandardInput.open(StandardInput.isTerminal(), warn), "standard input"), "Standard input");
        }
        if (null != file)
        {
            return named(read(Path.of(file)), "--dmesg " + Printable.of(file));
        }
        return null != root ? readRoot() : readHere();
    }

    /** A log without a line is no log: what should have made it has failed, as a dmesg without root does. */
    private KernelLog named(final KernelLog log, final String name)
    {
        if (!log.foreign().isEmpty())
        {
            trouble = name + " looks like no kernel log, so no refusal was looked for: " + log.foreign() + '.';
            return KernelLog.none();
        }
        if (0 == log.lines())
        {
            trouble = name + (log.endsEarly() ? " has no more than the beginning of gzip data" : " is empty") +
                ", so no refusal was looked for: the command that made it may have failed " +
                "(dmesg needs root if sysctl kernel.dmesg_restrict is 1).";
        }
        return log;
    }

    private KernelLog readRoot() throws IOException
    {
        final MachineLog found = MachineLog.read(root);
        unread = found.unread();
        if (0 == found.log().lines())
        {
            final String shown = Printable.of(root.toString());
            trouble = "There is no kernel log in " + shown + " (" + String.join(", ", MachineLog.NAMES) +
                "), so no refusal was looked for: " + (found.journal() ? "its journal has it, journalctl -k -D " +
                shown + '/' + MachineLog.JOURNAL + " | bounce-dma doctor --root " + shown + " --dmesg -" :
                "save one there with dmesg, or give --dmesg FILE.");
        }
        return found.log();
    }

    private static KernelLog read(final Path path) throws IOException
    {
        return read(Files.newInputStream(path), path.toString());
    }

    private static KernelLog read(final InputStream in, final String name) throws IOException
    {
        try
        {
            return KernelLog.read(in, name);
        }
        catch (final TraceFormatException e)
        {
            throw new UsageException(e.getMessage());
        }
        catch (final UncheckedIOException e)
        {
            throw e.getCause();
        }
    }

    private KernelLog readHere() throws IOException
    {
        final Process process;
        try
        {
            process = new ProcessBuilder("dmesg").start();
        }
        catch (final IOException e)
        {
            trouble = "The command dmesg can not be run, so no refusal was looked for: give --dmesg FILE.";
            return KernelLog.none();
        }
        process.getOutputStream().close();
        try (InputStream out = process.getInputStream(); InputStream err = process.getErrorStream())
        {
            final KernelLog log = read(out, "dmesg");
            // A sentence or none, so that it never blocks what was read first.
            final String errors = new String(err.readNBytes(BUFFER), StandardCharsets.ISO_8859_1).strip();
            if (0 == log.lines())
            {
                trouble = "dmesg shows nothing" + (errors.isEmpty() ? "" : " (" + firstLine(errors) + ")") +
                    ", so no refusal was looked for: be root (sysctl kernel.dmesg_restrict is probably 1), or try " +
                    "journalctl -k | bounce-dma doctor --dmesg -";
            }
            return log;
        }
        finally
        {
            process.destroy();
        }
    }

    private static String firstLine(final String text)
    {
        return Printable.ascii(text.lines().findFirst().orElse(""), MAX_MESSAGE);
    }
}
