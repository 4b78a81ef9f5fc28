/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CounterSource;
import io.bouncedma.monitor.CounterSubject;
import io.bouncedma.monitor.CountersFile;
import io.bouncedma.monitor.CountersSnapshot;
import io.bouncedma.monitor.Metric;
import io.bouncedma.monitor.MetricFamily;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Metrics that {@code bounce-dma inspect} exports, read strictly, of a process whose things have names that try to get
 * out of their quotes.
 */
final class InspectMetricsTest
{
    private static final String EVIL = "a\"} 1\n# EOF\n\\n\\\"{x=\"\u001b[2J,\u202e\\";
    private static final String SHOWN = "a\"} 1\ufffd# EOF\ufffd\\n\\\"{x=\"\ufffd[2J,\ufffd\\";
    private static final Metric OTHER = new Metric(1000, "own\n", null);
    private static final long PID = ProcessHandle.current().pid();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(MetricsText.Format.class)
    void shouldExportEachMetricOnceWithItsType(final MetricsText.Format format) throws IOException
    {
        publish((counters) ->
        {
            for (final Metric metric : InspectMetrics.all())
            {
                counters.accept(subject(metric, EVIL), metric, metric.id());
            }
            counters.accept(new CounterSubject(EVIL, List.of()), OTHER, -5);
        });
        final List<MetricsReader.Sample> samples = export(format);
        for (final Metric metric : InspectMetrics.all())
        {
            if (null != metric.family())
            {
                final MetricsReader.Sample sample = samples.stream().filter((one) ->
                    one.name().equals(name(metric)) && one.labels().entrySet().containsAll(metric.fixed().entrySet()) &&
                    one.value() * metric.family().unit().scale() == metric.id()).findFirst().orElseThrow();
                assertEquals(metric.isCounter() ? "counter" : "gauge", sample.type());
                assertEquals(Long.toString(PID), sample.labels().get("pid"));
                metric.family().labels().forEach(
                    (label) -> assertEquals(SHOWN + metric.id(), sample.labels().get(label)));
                assertEquals(1 + metric.family().labels().size() + metric.fixed().size(), sample.labels().size());
            }
        }
        final boolean isOpenMetrics = MetricsText.Format.OPENMETRICS == format;
        assertEquals(new MetricsReader.Sample("bounce_dma_other",
            Map.of("pid", Long.toString(PID), "name", SHOWN + ": own\ufffd"), -5,
            isOpenMetrics ? "unknown" : "untyped"), samples.getLast());
        assertEquals(new MetricsReader.Sample("bounce_dma_processes", Map.of(), 1, "gauge"), samples.getFirst());
        assertEquals(isOpenMetrics ? "info" : "gauge", samples.get(1).type());
        assertEquals("bounce_dma_process_info", samples.get(1).name());
        assertEquals(Set.of("pid", "command"), samples.get(1).labels().keySet());
        // Those that people are shown besides follow from these.
        final long exported = InspectMetrics.all().stream().filter((metric) -> null != metric.family()).count();
        assertEquals(exported + 3, samples.size());
    }

    @Test
    void shouldExportInTheUnitsThatNamesSay() throws IOException
    {
        final Metric quota = metric("quota bytes");
        final Metric fragmentation = metric("fragmentation per mille");
        publish((counters) ->
        {
            counters.accept(subject(quota, "x"), quota, Long.MAX_VALUE);
            counters.accept(subject(fragmentation, "x"), fragmentation, 123);
        });
        final Map<String, Double> values = export(MetricsText.Format.OPENMETRICS).stream().collect(
            Collectors.toMap(MetricsReader.Sample::name, MetricsReader.Sample::value));
        assertEquals(Double.POSITIVE_INFINITY, values.get("bounce_dma_client_quota_bytes"));
        assertEquals(0.123, values.get("bounce_dma_pool_fragmentation_ratio"));
    }

    @Test
    void shouldLeaveOutWhatCanNotBeAndSaySo() throws IOException
    {
        final Metric batches = InspectMetrics.BATCHES;
        publish((counters) ->
        {
            counters.accept(new CounterSubject("good", List.of("blk", "0", "driver")), batches, 7);
            counters.accept(new CounterSubject("twice", List.of("blk", "0", "driver")), batches, 8);
            counters.accept(new CounterSubject("negative", List.of("blk", "1", "driver")), batches, -1);
            counters.accept(new CounterSubject("nameless", List.of("blk")), batches, 9);
        });
        final CommandRun run = CommandRun.of("inspect", "--openmetrics", path().toString());
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        final List<MetricsReader.Sample> samples =
            MetricsReader.openMetrics(run.output().getBytes(StandardCharsets.UTF_8));
        assertEquals(List.of(7.0), samples.stream().filter((one) -> one.name().equals(name(batches)))
            .map(MetricsReader.Sample::value).toList());
        assertTrue(run.errors().contains("process " + PID + " shows what can not be, or twice"), run.errors());
        assertTrue(run.errors().contains(" and 2 others"), run.errors());
    }

