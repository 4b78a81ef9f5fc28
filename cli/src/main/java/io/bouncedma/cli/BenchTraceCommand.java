/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.BenchTrace;
import io.bouncedma.bench.ShippedTrace;
import io.bouncedma.bench.TraceBench;
import io.bouncedma.bench.TraceRefusedException;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceFile;
import io.bouncedma.lab.TraceFormatException;
import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * {@code bounce-dma bench trace}: what bouncing costs where users are.
 */
@CommandLine.Command(
    name = "trace",
    description = {"Map, copy and unmap what real drivers mapped, beside bare copies of the same bytes.",
        "The bound is a bare copy between the same places in the same order: into the pool at each map to the " +
            "device, out of it at each unmap from the device, of whole mappings. It looks for no place, keeps no " +
            "books and clears nothing; the library clears what the device may write before it may. What is above " +
            "the bound is the price of the library. The originals are spread over 64 MiB, or more if more lives.",
        "Exit code 1 if the pool refuses a mapping."},
    mixinStandardHelpOptions = true)
final class BenchTraceCommand implements Callable<Integer>
{
    private static final int PROGRESS_MS = 200;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(names = "--trace", paramLabel = "FILE",
        description = "Trace to replay: CSV as stress --write makes it, plain or with gzip (default: the excerpts of " +
            "four recordings that are shipped).")
    private Path file;

    @CommandLine.Mixin
    private AlignMasks masks;

    @CommandLine.Option(names = "--pool", paramLabel = "SIZE",
        description = "Size of the pool, a multiple of 4096, up to 512M (default: 64M, or twice what is live at the " +
            "peak).")
    private ByteSize pool;

    @CommandLine.Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
        description = "How often to measure, each time in another JVM (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @CommandLine.Option(names = "--json", description = "Print the figures as JSON, for --compare.")
    private boolean json;

    @Override
    public Integer call() throws IOException
    {
        check();
        final JsonFile result = JsonFile.of("bench trace", 1 == rounds ? here() : inOthers());
        if (json)
        {
            System.out.println(Json.write((Map<?, ?>)result.any()));
        }
        else
        {
            BenchTraceTable.print(result, System.out);
        }
        return Main.EXIT_OK;
    }

    /** One round, in this JVM. */
    private Map<String, Object> here() throws IOException
    {
        return with(bench ->
        {
            bench.warmUp();
            bench.round();
            return BenchTraceJson.of(bench.figures());
        });
    }

    /**
     * Each round in a JVM of its own, as JMH does it: no two compile the same code alike, and ranges of one JVM would
     * be too narrow to compare.
     */
    private Map<String, Object> inOthers() throws IOException
    {
        // So that what can not be is told by us, and at once.
        with(bench ->
        {
            bench.once();
            return null;
        });
        final List<Object> results = new ArrayList<>();
        final Progress progress = new Progress(0);
        try
        {
            for (int round = 1; round <= rounds; round++)
            {
                final String text = "round " + round + " of " + rounds;
                try (ChildProcess child = ChildProcess.start(text, arguments()))
                {
                    while (!child.await(PROGRESS_MS))
                    {
                        progress.show(() -> text);
                    }
                    child.requireSuccess();
                    results.add(Json.read(new ByteArrayInputStream(child.output().getBytes(StandardCharsets.UTF_8))));
                }
            }
        }
        finally
        {
            progress.clear();
        }
        return BenchTraceJson.join(results);
    }

    private List<String> arguments()
    {
        final List<String> arguments = new ArrayList<>(List.of("bench", "trace", "--rounds", "1", "--json"));
        if (null != file)
        {
            arguments.addAll(List.of("--trace", file.toString()));
        }
        if (null != pool)
        {
            arguments.addAll(List.of("--pool", Long.toString(pool.bytes())));
        }
        masks.texts().forEach(text -> arguments.addAll(List.of("--min-align-mask", text)));
        return arguments;
    }

    private <T> T with(final Function<TraceBench, T> work) throws IOException
    {
        try (TraceBench bench = open(read()))
        {
            return work.apply(bench);
        }
        catch (final TraceRefusedException e)
        {
            throw new FailureException(e.getMessage() + "; give a larger --pool");
        }
        catch (final OutOfMemoryError e)
        {
            throw new FailureException("the trace is too large for " + ByteSize.describe(
                Runtime.getRuntime().maxMemory()) + " of heap; set BOUNCE_DMA_JAVA_OPTS=-Xmx4g, for example");
        }
    }

    private void check()
    {
        BenchRounds.requireNothingBefore(spec);
        masks.check();
        if (null == file && masks.areGiven())
        {
            throw new UsageException("--min-align-mask has no meaning without --trace: the traces that are shipped " +
                "have their drivers' masks");
        }
        if (null != pool && (0 == pool.bytes() || 0 != pool.bytes() % TraceBench.POOL_STEP ||
            pool.bytes() > TraceBench.MAX_POOL))
        {
            throw new UsageException("--pool " + pool.bytes() + " can not be; give a multiple of " +
                TraceBench.POOL_STEP + ", at most " + TraceBench.MAX_POOL);
        }
        BenchRounds.require("--rounds", rounds);
        if (null != file)
        {
            // Read in each round.
            Arguments.requireFile("--trace", file);
        }
    }

    private List<BenchTrace> read() throws IOException
    {
        if (null == file)
        {
            return ShippedTrace.readAll();
        }
        try
        {
            final Trace trace = TraceFile.read(file);
            masks.requireDevices(trace.devices());
            return List.of(new BenchTrace(trace, masks.get()));
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

    private TraceBench open(final List<BenchTrace> traces)
    {
        try
        {
            final TraceBench bench =
                new TraceBench(traces, null == pool ? 0 : (int)pool.bytes(), TraceBench.Effort.USUAL);
            if (bench.figures().stream().anyMatch(each -> 0 == each.rows()))
            {
                bench.close();
                throw new UsageException("--trace " + file + " has no mapping that is bounced; give one that has");
            }
            return bench;
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }
}
