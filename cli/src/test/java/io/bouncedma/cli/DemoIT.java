/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersFile;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The main job with real processes.
 */
class DemoIT
{
    private static final long GIB = 1L << 30;
    private static final int SECONDS = TestLimits.seconds(300);
    /** The primary VM has written this much: the transfer is in its middle. */
    private static final long MIDDLE = 32L << 20;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0} bytes by {1}")
    @CsvSource({"0, msgq", "0, mmio", "1, msgq", "1, mmio", "511, msgq", "512, mmio", "513, msgq", "513, mmio",
        "5000001, msgq", "5000001, mmio",
        "0, vhost-user", "513, vhost-user", "5000001, vhost-user"})
    void shouldReturnTheFileIdentical(final int length, final String transport) throws Exception
    {
        final byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        final Path file = Files.write(directory.resolve("file"), bytes);
        final String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        try (DemoProcess demo = new DemoProcess(directory,
            "demo", "--file", file.toString(), "--transport", transport, "--json"))
        {
            assertEquals(Main.EXIT_OK, demo.exitCode(SECONDS), demo.errors());
            final String json = demo.output();
            assertTrue(json.contains("\"source_bytes\":" + length + ","), json);
            assertTrue(json.contains("\"source_sha256\":\"" + hash + "\""), json);
            assertTrue(json.contains("\"image_sha256\":\"" + hash + "\""), json);
            assertTrue(json.contains("\"returned_sha256\":\"" + hash + "\""), json);
            assertTrue(json.contains("\"identical\":true"), json);
            assertTrue(json.contains("\"transport\":\"" + transport + "\""), json);
            assertTrue(Json.readNumbers(json).keySet().containsAll(List.of("requests", "bounced_to_device_bytes",
                "bounced_from_device_bytes", "config_accesses", "messages", "doorbells_rung",
                "pool_high_water_bytes")), json);
            assertNothingIsLeft(demo);
        }
    }

    @ParameterizedTest(name = "{0} by {1}, {2} descriptors")
    @CsvSource(delimiter = '|', textBlock = """
        split                             | msgq | 16   | split queue of 16 descriptors
        packed                            | mmio | 17   | packed queue of 17 descriptors
        indirect                          | msgq | 16   | split queue of 16 descriptors, indirect
        event-idx                         | mmio | 16   | split queue of 16 descriptors, event-idx
        in-order                          | msgq | 16   | split queue of 16 descriptors, in-order
        packed,indirect,event-idx,in-order | msgq | 7   | packed queue of 7 descriptors, indirect, event-idx, in-order
        packed,event-idx,in-order         | vhost-user | 300 | packed queue of 300 descriptors, event-idx, in-order
        split                             | vhost-user | 16 | split queue of 16 descriptors
        packed,indirect,event-idx,in-order | mmio | 300 | packed queue of 300 descriptors, indirect, event-idx, in-order
        """)
    void shouldUseTheRingThatIsAskedFor(
        final String ring, final String transport, final int size, final String expected) throws Exception
    {
        final byte[] bytes = new byte[700_001];
        new SplittableRandom(size).nextBytes(bytes);
        final Path file = Files.write(directory.resolve("file"), bytes);
        try (DemoProcess demo = new DemoProcess(directory, "demo", "--file", file.toString(), "--transport", transport,
            "--ring", ring, "--queue-size", Integer.toString(size)))
        {
            assertEquals(Main.EXIT_OK, demo.exitCode(SECONDS), demo.errors());
            final List<String> lines = demo.output().lines().toList();
            assertTrue(lines.contains("transport            " + transport + ", " + expected), demo.output());
            assertTrue(lines.contains("result               identical"), demo.output());
            assertNothingIsLeft(demo);
        }
    }

    @Test
    void shouldShowItsPoolAndBothEndsOfItsRingToAnotherProcessWhileItRuns() throws Exception
    {
        final Path file = directory.resolve("file");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw"))
        {
            sparse.setLength(GIB);
        }
        final Path aside = Files.createDirectory(directory.resolve("aside"));
        try (DemoProcess demo = new DemoProcess(directory, "demo", "--file", file.toString()))
        {
            final long pid = demo.processes().getLast().pid();
            final Path counters = counters();
            try (DemoProcess inspect = new DemoProcess(aside, "inspect", counters.toString(), "--json"))
            {
                assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
                final Map<String, Long> figures = Json.readNumbers(inspect.output());
                assertEquals(pid, figures.get("pid"));
                assertTrue(inspect.output().contains("\"alive\":true"), inspect.output());
                assertTrue(figures.get("pool demo: high-water bytes") > 0, inspect.output());
                assertTrue(inspect.output().matches("(?s).*\"pool demo: map\":\"[^\"]*[^\" ].*"), inspect.output());
                final String ring = "ring blk, driver, split queue of 256 descriptors, event-idx: ";
                assertTrue(figures.get(ring + "added chains") > 0, inspect.output());
                assertTrue(figures.get(ring + "completed chains") > 0, inspect.output());
                assertTrue(figures.get(ring + "published batches") > 0, inspect.output());
                assertTrue(figures.get(ring + "kicks sent") > 0, inspect.output());
                assertTrue(figures.get(ring + "kicks suppressed") >= 0, inspect.output());
                assertTrue(figures.get(ring + "in flight chains") >= 0, inspect.output());
                assertTrue(figures.get(ring + "free descriptors") <= 256, inspect.output());
                assertEquals(0, figures.get(ring + "overclaims"));
            }
            final Path primary = counters.resolveSibling(InspectCommand.PRIMARY_FILE_NAME);
            try (DemoProcess inspect = new DemoProcess(aside, "inspect", primary.toString(), "--json"))
            {
                assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
                final Map<String, Long> figures = Json.readNumbers(inspect.output());
                assertEquals(demo.processes().get(1).pid(), figures.get("pid"));
                final String ring = "ring blk, device, split queue of 256 descriptors, event-idx: ";
                assertTrue(figures.get(ring + "taken chains") > 0, inspect.output());
                assertEquals(0, figures.get(ring + "malformed chains"));
            }
            // Without a name: both, by the directory that the demo has for temporary files.
            try (DemoProcess inspect = new DemoProcess(aside, directory, "inspect"))
            {
                assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
                assertTrue(inspect.output().contains("process " + pid + ": demo --file "), inspect.output());
                assertTrue(inspect.output().contains("process " + demo.processes().get(1).pid() + ": serve blk "),
                    inspect.output());
                assertTrue(inspect.output().contains("ring blk, driver, split"), inspect.output());
                assertTrue(inspect.output().contains("ring blk, device, split"), inspect.output());
            }
            try (DemoProcess inspect = new DemoProcess(aside, directory, "inspect", "--openmetrics"))
            {
                assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
                assertMeasured(inspect.output());
            }
        }
    }

    private static void assertMeasured(final String output)
    {
        final List<MetricsReader.Sample> samples =
            MetricsReader.openMetrics(output.getBytes(StandardCharsets.UTF_8));
        for (final String role : List.of("driver", "device"))
        {
            assertTrue(samples.stream().anyMatch((sample) ->
                "bounce_dma_ring_completed_chains_total".equals(sample.name()) && sample.value() > 0 &&
                role.equals(sample.labels().get("role")) && "blk".equals(sample.labels().get("device")) &&
                "0".equals(sample.labels().get("queue"))), output);
        }
        assertTrue(samples.stream().anyMatch((sample) ->
            "bounce_dma_client_bounced_bytes_total".equals(sample.name()) && sample.value() > 0 &&
            "demo".equals(sample.labels().get("pool")) && "blk".equals(sample.labels().get("client"))), output);
    }

    /** The counters file of the demo, once it has something to show. */
    private Path counters()
    {
        final Path[] found = new Path[1];
        DemoProcess.awaitTrue("counters", () ->
        {
            try (DirectoryStream<Path> scratches = Files.newDirectoryStream(directory, ScratchDirectory.PREFIX + "*"))
            {
                for (final Path scratch : scratches)
                {
                    found[0] = scratch.resolve(InspectCommand.FILE_NAME);
                    try (CountersFile file = CountersFile.open(found[0]))
                    {
                        return file.read().counters().entrySet().stream().anyMatch(counter ->
                            counter.getKey().endsWith(": completed chains") && counter.getValue() > 0);
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

    @Test
    void shouldMoveAFileThroughTheSmallestPoolAndRing() throws Exception
    {
        final Path file = Files.write(directory.resolve("file"), new byte[3_000_000]);
        try (DemoProcess demo = new DemoProcess(
            directory, "demo", "--file", file.toString(), "--pool", "114688", "--queue-size", "4"))
        {
            assertEquals(Main.EXIT_OK, demo.exitCode(SECONDS), demo.errors());
            assertTrue(demo.output().lines().anyMatch(line -> line.matches("result +identical")), demo.output());
        }
    }

    @ParameterizedTest(name = "{0} dies, {1}")
    @CsvSource({"primary, msgq", "primary, mmio", "hypervisor, msgq", "hypervisor, mmio"})
    void shouldNameWhoDiedAndWhatWasInFlight(final String victim, final String transport) throws Exception
    {
        try (DemoProcess demo = new DemoProcess(
            directory, "demo", "--file", sparseFile().toString(), "--transport", transport, "--json"))
        {
            final List<ProcessHandle> processes = demo.processes();
            DemoProcess.awaitTrue("transfer", () -> written(processes.get(1)) > MIDDLE);
            processes.get("hypervisor".equals(victim) ? 0 : 1).destroyForcibly();
            assertEquals(Main.EXIT_FAILED, demo.exitCode(SECONDS), demo.errors());
            final String errors = demo.errors();
            assertTrue(errors.contains(victim) && errors.contains("is gone"), errors);
            assertTrue(errors.contains("killed by signal 9"), errors);
            assertTrue(errors.matches("(?s).*in flight: [1-9]\\d* requests, [1-9]\\d* bytes \\(OUT sector .*"), errors);
            assertFalse(errors.contains("\tat "), errors);
            assertEquals("", demo.output());
            for (final ProcessHandle process : processes)
            {
                DemoProcess.awaitTrue("end of " + process.pid(), () -> !process.isAlive());
            }
            assertNothingIsLeft(demo);
        }
    }

    @Test
    void shouldNameWhoDiedWithoutAHypervisor() throws Exception
    {
        try (DemoProcess demo = new DemoProcess(
            directory, "demo", "--file", sparseFile().toString(), "--transport", "vhost-user", "--json"))
        {
            final List<ProcessHandle> processes = demo.processes();
            DemoProcess.awaitTrue("transfer", () -> written(processes.getFirst()) > MIDDLE);
            processes.getFirst().destroyForcibly();
            assertEquals(Main.EXIT_FAILED, demo.exitCode(SECONDS), demo.errors());
            final String errors = demo.errors();
            assertTrue(errors.contains("has closed the connection; primary"), errors);
            assertTrue(errors.contains("killed by signal 9"), errors);
            assertTrue(errors.matches("(?s).*in flight: [1-9]\\d* requests, [1-9]\\d* bytes \\(OUT sector .*"), errors);
            assertFalse(errors.contains("\tat "), errors);
            assertEquals("", demo.output());
            assertNothingIsLeft(demo);
        }
    }

    @Test
    void shouldGiveUpOnAPrimaryThatStalls() throws Exception
    {
        try (DemoProcess demo = new DemoProcess(
            directory, "demo", "--file", sparseFile().toString(), "--timeout", "3"))
        {
            final List<ProcessHandle> processes = demo.processes();
            DemoProcess.awaitTrue("transfer", () -> written(processes.get(1)) > MIDDLE);
            signal("STOP", processes.get(1));
            assertEquals(Main.EXIT_FAILED, demo.exitCode(SECONDS), demo.errors());
            assertTrue(demo.errors().contains("within 3000 ms; in flight: "), demo.errors());
            DemoProcess.awaitTrue("end of primary", () -> !processes.get(1).isAlive());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"msgq", "vhost-user"})
    void shouldLeaveNothingBehindForLongWhenItIsKilled(final String transport) throws Exception
    {
        try (DemoProcess demo = new DemoProcess(directory, "demo", "--file", sparseFile().toString(),
            "--transport", transport, "--timeout", Integer.toString(SECONDS)))
        {
            final List<ProcessHandle> processes = demo.processes();
            final ProcessHandle primary = processes.get(processes.size() - 2);
            DemoProcess.awaitTrue("transfer", () -> written(primary) > MIDDLE);
            signal("STOP", primary);
            runAnother();
            assertEquals(1, scratches().size(), "the directory of a demo that lives");
            signal("KILL", processes.getLast());
            signal("CONT", primary);
            for (final ProcessHandle process : processes)
            {
                DemoProcess.awaitTrue("end of " + process.pid(), () -> !process.isAlive());
            }
            assertEquals(1, scratches().size(), "nobody was there to delete it");
            runAnother();
            assertNothingIsLeft(demo);
        }
    }

    @Test
    void shouldEndWhatItStartedWhenItIsKilledMeanwhile() throws Exception
    {
        try (DemoProcess demo = new DemoProcess(directory, "demo", "--file", sparseFile().toString()))
        {
            DemoProcess.awaitTrue("child", () -> !demo.children().isEmpty());
            final List<ProcessHandle> children = demo.children();
            demo.kill();
            for (final ProcessHandle child : children)
            {
                DemoProcess.awaitTrue("end of " + child.pid(), () -> !child.isAlive());
            }
            runAnother();
            assertNothingIsLeft(demo);
        }
    }

    private void runAnother() throws Exception
    {
        final Path aside = Files.createDirectories(directory.resolve("aside"));
        final Path small = Files.write(aside.resolve("small"), new byte[513]);
        try (DemoProcess demo = new DemoProcess(aside, directory, "demo", "--file", small.toString()))
        {
            assertEquals(Main.EXIT_OK, demo.exitCode(SECONDS), demo.errors());
        }
    }

    private List<Path> scratches() throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.filter(file -> file.getFileName().toString().startsWith(ScratchDirectory.PREFIX)).toList();
        }
    }

    private Path sparseFile() throws IOException
    {
        final Path file = directory.resolve("sparse");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw"))
        {
            sparse.setLength(GIB);
        }
        return file;
    }

    private void assertNothingIsLeft(final DemoProcess demo) throws IOException
    {
        assertEquals(List.of(), scratches(), demo.errors());
        try (Stream<Path> files = Files.list(Path.of("/dev/shm")))
        {
            assertEquals(List.of(), files.filter(file -> file.toString().contains("bounce-dma")).toList());
        }
    }

    private static long written(final ProcessHandle process)
    {
        try
        {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "io")).stream()
                .filter(line -> line.startsWith("wchar:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .findFirst().orElse(0);
        }
        catch (final IOException e)
        {
            return 0;
        }
    }

    private static void signal(final String name, final ProcessHandle process) throws Exception
    {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }
}
