/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Lifetimes;
import io.bouncedma.lab.PoolKind;
import io.bouncedma.lab.SwiotlbPool;
import io.bouncedma.lab.Trace;
import org.agrona.BitUtil;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma stress}: replays traces of DMA mappings against a pool.
 */
@CommandLine.Command(
    name = "stress",
    description = {"Replay what drivers mapped against a bounce pool or a model of the kernel's or virtio's: tell " +
            "what is refused and why, find the smallest pool that refuses nothing, and draw a report.",
        "Exit code 1 if --find-min finds no pool or, with --fail-on-refusal, a mapping is refused; 2 if the input is " +
            "none that can be replayed."},
    mixinStandardHelpOptions = true)
final class StressCommand implements Callable<Integer>
{
    private static final int MAX_THREADS = 256;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Mixin
    private StressSource source;

    @CommandLine.Option(names = "--policy", paramLabel = "bounce-dma|swiotlb|dmb", defaultValue = "bounce-dma",
        description = "Allocator: the pool that is shipped here, a model of Linux 6.12's swiotlb, or one of the " +
            "device memory buffers that virtio is getting (default: ${DEFAULT-VALUE}).")
    private StressPolicy policy;

    @CommandLine.Mixin
    private StressGuest guest;

    @CommandLine.Mixin
    private StressDevices devices;

    @CommandLine.Option(names = "--pool", paramLabel = "SIZE",
        description = "Size of the pool, a multiple of 4096, for swiotlb of 256K, for dmb of each device's region " +
            "(default: the trace's peak of live bytes, rounded up to a multiple of 256K, for each thread).")
    private ByteSize pool;

    @CommandLine.Option(names = "--threads", paramLabel = "N", defaultValue = "1",
        description = "Threads that replay the trace at once as clients of one bounce-dma pool; figures are summed " +
            "(default: ${DEFAULT-VALUE}).")
    private int threads;

    @CommandLine.Option(names = "--find-min",
        description = "Search the smallest pool that refuses nothing; exit with 1 if there is none.")
    private boolean isSearch;

    @CommandLine.Option(names = "--report", paramLabel = "OUT.html",
        description = "Draw a page with all policies beside each other, with --find-min at the sizes that were found.")
    private Path report;

    @CommandLine.Option(names = "--fail-on-refusal",
        description = "Exit with 1 if a mapping is refused.")
    private boolean isFailing;

    @CommandLine.Option(names = "--json", description = "Print the figures as JSON.")
    private boolean isJson;

    @Override
    public Integer call() throws IOException
    {
        source.check();
        check();
        try
        {
            return run(source.load(warning -> Main.warn(spec.commandLine(), warning)));
        }
        catch (final OutOfMemoryError e)
        {
            throw new FailureException("the trace is too large for " + ByteSize.describe(
                Runtime.getRuntime().maxMemory()) + " of heap; set BOUNCE_DMA_JAVA_OPTS=-Xmx4g, for example");
        }
    }

    private int run(final StressSource.Loaded whole) throws IOException
    {
        guest.requireDevices(whole.trace().devices());
        final StressSource.Loaded loaded = devices.select(whole);
        final Trace trace = loaded.trace();
        final List<StressRun> runs = new ArrayList<>();
        StressSizing sizing = null;
        if (isSearch)
        {
            sizing = StressSizing.run(policy, trace, guest, devices.groups(policy, trace.devices()));
        }
        else
        {
            final long length = poolLength(policy, trace);
            runs.add(threads > 1 ?
                StressRun.parallel(trace, threads, length, guest) :
                StressRun.run(policy, trace, StressPool.of(policy, trace, length, guest)));
        }
        if (null != report)
        {
            new ReportPage(complete(loaded, runs, sizing)).write(report);
        }
        print(loaded, runs, sizing);
        if (isSearch && null == sizing.common().found())
        {
            return Main.EXIT_FAILED;
        }
        return isFailing && !isSearch && runs.getFirst().result().refusals() > 0 ? Main.EXIT_FAILED : Main.EXIT_OK;
    }

