/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.CommandRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * How fast one front-end, {@code bounce-dma blk bench}, is with our block device and with qemu-storage-daemon: the same
 * load one after the other in the same run, on the same image in memory, as nothing else can be compared on a machine
 * with other work. What is checked is that nothing fails; the figures are for people, in the build's log.
 * <p>
 * {@code -Dbouncedma.peers.throughputSeconds=3} is how long each figure is measured, after as long unmeasured.
 */
@Tag("peers")
final class BlkThroughputTest
{
    private static final int SECONDS = Integer.getInteger("bouncedma.peers.throughputSeconds", 0);
    private static final long LENGTH = 256 << 20;
    /** A file system whose files are nowhere but in memory. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final List<String> table = new ArrayList<>();
    private Path directory;

    @BeforeEach
    void create() throws IOException
    {
        directory = Files.createTempDirectory(MEMORY, "bounce-dma-peers-");
    }

    @AfterEach
    void delete() throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            for (final Path file : files.toList())
            {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    @Test
    void shouldBeComparedWithTheirs() throws Exception
    {
        final Path image = directory.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw"))
        {
            file.setLength(LENGTH);
        }
        table.add("load                         IOPS   p50 us   p99 us  p99.9 us  us CPU per request");
        try (BlkServer ours = BlkServer.start(BlkServer.OURS, directory, image);
            BlkServer theirs = BlkServer.start(BlkServer.THEIRS, directory, image))
        {
            // What is written first need not be made room for later.
            measure(ours, "write", "64K", 32);
            table.removeLast();
            for (final String mode : new String[] {"randread", "randwrite"})
            {
                for (final String size : new String[] {"4K", "64K"})
                {
                    for (final int depth : new int[] {1, 32})
                    {
                        table.add(mode + " " + size + ", depth " + depth);
                        measure(ours, mode, size, depth);
                        measure(theirs, mode, size, depth);
                    }
                }
            }
        }
        table.forEach(System.out::println);
    }

    private void measure(final BlkServer server, final String mode, final String size, final int depth)
    {
        final List<String> arguments = new ArrayList<>(List.of("blk", "bench", "--vhost-user",
            server.socket().toString(), "--mode", mode, "--size", size, "--depth", Integer.toString(depth),
            "--pid", Long.toString(server.pid()), "--json", "--warm-up", Integer.toString(SECONDS)));
        arguments.addAll(SECONDS > 0 ? List.of("--seconds", Integer.toString(SECONDS)) : List.of("--requests", "2000"));
        final CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertEquals(0, run.exitCode(), () -> arguments + ": " + run.output() + run.errors());
        table.add(String.format(Locale.ROOT, "  %-20s %,11.0f %8.1f %8.1f  %8.1f  %6.1f",
            server instanceof BlkServer.Ours ? BlkServer.OURS : BlkServer.THEIRS,
            figure("iops", run.output()), figure("p50", run.output()), figure("p99", run.output()),
            figure("p99.9", run.output()), figure("back_end_cpu_us_per_request", run.output())));
    }

    private static double figure(final String name, final String json)
    {
        final Matcher matcher = Pattern.compile("\"" + Pattern.quote(name) + "\":([0-9.E-]+)").matcher(json);
        assertTrue(matcher.find(), name + " is not in " + json);
        return Double.parseDouble(matcher.group(1));
    }
}
