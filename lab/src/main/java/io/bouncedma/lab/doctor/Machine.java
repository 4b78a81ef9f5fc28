/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the files of a machine say of its pools.
 *
 * @param commandLine of the kernel, or null if it could not be read.
 * @param debugfs     whether debugfs is mounted there and can be read.
 * @param pools       that debugfs shows: the default one first.
 * @param reserved    pools of the device tree, or null if the machine has none.
 * @param cpus        possible processors, or {@link Verdict#UNKNOWN}.
 * @param unread      files that are there and could not be read, and why.
 */
public record Machine(
    String commandLine, boolean debugfs, List<DebugfsPool> pools, List<ReservedPool> reserved, long cpus,
    Map<String, String> unread)
{
    private static final String SYS_DEBUG = "sys/kernel/debug";

    /**
     * Read the files below a root directory; what is not there or can not be read is left out and told.
     *
     * @param root {@code /}, or a directory with copies of {@code proc} and {@code sys}.
     * @return what they say.
     * @throws IOException if there is no such directory.
     */
    public static Machine read(final Path root) throws IOException
    {
        final MachineFiles files = new MachineFiles(root);
        final List<DebugfsPool> pools = new ArrayList<>();
        addPool(files, "", pools);
        for (final String name : files.names(DebugfsPool.DIRECTORY))
        {
            if (files.isDirectory(DebugfsPool.DIRECTORY + '/' + name))
            {
                addPool(files, name, pools);
            }
        }
        return new Machine(files.text("proc/cmdline"), !files.names(SYS_DEBUG).isEmpty(), List.copyOf(pools),
            ReservedPools.read(files), cpus(files.text("sys/devices/system/cpu/possible")), files.unread());
    }

    /**
     * A machine of which only the log is there.
     *
     * @return it.
     */
    public static Machine unknown()
    {
        return new Machine(null, false, List.of(), null, Verdict.UNKNOWN, Map.of());
    }

    /**
     * The same machine, of which more could not be read.
     *
     * @param more files, and why.
     * @return a copy.
     */
    public Machine withUnread(final Map<String, String> more)
    {
        final Map<String, String> all = new TreeMap<>(unread);
        all.putAll(more);
        return new Machine(commandLine, debugfs, pools, reserved, cpus, all);
    }

    private static void addPool(final MachineFiles files, final String name, final List<DebugfsPool> pools)
    {
        final DebugfsPool pool = DebugfsPool.read(files, name);
        if (null != pool)
        {
            pools.add(pool);
        }
    }

    /** A list such as {@code 0-3}, {@code 0} or {@code 0-1,4-7}: the kernel makes areas for all of them. */
    private static long cpus(final String text)
    {
        long count = 0;
        for (final String range : null == text ? new String[0] : text.split(","))
        {
            final Scan scan = new Scan(range, 0);
            final long from = scan.number();
            final long to = scan.skip("-") ? scan.number() : from;
            if (from < 0 || to < from || to > 1 << 20)
            {
                return Verdict.UNKNOWN;
            }
            count += to - from + 1;
        }
        return 0 == count ? Verdict.UNKNOWN : count;
    }
}