    @Test
    void shouldShowAWholeTextWhenTwoWriteIt() throws Exception
    {
        final Path file = directory.resolve("bounce-dma.prom");
        final String text = "# whole\n".repeat(20_000) + "# end\n";
        final FutureTask<Void> second = new FutureTask<>(() -> write(file, text));
        final Thread thread = new Thread(second, "second");
        thread.start();
        write(file, text);
        second.get();
        thread.join();
    }

    private static Void write(final Path file, final String text) throws IOException
    {
        final MetricsFile metrics = new MetricsFile(file);
        for (int i = 0; i < 200; i++)
        {
            metrics.write(text);
            assertEquals(text, Files.readString(file));
        }
        return null;
    }

    @Test
    void shouldReplaceATextFileAsAWhole() throws IOException
    {
        final Path file = directory.resolve("bounce-dma.prom");
        Files.writeString(file, "old");
        publish((counters) -> counters.accept(subject(InspectMetrics.FREE, "x"), InspectMetrics.FREE, 5));
        final CommandRun run = CommandRun.of("inspect", path().toString(), "--textfile", file.toString());
        assertEquals(new CommandRun(Main.EXIT_OK, "", ""), run);
        assertEquals(3, MetricsReader.textFile(Files.readAllBytes(file)).size());
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (Stream<Path> all = Files.list(directory))
        {
            assertEquals(Set.of(file, path()), all.collect(Collectors.toSet()));
        }
        // Nothing that is out of date stays there, whatever went wrong.
        Files.write(path(), new byte[1]);
        assertEquals(Main.EXIT_USAGE,
            CommandRun.of("inspect", path().toString(), "--textfile", file.toString()).exitCode());
        assertFalse(Files.exists(file));
    }

    /** Whoever still writes when the command ends would leave figures that nobody brings up to date. */
    @Test
    void shouldNotComeBackAfterItWasDeleted()
    {
        final Path path = directory.resolve("x.prom");
        final MetricsFile file = new MetricsFile(path);
        file.write("a 1\n");
        file.write("a 2\n");
        assertTrue(Files.exists(path));
        file.delete();
        file.write("a 3\n");
        assertFalse(Files.exists(path));
    }

    @Test
    void shouldLeaveNothingBesideWhatItCanNotReplace() throws IOException
    {
        final Path path = directory.resolve("x.prom");
        final MetricsFile file = new MetricsFile(path);
        final Path inTheWay = Files.createDirectories(path.resolve("full"));
        assertTrue(assertThrows(FailureException.class, () -> file.write("a 1\n")).getMessage()
            .startsWith("--textfile " + path + " can not be written: "));
        try (Stream<Path> all = Files.walk(directory))
        {
            assertEquals(Set.of(directory, path, inTheWay), all.collect(Collectors.toSet()));
        }
    }

    /** Where not even root may make a file. */
    @Test
    void shouldSayInWordsWhereItMayNotWrite()
    {
        final FailureException e =
            assertThrows(FailureException.class, () -> new MetricsFile(Path.of("/sys/x.prom")).write("a 1\n"));
        assertTrue(e.getMessage().startsWith(
            "--textfile /sys/x.prom can not be written: no file can be made in /sys: ") &&
            e.getMessage().endsWith("; give a file in a directory where this user may write"), e::getMessage);
        assertFalse(e.getMessage().contains("O_") || e.getMessage().contains("errno"), e::getMessage);
    }

    @Test
    void shouldWriteFiguresAsTheyAre() throws IOException
    {
        final Metric quota = metric("quota bytes");
        publish((counters) ->
        {
            counters.accept(subject(InspectMetrics.BATCHES, "x"), InspectMetrics.BATCHES, Long.MAX_VALUE);
            counters.accept(subject(InspectMetrics.FREE, "x"), InspectMetrics.FREE, -3);
            counters.accept(subject(quota, "x"), quota, Long.MAX_VALUE);
            counters.accept(new CounterSubject("y", List.of()), OTHER, 0);
        });
        final List<String> warnings = new ArrayList<>();
        try (CountersFile file = CountersFile.open(path()))
        {
            final CountersSnapshot snapshot = file.read();
            assertEquals(List.of("# TYPE bounce_dma_processes gauge", "bounce_dma_processes 2"),
                lines(MetricsText.Format.PROMETHEUS, List.of(snapshot, snapshot), "bounce_dma_processes", warnings));
            assertEquals(1, warnings.size(), "each figure comes twice then");
            // No family is named that has nothing.
            assertEquals(List.of("# TYPE bounce_dma_processes gauge", "bounce_dma_processes 0",
                "# TYPE bounce_dma_process info", "# EOF"),
                lines(MetricsText.Format.OPENMETRICS, List.of(), "", warnings).stream()
                .filter((line) -> !line.startsWith("# HELP")).toList());
            final String samples =
                String.join("\n", lines(MetricsText.Format.OPENMETRICS, List.of(snapshot), "", warnings));
            for (final String expected : List.of(
                "# TYPE bounce_dma_ring_batches counter", "# TYPE bounce_dma_client_quota_bytes gauge",
                "# UNIT bounce_dma_client_quota_bytes bytes", "# TYPE bounce_dma_other unknown",
                "batches_total{pid=\"" + PID + "\",device=\"x" + InspectMetrics.BATCHES.id(), "} 9223372036854775807\n",
                "} -3\n", "} +Inf\n", "bounce_dma_other{pid=\"" + PID + "\",name=\"y: own\ufffd\"} 0\n"))
            {
                assertTrue(samples.contains(expected), () -> expected + " is missing in " + samples);
            }
            assertTrue(samples.endsWith("\n# EOF"), samples);
        }
        assertEquals(1, warnings.size(), warnings::toString);
    }

