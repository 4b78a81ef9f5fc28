/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceFile;
import io.bouncedma.lab.TraceFormatException;
import io.bouncedma.lab.Workload;
import io.bouncedma.lab.recording.Count;
import io.bouncedma.lab.recording.Recording;
import io.bouncedma.lab.recording.RecordingReader;
import io.bouncedma.os.Amount;
import picocli.CommandLine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where a trace comes from: a file, a recording of the kernel or a generator.
 */
final class StressSource
{
    /** More would not fit into the heap that a JVM takes by default on small machines. */
    static final int MAX_MAPS = 10_000_000;

    private static final String PIPE = "-";
    private static final long DEFAULT_SEED = 42;
    private static final int DEFAULT_MAPS = 100_000;
    private static final long DEFAULT_LIVE = 16 << 20;

    @CommandLine.ArgGroup(exclusive = true, multiplicity = "1")
    private Which which;

    @CommandLine.Option(names = "--seed", paramLabel = "N",
        description = "Seed of the workload's random numbers (default: " + DEFAULT_SEED + ").")
    private Long seed;

    @CommandLine.Option(names = "--maps", paramLabel = "N",
        description = "Mappings of the workload, up to 10 million (default: " + DEFAULT_MAPS + ").")
    private Integer maps;

    @CommandLine.Option(names = "--live", paramLabel = "SIZE",
        description = "Bytes that the workload never has more of live, 64K or more (default: 16M).")
    private ByteSize live;

    @CommandLine.Option(names = "--cut", paramLabel = "SIZE",
        description = "Import mappings that are longer as several of this size at most, as the drivers of a guest " +
            "that bounces make them: 256K for swiotlb, 252K for NVMe in it (default: as recorded).")
    private ByteSize cut;

    @CommandLine.Option(names = "--write", paramLabel = "FILE",
        description = "Write the imported or generated trace as CSV, for --trace; with gzip if it is named .gz.")
    private Path output;

    /** Exactly one of them. */
    private static final class Which
    {
        @CommandLine.Option(names = "--trace", paramLabel = "FILE",
            description = "Trace to replay: CSV as --write makes it, plain or with gzip.")
        private Path trace;

        @CommandLine.Option(names = "--workload", paramLabel = "NAME",
            description = "Trace to generate: uniform, power-law, block, network or adversarial.")
        private Workload workload;

        @CommandLine.Option(names = "--import", paramLabel = "FILE|-",
            description = "Trace to make of the kernel's trace events of DMA, as tracefs, trace-cmd or perf print " +
                "them, plain or with gzip; - reads a pipe (docs/capture.md).")
        private Path recording;
    }

    /**
     * A trace and where it is from.
     *
     * @param trace     to replay.
     * @param seed      of the workload, or null.
     * @param imported  what else the recording has, or null.
     */
    record Loaded(Trace trace, Long seed, Recording imported)
    {
    }

    /**
     * Look whether the options go together, before anything takes time.
     */
    void check()
    {
        if (null != which.trace)
        {
            Arguments.requireText("--trace", which.trace);
            refuse("--write", output, "--trace, which is such a file already; leave one of them out");
        }
        if (null != which.recording && !isPipe())
        {
            Arguments.requireText("--import", which.recording);
        }
        if (null == which.recording)
        {
            refuse("--cut", cut, "anything but --import; leave it out");
        }
        if (null != cut && (cut.bytes() < Trace.PAGE_SIZE || cut.bytes() > Trace.MAX_BYTES ||
            0 != cut.bytes() % Trace.PAGE_SIZE))
        {
            throw new UsageException("--cut " + cut.bytes() + " can not be; give a multiple of 4096, for example 256K");
        }
        if (null == which.workload)
        {
            refuse("--seed", seed, "a trace from a file; give --workload or leave it out");
            refuse("--maps", maps, "a trace from a file; give --workload or leave it out");
            refuse("--live", live, "a trace from a file; give --workload or leave it out");
        }
        if (null != maps && (maps < 1 || maps > MAX_MAPS))
        {
            throw new UsageException("--maps " + maps + " can not be; give 1 to " + MAX_MAPS);
        }
        if (null != live && live.bytes() < Workload.MIN_LIVE_BYTES)
        {
            throw new UsageException("--live " + live.bytes() + " is too little; give at least 64K");
        }
        if (null != output)
        {
            Arguments.requireNewFile("--write", output, input());
        }
    }

