/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;
import io.bouncedma.os.Printable;
import picocli.CommandLine;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * {@code bounce-dma inspect}: the live counters of pools and rings and the pool map of other processes.
 */
@CommandLine.Command(
    name = "inspect",
    description = {"Show the counters of pools and rings and the pool map of a running process.",
        "Reads the file that the process keeps up to date; the process is not asked and does not notice."},
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer>
{
    /** What a process calls its counters file, in a scratch directory of its own. */
    static final String FILE_NAME = "counters";
    /** What the primary VM of a demo calls it, in the same directory. */
    static final String PRIMARY_FILE_NAME = FILE_NAME + "-primary";

    /** Different ones: somebody may write a file anew all the time. */
    private static final int MAX_WARNINGS = 1000;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Parameters(arity = "0..1", paramLabel = "FILE|PID",
        description = "A counters file, or the id of a process that has one; all that run if left out.")
    private String target;

    @CommandLine.Option(names = "--watch", paramLabel = "SECONDS", arity = "0..1", fallbackValue = "1",
        description = {"Show it again every so many seconds (default: ${FALLBACK-VALUE}) until the process ends.",
            "From the second time on with what was counted a second.",
            "With --textfile and no process named: until this command is ended."})
    private Integer watch;

    @CommandLine.Option(names = "--json", description = "Print one JSON object a line, for each process.")
    private boolean json;

    @CommandLine.Option(names = "--openmetrics", description = "Print metrics as OpenMetrics text.")
    private boolean openMetrics;

    @CommandLine.Option(names = "--textfile", paramLabel = "FILE",
        description = {"Write metrics to a file for node-exporter's textfile collector, whose name ends in .prom.",
            "With --watch it is deleted at the end."})
    private Path textFile;

    private final CounterRates rates = new CounterRates();
    private final Set<String> warned = new HashSet<>();

    private InspectCommand()
    {
    }

    @Override
    public Integer call()
    {
        require();
        final MetricsFile file = null == textFile ? null : new MetricsFile(textFile);
        final ExitHook hook = null == file || null == watch ? null : new ExitHook("textfile", file::delete);
        try (InspectedFiles files = new InspectedFiles(target, this::warn))
        {
            if (files.isEmpty() && !isMetrics())
            {
                throw new UsageException(
                    "no process shows its counters; start one, for example bounce-dma demo, or give a file");
            }
            show(files, file);
            return files.hasFailed() ? Main.EXIT_FAILED : Main.EXIT_OK;
        }
        catch (final RuntimeException e)
        {
            if (null != file)
            {
                // What an earlier run wrote is out of date, and nothing says so of figures in a file.
                file.delete();
            }
            throw e;
        }
        finally
        {
            if (null != hook)
            {
                file.delete();
                hook.close();
            }
        }
    }

    private void require()
    {
        if (null != watch && watch < 1)
        {
            throw new UsageException("--watch " + watch + " can not be; give seconds, 1 or more");
        }
        if (Stream.of(json, openMetrics, null != textFile).filter((is) -> is).count() > 1)
        {
            throw new UsageException("--json, --openmetrics and --textfile are ways to show it; give one of them");
        }
        if (openMetrics && null != watch)
        {
            throw new UsageException("--openmetrics is a text with an end, and goes without --watch; " +
                "--textfile FILE writes a new one each time");
        }
    }

    private void show(final InspectedFiles files, final MetricsFile file)
    {
        final boolean isEndless = null != file && null == target;
        List<CountersSnapshot> snapshots = files.read();
        show(snapshots, file);
        while (null != watch && (isEndless || snapshots.stream().anyMatch(CountersSnapshot::isAlive)))
        {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(watch));
            files.refresh(snapshots);
            snapshots = files.read();
            show(snapshots, file);
        }
    }

    private boolean isMetrics()
    {
        return openMetrics || null != textFile;
    }

    private void show(final List<CountersSnapshot> snapshots, final MetricsFile file)
    {
        if (isMetrics())
        {
            final List<CountersSnapshot> live = snapshots.stream().filter(CountersSnapshot::isAlive).toList();
            if (null != target && live.isEmpty() && null == watch)
            {
                throw new FailureException("the process of " + target + " has ended: there is nothing to measure");
            }
            if (null != file)
            {
                file.write(MetricsText.of(MetricsText.Format.PROMETHEUS, live, this::warn));
            }
            else
            {
                System.out.writeBytes(MetricsText.of(MetricsText.Format.OPENMETRICS, live, this::warn)
                    .getBytes(StandardCharsets.UTF_8));
            }
            return;
        }
        snapshots.forEach(this::print);
        rates.keep(snapshots);
    }

    private void print(final CountersSnapshot snapshot)
    {
        final CounterRates.Rates since = rates.of(snapshot);
        if (json)
        {
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("pid", snapshot.pid());
            object.put("alive", snapshot.isAlive());
            object.put("command", command(snapshot));
            if (null != watch)
            {
                object.put("seconds", since.seconds());
                object.put("rates", since.byLabel());
            }
            // The process gives these their names, and what is known of it is not to be replaced.
            snapshot.counters().forEach(object::putIfAbsent);
            snapshot.pictures().forEach((picture) ->
                object.putIfAbsent("pool " + picture.pool() + ": map", PoolMap.line(picture.shares())));
            System.out.println(Json.write(object));
            return;
        }
        final String command = command(snapshot);
        System.out.println("process " + snapshot.pid() + (snapshot.isAlive() ? "" : " (ended)") +
            (command.isEmpty() ? "" : ": " + command));
        CounterTable.print(snapshot, since.byLabel(), System.out);
        for (final CountersSnapshot.Picture picture : snapshot.pictures())
        {
            System.out.println();
            PoolMap.print(picture, System.out);
        }
    }

    /**
     * What a process does: of this program the command alone, of others what they were started as.
     *
     * @return for example {@code serve blk --image disk.img}; empty if nothing is known.
     */
    static String command(final CountersSnapshot snapshot)
    {
        return Stream.of("bounce-dma.jar ", Main.class.getName() + " ")
            .filter(snapshot.command()::startsWith).findFirst()
            .map((start) -> snapshot.command().substring(start.length()))
            .orElse(snapshot.command());
    }

    private void warn(final String message)
    {
        // With --watch it is looked at again and again, and is as wrong as before.
        if (warned.size() == MAX_WARNINGS || !warned.add(message))
        {
            return;
        }
        // Another user may have named the file.
        Main.warn(spec.commandLine(), Printable.of(message));
    }
}
