/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.doctor.KernelLog;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Where the doctor has a kernel's log from: a file, standard input, a copy of a machine, or dmesg here.
 */
final class KernelLogSource
{
    private static final String STANDARD_INPUT = "-";
    /** Where a copy of a machine may have it. */
    private static final List<String> IN_ROOT = List.of("var/log/dmesg", "var/log/kern.log", "var/log/messages");
    /** First two bytes of gzip data, RFC 1952 section 2.3.1. */
    private static final byte[] GZIP_MAGIC = {0x1f, (byte)0x8b};
    private static final int BUFFER = 1 << 16;

    private final String file;
    private final Path root;
    private String trouble = "";

    /**
     * Choose a source.
     *
     * @param file that the user named, {@code -} for standard input, or null.
     * @param root of the copy of a machine, or null.
     */
    KernelLogSource(final String file, final Path root)
    {
        this.file = file;
        this.root = root;
        if (null != file && !STANDARD_INPUT.equals(file))
        {
            Arguments.requireFile("--dmesg", Path.of(file));
        }
    }

    /**
     * Why there is no log, and what to do about it; empty if there is one. Call it after {@link #read()}.
     */
    String trouble()
    {
        return trouble;
    }

    KernelLog read() throws IOException
    {
        if (STANDARD_INPUT.equals(file))
        {
            return read(System.in);
        }
        if (null != file)
        {
            return read(Path.of(file));
        }
        return null != root ? readRoot() : readHere();
    }

    private KernelLog readRoot() throws IOException
    {
        for (final String name : IN_ROOT)
        {
            final Path path = root.resolve(name);
            if (Files.isRegularFile(path) && Files.isReadable(path) &&
                path.toRealPath().startsWith(root.toRealPath()))
            {
                return read(path);
            }
        }
        trouble = "There is no kernel log in " + root + " (" + String.join(", ", IN_ROOT) +
            "), so no refusal was looked for: save one there with dmesg, or give --dmesg FILE.";
        return KernelLog.none();
    }

    private KernelLog read(final Path path) throws IOException
    {
        try (InputStream in = Files.newInputStream(path))
        {
            return read(in);
        }
    }

    private KernelLog read(final InputStream in) throws IOException
    {
        final BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
        buffered.mark(GZIP_MAGIC.length);
        final boolean isCompressed = Arrays.equals(GZIP_MAGIC, buffered.readNBytes(GZIP_MAGIC.length));
        buffered.reset();
        try
        {
            return KernelLog.read(isCompressed ? new GZIPInputStream(buffered, BUFFER) : buffered);
        }
        catch (final EOFException e)
        {
            trouble = "The kernel log is compressed and its end is missing, even that of its header: copy it again.";
            return KernelLog.none();
        }
        catch (final ZipException e)
        {
            throw new FailureException("the kernel log is no valid gzip data (" + e.getMessage() +
                "); copy it again, or pipe what zcat gives into --dmesg -");
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
            final KernelLog log = read(out);
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
        return text.lines().findFirst().orElse("").replaceAll("[^ -~]", "?");
    }
}
