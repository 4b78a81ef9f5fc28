/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CounterSubject;
import io.bouncedma.monitor.CountersFile;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * {@code bounce-dma inspect} as a user starts it, in a directory for temporary files where others put what they like.
 */
final class InspectIT
{
    private static final int SECONDS = TestLimits.seconds(120);
    private static final int NOBODY = 65_534;
    private static final String EVIL = "di\"sk\\\u001b[2J\n.img";
    private static final String SHOWN = "di\"sk\\\ufffd[2J\ufffd.img";
    private static final CounterSubject RING = new CounterSubject("ring " + EVIL, List.of(EVIL, "0", "driver"));
    private static final long PID = ProcessHandle.current().pid();

    @TempDir
    private Path directory;

    private Path temporary;

    @BeforeEach
    void makeDirectories() throws IOException
    {
        temporary = Files.createDirectory(directory.resolve("tmp"));
    }

    @Test
    void shouldExportAndWatchWhateverOthersPutBeside() throws Exception
    {
        final Path image = Files.write(directory.resolve(EVIL), new byte[1 << 20]);
        final Path mine = Files.createDirectory(temporary.resolve("bounce-dma-mine")).resolve("counters");
        final long[] batches = new long[1];
        try (PoolMonitor monitor = new PoolMonitor(mine, new PoolSet(),
            (counters) -> counters.accept(RING, InspectMetrics.BATCHES, batches[0]++));
            DemoProcess serve = start("serve", "serve", "blk", "--image", image.toString(), "--vhost-user",
                directory.resolve("socket").toString()))
        {
            monitor.publish();
            final Path served = counters("bounce-dma-mine");
            final long pid = pid(served);
            putOtherThings(served);
            assertExports(pid, image);
            watch(monitor, mine, serve, pid);
            assertEnded(pid, served);
        }
    }

    private void putOtherThings(final Path served) throws Exception
    {
        final Path fifo = Files.createDirectory(temporary.resolve("bounce-dma-fifo")).resolve("counters");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        Files.createSymbolicLink(
            Files.createDirectory(temporary.resolve("bounce-dma-link")).resolve("counters"), served);
        Files.createSymbolicLink(temporary.resolve("bounce-dma-linked"), served.getParent());
        Files.createDirectories(temporary.resolve("bounce-dma-directory/counters"));
        final byte[] garbage = new byte[(int)Files.size(served)];
        new SplittableRandom(1).nextBytes(garbage);
        Files.write(Files.createDirectory(temporary.resolve("bounce-dma-garbage")).resolve("counters"), garbage);
        // Twice the same process.
        Files.copy(served, Files.createDirectory(temporary.resolve("bounce-dma-again")).resolve("counters"));
    }