    /**
     * Do for the report what is not done yet: it has every policy.
     */
    private StressReport complete(
        final StressSource.Loaded loaded, final List<StressRun> runs, final StressSizing sizing)
    {
        final Trace trace = loaded.trace();
        final List<StressRun> allRuns = new ArrayList<>();
        final List<StressSizing> allSizings = new ArrayList<>();
        for (final StressPolicy each : StressPolicy.values())
        {
            final StressSizing found = null == sizing || each == policy ? sizing :
                StressSizing.run(each, trace, guest, List.of());
            // Drawn at the size that was found, unless another is asked for.
            final StressPool drawn = null != found && null != found.common().found() && null == pool ?
                StressPool.found(found.common(), trace, guest) :
                StressPool.of(each, trace, poolLength(each, trace), guest);
            allRuns.add(runs.stream().filter(run -> run.policy() == each).findFirst().orElseGet(
                () -> StressRun.run(each, trace, drawn)));
            if (null != found)
            {
                allSizings.add(found);
            }
        }
        return new StressReport(ReportOrigin.now(spec.root().commandLine().getParseResult().originalArgs()), trace,
            loaded.imported(), guest, Lifetimes.of(trace), allRuns, allSizings);
    }

    private void print(
        final StressSource.Loaded loaded, final List<StressRun> runs, final StressSizing sizing)
    {
        final Lifetimes lifetimes = Lifetimes.of(loaded.trace());
        if (isJson)
        {
            final Map<String, Object> figures = StressFigures.of(loaded, policy, guest);
            figures.put("lifetimes", StressSearchFigures.of(lifetimes, loaded.trace().devices()));
            figures.putAll(null != sizing ? StressSearchFigures.of(sizing) :
                StressFigures.of(runs.getFirst(), threads, loaded.trace().peakLiveBytes()));
            System.out.println(Json.write(figures));
            return;
        }
        final StressTable table = new StressTable(System.out);
        final StressSearchTable search = new StressSearchTable(table);
        table.source(loaded, guest);
        search.lifetimes(lifetimes, loaded.trace().devices());
        if (null != sizing)
        {
            search.sizing(sizing);
        }
        else
        {
            table.run(runs.getFirst(), threads);
        }
        if (null != report)
        {
            table.row("report", report.toString());
        }
    }

    private void check()
    {
        guest.check();
        devices.check(isSearch, policy);
        if (threads < 1 || threads > MAX_THREADS)
        {
            throw new UsageException("--threads " + threads + " can not be; give 1 to " + MAX_THREADS);
        }
        if (threads > 1 && (StressPolicy.BOUNCE_DMA != policy || isSearch || null != report))
        {
            throw new UsageException("--threads " + threads + " can only replay against bounce-dma; leave out " +
                (isSearch ? "--find-min" : null != report ? "--report" : "--policy") + ", or give 1");
        }
        if (null != pool)
        {
            if (isSearch && null == report)
            {
                throw new UsageException("--pool has no meaning with --find-min alone, which tries sizes; leave one " +
                    "of them out, or add --report");
            }
            policy.requireLength(pool.bytes(), guest);
        }
        if (null != report)
        {
            Arguments.requireNewFile("--report", report, source.input());
            if (source.isOutput(report))
            {
                throw new UsageException("--report " + report + " is the file of --write; give another one");
            }
        }
    }

    /**
     * The pool to replay against; for the report, as similar in size for all policies as can be.
     */
    private long poolLength(final StressPolicy of, final Trace trace)
    {
        final long peak = Math.max(1, trace.peakLiveBytes());
        final long wanted = null == pool ? BitUtil.align(peak, SwiotlbPool.SEGMENT_SIZE) * threads : pool.bytes();
        final PoolKind kind = of.kind(trace.devices(), guest);
        final long length = of.made(BitUtil.align(Math.max(wanted, kind.least(0, 1)), kind.step()), guest);
        if (length > kind.maxLength())
        {
            throw new UsageException("a " + of.label() + " pool of " + length + " bytes can not be, for a trace with " +
                peak + " bytes live; give a --pool of at most " + ByteSize.describe(kind.maxLength()));
        }
        return length;
    }
}
