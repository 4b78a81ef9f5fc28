/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.dma.DmaStatistics;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.RingStatistics;
import picocli.CommandLine;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * {@code bounce-dma blk bench}: how fast a device is.
 */
@CommandLine.Command(
    name = "bench",
    description = {"Measure how many requests the device does, how long each takes, and what CPU time that costs.",
        "Loads that write overwrite the disk. Each queue has a thread of its own."},
    mixinStandardHelpOptions = true)
final class BlkBenchCommand implements Callable<Integer>
{
    private static final int USUAL_SECONDS = 5;
    private static final int PERCENT = 100;
    private static final int CHAIN = 3;

    @CommandLine.Mixin
    private BlkOptions options;

    @CommandLine.Option(names = "--mode", paramLabel = "LOAD", defaultValue = "randread",
        description = "What to do: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private BlkBenchMode mode;

    @CommandLine.Option(names = "--size", paramLabel = "SIZE", defaultValue = "4K",
        description = "Bytes of a request, a multiple of 512 (default: ${DEFAULT-VALUE}).")
    private ByteSize size;

    @CommandLine.Option(names = "--depth", paramLabel = "N", defaultValue = "1",
        description = "Requests in flight in each queue (default: ${DEFAULT-VALUE}).")
    private int depth;

    @CommandLine.Option(names = "--read-percent", paramLabel = "N",
        description = "With rw and randrw: how many requests of a hundred read (default: 50).")
    private Integer readPercent;

    @CommandLine.ArgGroup
    private Extent extent = new Extent();

    @CommandLine.Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "1",
        description = "How long to run the same load before, unmeasured (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @CommandLine.Option(names = "--seed", paramLabel = "N", defaultValue = "1",
        description = "Of where random requests go, and of what is written (default: ${DEFAULT-VALUE}).")
    private long seed;

    @CommandLine.Option(names = "--pid", paramLabel = "PID",
        description = "Process of the back-end, to measure its CPU time too.")
    private Long pid;

    /** How long to run. */
    private static final class Extent
    {
        @CommandLine.Option(names = "--seconds", paramLabel = "N", description = "How long to run (default: 5).")
        private Integer seconds;

        @CommandLine.Option(names = "--requests", paramLabel = "N",
            description = "How many requests to do instead.")
        private Long requests;
    }

    @Override
    public Integer call() throws IOException
    {
        require();
        return options.run((int)size.bytes(), this::bench);
    }

    private void require()
    {
        if (size.bytes() < 1 || 0 != size.bytes() % BlkProtocol.SECTOR_SIZE || size.bytes() > Integer.MAX_VALUE)
        {
            throw new UsageException("--size " + size.bytes() + " can not be; give a multiple of " +
                BlkProtocol.SECTOR_SIZE + " bytes, at most 1 GiB");
        }
        requirePositive("--depth", depth);
        if (null != extent.seconds)
        {
            requirePositive("--seconds", extent.seconds);
        }
        if (null != extent.requests)
        {
            requirePositive("--requests", extent.requests);
        }
        if (warmUpSeconds < 0)
        {
            throw new UsageException("--warm-up " + warmUpSeconds + " can not be; give seconds, 0 or more");
        }
        if (null != readPercent && (!mode.isMixed() || readPercent < 0 || readPercent > PERCENT))
        {
            throw new UsageException("--read-percent " + readPercent + (mode.isMixed() ?
                " can not be; give 0 to " + PERCENT : " goes with --mode rw and randrw only"));
        }
        if (null != pid && ProcessHandle.of(pid).isEmpty())
        {
            throw new UsageException("--pid " + pid + " is no process; give that of the back-end, or leave it out");
        }
    }

    private static void requirePositive(final String option, final long value)
    {
        if (value < 1)
        {
            throw new UsageException(option + " " + value + " can not be; give 1 or more");
        }
    }

    private int bench(final BlkSession session)
    {
        requireFits(session);
        final BlkLoad.Plan plan = new BlkLoad.Plan(
            (int)size.bytes(), depth, mode.isRandom(), null == readPercent ? mode.readPercent() : readPercent);
        if (plan.readPercent() < PERCENT)
        {
            session.requireWritable();
        }
        final Progress progress = new Progress();
        try (BlkBenchRun run = new BlkBenchRun(session, plan, seed))
        {
            if (warmUpSeconds > 0)
            {
                run.run(TimeUnit.SECONDS.toNanos(warmUpSeconds), Long.MAX_VALUE, progress, () -> "warming up");
            }
            final DmaStatistics bouncedBefore = session.bounced();
            final long kicksBefore = kicks(session);
            final CpuTime cpuBefore = CpuTime.now(pid);
            final int seconds = null == extent.seconds ? USUAL_SECONDS : extent.seconds;
            final long ns = null != extent.requests ?
                run.run(Long.MAX_VALUE / 2, extent.requests, progress, () -> "doing " + extent.requests + " requests") :
                run.run(TimeUnit.SECONDS.toNanos(seconds), Long.MAX_VALUE, progress,
                    () -> "measuring for " + seconds + " s");
            final CpuTime cpu = CpuTime.now(pid).since(cpuBefore);
            final BlkBenchReport report = new BlkBenchReport(plan, mode, ns, run.loads(), cpu,
                bouncedBefore, session.bounced(), kicks(session) - kicksBefore);
            final Figures figures = new Figures();
            report.report(session, figures);
            figures.print(options.isJson, System.out);
            return Main.EXIT_OK;
        }
    }

    private static long kicks(final BlkSession session)
    {
        long sum = 0;
        for (int i = 0; i < session.driver().queueCount(); i++)
        {
            sum += session.driver().queue(i).ringStatistics().notifications();
        }
        return sum;
    }

    private void requireFits(final BlkSession session)
    {
        final BlkQueue queue = session.driver().queue(0);
        if (size.bytes() > queue.maxLength())
        {
            throw new UsageException("--size " + size.bytes() + " is longer than the device's longest request of " +
                queue.maxLength() + " bytes");
        }
        if (size.bytes() / BlkProtocol.SECTOR_SIZE > session.driver().capacity())
        {
            throw new UsageException("--size " + size.bytes() + " is longer than the disk, which has " +
                session.driver().capacity() + " sectors");
        }
        final RingStatistics ring = queue.ringStatistics();
        // Header, data and status, or one table of them.
        final int chains = ring.features().has(FeatureBits.INDIRECT_DESC) ? ring.size() : ring.size() / CHAIN;
        if (depth > chains)
        {
            throw new UsageException("--depth " + depth + " does not fit into a " + RingCounters.describe(ring) +
                ", which has room for " + chains + " requests; give a larger --queue-size or --ring indirect");
        }
    }
}