    private void assertExports(final long pid, final Path image) throws Exception
    {
        final String output;
        try (DemoProcess inspect = start("export", "inspect", "--openmetrics"))
        {
            assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
            assertTrue(inspect.errors().contains("passed over: no counters file of this version"), inspect.errors());
            assertEquals(1, inspect.errors().lines().count(), inspect.errors());
            output = inspect.output();
        }
        final List<MetricsReader.Sample> samples = MetricsReader.openMetrics(output.getBytes(StandardCharsets.UTF_8));
        assertEquals(2, value(samples, "bounce_dma_processes"), output);
        assertTrue(value(samples, "bounce_dma_ring_batches_total") >= 0, output);
        assertEquals(SHOWN, samples.getLast().labels().get("device"));
        assertTrue(commands(samples).get(Long.toString(pid)).startsWith(
            "serve blk --image " + image.getParent() + "/" + SHOWN + " --vhost-user "), output);
        final Path file = directory.resolve("metrics.prom");
        // Whatever the umask of who started it.
        assertEquals(Main.EXIT_OK, new ProcessBuilder(Stream.concat(
            Stream.of("sh", "-c", "umask 077; exec \"$@\"", "sh"), DemoProcess.command(DemoProcess.TARGET, temporary,
                "inspect", "--textfile", file.toString()).stream()).toList()).inheritIO().start().waitFor());
        assertEquals(samples.stream().map(MetricsReader.Sample::name).toList(),
            MetricsReader.textFile(Files.readAllBytes(file)).stream().map(MetricsReader.Sample::name).toList());
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    private void watch(final PoolMonitor monitor, final Path mine, final DemoProcess serve, final long pid)
        throws Exception
    {
        final Path file = directory.resolve("watched.prom");
        try (DemoProcess watch = start("watch", "inspect", "--watch", "--json");
            DemoProcess textFile = start("watch-textfile", "inspect", "--watch", "--textfile", file.toString()))
        {
            // The first showing has no rates.
            DemoProcess.awaitTrue("a rate", () ->
            {
                monitor.publish();
                return watch.output().contains("\"rates\":{\"ring di");
            });
            assertTrue(watch.output().contains("\"seconds\":null,\"rates\":{}"), watch.output());
            DemoProcess.awaitTrue("a text file", () -> Files.exists(file));
            assertEquals(2, value(MetricsReader.textFile(Files.readAllBytes(file)), "bounce_dma_processes"));
            try (RandomAccessFile cut = new RandomAccessFile(mine.toFile(), "rw"))
            {
                cut.setLength(0);
            }
            DemoProcess.awaitTrue("that it was cut", () -> watch.errors().contains("was cut short: file=" + mine));
            final long shown = count(watch.output(), pid);
            DemoProcess.awaitTrue("the other", () -> count(watch.output(), pid) > shown);
            serve.kill();
            assertEquals(Main.EXIT_FAILED, watch.exitCode(SECONDS), watch.errors());
            assertTrue(watch.output().contains("{\"pid\":" + pid + ",\"alive\":false,"), watch.output());
            // For node-exporter it goes on, and says that there is nobody.
            DemoProcess.awaitTrue("no process", () ->
                value(MetricsReader.textFile(read(file)), "bounce_dma_processes") == 0);
            textFile.terminate();
            textFile.exitCode(SECONDS);
            assertFalse(Files.exists(file));
        }
    }

    /** Of one that was killed; what it left goes when the next process starts. */
    private void assertEnded(final long pid, final Path served) throws Exception
    {
        try (DemoProcess inspect = start("ended", "inspect", Long.toString(pid)))
        {
            assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
            assertTrue(inspect.output().startsWith("process " + pid + " (ended): serve blk --image "),
                inspect.output());
        }
        try (DemoProcess inspect = start("no-metrics", "inspect", "--openmetrics", Long.toString(pid)))
        {
            assertEquals(Main.EXIT_FAILED, inspect.exitCode(SECONDS), inspect.errors());
            assertTrue(inspect.errors().contains("has ended: there is nothing to measure"), inspect.errors());
        }
        assertTrue(Files.exists(served));
        try (DemoProcess next = start("next", "serve", "rng", "--vhost-user", directory.resolve("rng").toString()))
        {
            DemoProcess.awaitTrue("that it is gone", () -> !Files.exists(served.getParent()) || !next.isAlive());
            assertTrue(next.isAlive(), next.errors());
        }
    }

    /** A file that may not grow, as on a disk that is full. */
    @Test
    void shouldSayThatThereIsNoRoomForCounters() throws Exception
    {
        final Path image = Files.write(directory.resolve("disk.img"), new byte[1 << 20]);
        final Path file = temporary.resolve("counters");
        final Process serve = new ProcessBuilder(Stream.concat(Stream.of("prlimit", "--fsize=" + (1 << 20)),
            DemoProcess.command(DemoProcess.TARGET, temporary, "serve", "blk", "--image", image.toString(),
                "--vhost-user", directory.resolve("socket").toString(), "--counters", file.toString()).stream())
            .toList()).redirectErrorStream(true).start();
        final String output = new String(serve.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(Main.EXIT_FAILED, serve.waitFor(), output);
        assertTrue(output.contains("--counters " + file + " can not be: counters file can not be made: file=" + file),
            output);
        assertFalse(output.contains("Error"), output);
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldBelieveNobodyAboutAnothersProcess() throws Exception
    {
        final Path lie = Files.createDirectory(temporary.resolve("bounce-dma-lie")).resolve("counters");
        new PoolMonitor(lie, new PoolSet(), (counters) -> counters.accept(RING, InspectMetrics.BATCHES, 1)).close();
        assumeTrue(0 == (int)Files.getAttribute(directory, "unix:uid"), "only root can give a file away");
        Files.setAttribute(lie, "unix:uid", NOBODY);
        Files.setAttribute(lie.getParent(), "unix:uid", NOBODY);
        try (DemoProcess inspect = start("named", "inspect", lie.toString()))
        {
            assertEquals(Main.EXIT_USAGE, inspect.exitCode(SECONDS), inspect.errors());
            assertTrue(inspect.errors().contains("not of the process that it names"), inspect.errors());
        }
        try (DemoProcess inspect = start("searched", "inspect", "--openmetrics"))
        {
            assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
            assertEquals(0, value(MetricsReader.openMetrics(
                inspect.output().getBytes(StandardCharsets.UTF_8)), "bounce_dma_processes"));
        }
        assertRefusesNobody();
    }

    /** And the other way round: what is root's is not shown to nobody, even where he may read it. */
    private void assertRefusesNobody() throws Exception
    {
        final Path counters = directory.resolve("counters");
        new PoolMonitor(counters, new PoolSet()).close();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path program = Files.createDirectory(directory.resolve("program"));
        DemoProcess.copyTo(program);
        for (final String mode : List.of("rw-------", "rw-r--r--"))
        {
            Files.setPosixFilePermissions(counters, PosixFilePermissions.fromString(mode));
            final Process inspect = new ProcessBuilder(Stream.concat(
                Stream.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"),
                DemoProcess.command(program, Path.of("/tmp"), "inspect", counters.toString()).stream()).toList())
                .redirectErrorStream(true).directory(directory.toFile()).start();
            final String output = new String(inspect.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(Main.EXIT_USAGE, inspect.waitFor(), output);
            assertTrue(output.contains("rw-------".equals(mode) ? "Permission denied" : "is another user's"), output);
        }
    }

    private DemoProcess start(final String name, final String... arguments) throws IOException
    {
        return new DemoProcess(Files.createDirectory(directory.resolve(name)), temporary, arguments);
    }

    /** The file of the process that makes itself a directory, once it has something to show. */
    private Path counters(final String but) throws IOException
    {
        final Path[] found = new Path[1];
        DemoProcess.awaitTrue("counters", () ->
        {
            try (DirectoryStream<Path> scratches = Files.newDirectoryStream(temporary,
                (path) -> !path.endsWith(but)))
            {
                for (final Path scratch : scratches)
                {
                    found[0] = scratch.resolve(InspectCommand.FILE_NAME);
                    try (CountersFile file = CountersFile.open(found[0]))
                    {
                        return file.read().publications() > 0;
                    }
                }
                return false;
            }
            catch (final IOException e)
            {
                return false;
            }
        });
        return found[0];
    }

    private static long pid(final Path counters) throws IOException
    {
        try (CountersFile file = CountersFile.open(counters))
        {
            assertTrue(file.isAlive());
            assertTrue(PID != file.pid());
            return file.pid();
        }
    }

    private static double value(final List<MetricsReader.Sample> samples, final String name)
    {
        return samples.stream().filter((sample) -> name.equals(sample.name())).findFirst().orElseThrow().value();
    }

    private static Map<String, String> commands(final List<MetricsReader.Sample> samples)
    {
        return samples.stream().filter((sample) -> "bounce_dma_process_info".equals(sample.name())).collect(
            Collectors.toMap((sample) -> sample.labels().get("pid"), (sample) -> sample.labels().get("command")));
    }

    private static long count(final String output, final long pid)
    {
        return output.lines().filter((line) -> line.startsWith("{\"pid\":" + pid + ",")).count();
    }

    private static byte[] read(final Path file)
    {
        try
        {
            return Files.readAllBytes(file);
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }
}
