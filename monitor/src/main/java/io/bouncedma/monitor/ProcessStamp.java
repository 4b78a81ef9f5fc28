/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A process, and no later one that has its number.
 *
 * @param pid        its number.
 * @param startTicks when it began, in the kernel's clock ticks since the machine did: field 22 of
 *                   {@code /proc/PID/stat} ({@code proc_pid_stat(5)}).
 */
record ProcessStamp(long pid, long startTicks)
{
    private static final String OWNER = "unix:uid";
    private static final int MAX_STAT_LENGTH = 4096;
    /** Of the fields behind the name, which is field 2. */
    private static final int STATE_INDEX = 0;
    private static final int START_INDEX = 19;

    static ProcessStamp of(final long pid) throws IOException
    {
        final String[] stat = stat(pid);
        if (null == stat)
        {
            throw new IOException("/proc does not have the process: pid=" + pid);
        }
        return new ProcessStamp(pid, Long.parseLong(stat[START_INDEX]));
    }

    /** Whether it runs; one that has ended and whose parent has not asked yet does not. */
    boolean isAlive()
    {
        try
        {
            final String[] stat = stat(pid);
            return null != stat && Long.toString(startTicks).equals(stat[START_INDEX]) &&
                !"ZXx".contains(stat[STATE_INDEX]);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /**
     * The user that it belongs to; null if it has ended.
     */
    Integer owner() throws IOException
    {
        try
        {
            return (Integer)Files.getAttribute(Path.of("/proc", Long.toString(pid)), OWNER);
        }
        catch (final NoSuchFileException e)
        {
            return null;
        }
    }

    /** The user that this process acts as. */
    static int user() throws IOException
    {
        return (int)Files.getAttribute(Path.of("/proc/self"), OWNER);
    }

    /** Null if there is no such process. */
    private static String[] stat(final long pid) throws IOException
    {
        try (InputStream in = Files.newInputStream(Path.of("/proc", Long.toString(pid), "stat")))
        {
            final String text = new String(in.readNBytes(MAX_STAT_LENGTH), StandardCharsets.ISO_8859_1);
            // The name may have anything in it, brackets and blanks too.
            final String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
            return fields.length > START_INDEX ? fields : null;
        }
        catch (final NoSuchFileException e)
        {
            return null;
        }
    }
}
