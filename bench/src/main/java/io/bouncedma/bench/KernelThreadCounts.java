/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Linux and HotSpot count. The calling thread must be no virtual one.
 */
final class KernelThreadCounts implements ThreadCounts
{
    private static final Path SELF = Path.of("/proc/thread-self");
    private static final String WAITS = "\nvoluntary_ctxt_switches:";

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Path other;
    private final Object runtime;
    private final Method stops;

    /**
     * @param other the directory in {@code /proc} of a thread that may hold up the calling one, see {@link #self()}; or
     *              null.
     * @throws IllegalStateException if the JVM does not count its stops where it is expected to: no public API tells of
     *                               them but a log, so the package has to be opened by {@code --add-exports}.
     */
    KernelThreadCounts(final Path other)
    {
        this.other = other;
        try
        {
            runtime = Class.forName("sun.management.ManagementFactoryHelper")
                .getMethod("getHotspotRuntimeMBean").invoke(null);
            stops = Class.forName("sun.management.HotspotRuntimeMBean").getMethod("getSafepointCount");
        }
        catch (final ReflectiveOperationException e)
        {
            throw new IllegalStateException("needs a HotSpot JVM that counts its safepoints, and " +
                "--add-exports=java.management/sun.management=ALL-UNNAMED", e);
        }
    }

    /**
     * Where the kernel tells about the calling thread.
     *
     * @return for other threads, too.
     */
    static Path self()
    {
        try
        {
            return SELF.toRealPath();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long clock()
    {
        return System.nanoTime();
    }

    /** {@inheritDoc} By {@code CLOCK_THREAD_CPUTIME_ID}: to the nanosecond, without what a hypervisor says it stole. */
    @Override
    public long cpu()
    {
        return threads.getCurrentThreadCpuTime();
    }

    @Override
    public long waits()
    {
        final String status = read(SELF, "status");
        final int at = status.indexOf(WAITS) + WAITS.length();
        return Long.parseLong(status.substring(at, status.indexOf('\n', at)).strip());
    }

    @Override
    public long delays()
    {
        return delays(SELF) + (null == other ? 0 : delays(other));
    }

    @Override
    public long stops()
    {
        try
        {
            return (long)stops.invoke(runtime);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new IllegalStateException(e);
        }
    }

    /** The second of three numbers: sched-stats in the kernel's documentation. */
    private static long delays(final Path thread)
    {
        return Long.parseLong(read(thread, "schedstat").split(" ")[1]);
    }

    private static String read(final Path thread, final String file)
    {
        try
        {
            return Files.readString(thread.resolve(file), StandardCharsets.ISO_8859_1);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