    private static List<String> lines(final MetricsText.Format format, final List<CountersSnapshot> processes,
        final String about, final List<String> warnings)
    {
        return MetricsText.of(format, processes, warnings::add).lines()
            .filter((line) -> about.isEmpty() || line.contains(about) && !line.startsWith("# HELP")).toList();
    }

    /** With --watch it is as wrong each time. */
    @Test
    void shouldSayOnceWhatItSeesAgainAndAgain() throws Exception
    {
        publish((counters) -> counters.accept(
            new CounterSubject("nameless", List.of("blk")), InspectMetrics.BATCHES, 9));
        final Path text = directory.resolve("x.prom");
        final FutureTask<CommandRun> watching = new FutureTask<>(() ->
            CommandRun.of("inspect", path().toString(), "--textfile", text.toString(), "--watch", "1"));
        new Thread(watching).start();
        final Set<Object> written = new HashSet<>();
        DemoProcess.awaitTrue("third text", () ->
        {
            written.add(key(text));
            written.remove("");
            return written.size() > 2 || watching.isDone();
        });
        try (RandomAccessFile file = new RandomAccessFile(path().toFile(), "rw"))
        {
            file.setLength(0);
        }
        final List<String> errors = watching.get().errors().lines().toList();
        assertEquals(2, errors.size(), errors::toString);
        assertTrue(errors.getFirst().contains(" shows what can not be"), errors::toString);
        assertTrue(errors.getLast().contains("not shown any more: "), errors::toString);
    }

    /** Which file it is; empty if there is none. */
    private static Object key(final Path file)
    {
        try
        {
            return Files.getAttribute(file, "unix:ctime");
        }
        catch (final IOException e)
        {
            return "";
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--openmetrics --json | give one of them",
        "--textfile DIR/x.prom --openmetrics | give one of them",
        "--openmetrics --watch 1 | --textfile FILE writes a new one each time",
        "--textfile DIR/x.txt | node-exporter reads only names that end in .prom",
        "--textfile DIR/none/x.prom | there is no directory",
        "--textfile DIR/dir.prom | what is there is no file, and is not replaced",
        "--textfile DIR/link.prom | what is there is no file, and is not replaced",
        "--textfile DIR/dangling.prom | what is there is no file, and is not replaced"})
    void shouldSayWhatCanNotBe(final String options, final String expected) throws IOException
    {
        Files.createDirectory(directory.resolve("dir.prom"));
        Files.createSymbolicLink(directory.resolve("link.prom"), Files.createFile(directory.resolve("elsewhere")));
        Files.createSymbolicLink(directory.resolve("dangling.prom"), directory.resolve("nowhere"));
        publish((counters) -> counters.accept(subject(InspectMetrics.FREE, "x"), InspectMetrics.FREE, 5));
        final List<String> arguments = new ArrayList<>(List.of("inspect", path().toString()));
        arguments.addAll(List.of(options.replace("DIR", directory.toString()).split(" ")));
        final CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertTrue(Files.isSymbolicLink(directory.resolve("link.prom")) &&
            Files.isSymbolicLink(directory.resolve("dangling.prom")));
    }

    private List<MetricsReader.Sample> export(final MetricsText.Format format) throws IOException
    {
        if (MetricsText.Format.OPENMETRICS == format)
        {
            final CommandRun run = CommandRun.of("inspect", "--openmetrics", path().toString());
            assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
            assertEquals("", run.errors());
            return MetricsReader.openMetrics(run.output().getBytes(StandardCharsets.UTF_8));
        }
        final Path file = directory.resolve("x.prom");
        final CommandRun run = CommandRun.of("inspect", "--textfile", file.toString(), path().toString());
        assertEquals(new CommandRun(Main.EXIT_OK, "", ""), run);
        return MetricsReader.textFile(Files.readAllBytes(file));
    }

    private void publish(final CounterSource source) throws IOException
    {
        try (PoolMonitor monitor = new PoolMonitor(path(), new PoolSet(), source))
        {
            monitor.publish();
        }
    }

    private static CounterSubject subject(final Metric metric, final String name)
    {
        return new CounterSubject(name + metric.id(), null == metric.family() ? List.of() :
            metric.family().labels().stream().map((label) -> name + metric.id()).toList());
    }

    private static String name(final Metric metric)
    {
        return metric.family().name() + (MetricFamily.Kind.COUNTER == metric.family().kind() ? "_total" : "");
    }

    private static Metric metric(final String title)
    {
        return InspectMetrics.all().stream().filter((metric) -> title.equals(metric.title())).findFirst().orElseThrow();
    }

    private Path path()
    {
        return directory.resolve("counters");
    }
}