    /**
     * The file that is read, or null for a workload or a pipe.
     */
    Path input()
    {
        return null != which.trace ? which.trace : isPipe() ? null : which.recording;
    }

    /**
     * Whether a file is the one that the trace is written to.
     */
    boolean isOutput(final Path file)
    {
        return null != output && output.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize());
    }

    /**
     * Read or make the trace, and write it if that is asked for.
     *
     * @param warn is told that something is waited for, and what who reads the written file can not know.
     */
    Loaded load(final Consumer<String> warn) throws IOException
    {
        try
        {
            final Loaded loaded = read(warn);
            if (null != output)
            {
                TraceFile.write(loaded.trace(), output);
                final String lacking = null == loaded.imported() ? "" : lacking(loaded.imported());
                if (!lacking.isEmpty())
                {
                    warn.accept("--write " + output + " can not tell what the recording lacks: " + lacking +
                        "; a pool that serves the file may be too small");
                }
            }
            return loaded;
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

    private Loaded read(final Consumer<String> warn)
    {
        if (null != which.workload)
        {
            final long actualSeed = null == seed ? DEFAULT_SEED : seed;
            final int actualMaps = null == maps ? DEFAULT_MAPS : maps;
            final long actualLive = null == live ? DEFAULT_LIVE : live.bytes();
            return new Loaded(which.workload.generate(actualSeed, actualMaps, actualLive), actualSeed, null);
        }
        if (null != which.trace)
        {
            return new Loaded(TraceFile.read(which.trace), null, null);
        }
        final int most = null == cut ? RecordingReader.NO_CUT : (int)cut.bytes();
        final Recording imported = isPipe() ?
            RecordingReader.read(StandardInput.open(StandardInput.isTerminal(), warn), "stdin", most) :
            RecordingReader.read(which.recording, most);
        if (null != imported.refusal())
        {
            throw new UsageException(refusal(imported));
        }
        return new Loaded(imported.trace(), null, imported);
    }

    private boolean isPipe()
    {
        return null != which.recording && PIPE.equals(which.recording.toString());
    }

    private String refusal(final Recording imported)
    {
        final long unknown = imported.count(Count.NOT_UNDERSTOOD);
        final StringBuilder text = new StringBuilder("--import ").append(which.recording).append(" has no mapping: ")
            .append(imported.refusal());
        if (unknown > 0)
        {
            text.append("; ").append(unknown).append(" of ")
                .append(Amount.of(imported.count(Count.LINES), "line"))
                .append(1 == unknown ? " is" : " are").append(" not understood:");
            imported.notUnderstood().forEach(line -> text.append("\n  ").append(line));
        }
        return text.toString();
    }

    /** What of the load is not in the trace, in words; empty if nothing is known to be missing. */
    private static String lacking(final Recording imported)
    {
        final List<String> words = new ArrayList<>();
        lacking(words, imported.count(Count.REFUSED), "mapping", " refused by the guest");
        lacking(words, imported.count(Count.LOST_EVENTS), "event", " lost by the kernel");
        lacking(words, imported.count(Count.CUT_ELEMENTS), "element", " of lists not shown");
        lacking(words, imported.count(Count.NOT_UNDERSTOOD), "line", " not understood");
        if (imported.count(Count.CUT_OFF) > 0)
        {
            words.add("its end");
        }
        return String.join(", ", words);
    }

    private static void lacking(final List<String> words, final long count, final String one, final String which)
    {
        if (count > 0)
        {
            words.add(Amount.of(count, one) + which);
        }
    }

    private static void refuse(final String option, final Object value, final String other)
    {
        if (null != value)
        {
            throw new UsageException(option + " has no meaning with " + other);
        }
    }
}
