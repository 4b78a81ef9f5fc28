/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bounce-dma blk} with our own back-end in another thread: what it says when something is not as it should be.
 */
class BlkUseTest
{
    private static final int SECTOR = 512;
    private static final int SECTORS = 1000;

    @TempDir
    private Path directory;
    private byte[] content;
    private Path image;
    private Path file;

    @BeforeEach
    void makeImage() throws IOException
    {
        content = new byte[SECTORS * SECTOR];
        new SplittableRandom(1).nextBytes(content);
        image = Files.write(directory.resolve("disk.raw"), content);
        file = directory.resolve("file");
    }

    @ParameterizedTest(name = "--ring {0}")
    @ValueSource(strings = {"split", "event-idx", "packed,indirect,event-idx,in-order"})
    void shouldCopyBothWaysAndVerify(final String ring) throws IOException
    {
        expect(0, "read", false, List.of("copy", "--to", file.toString(), "--ring", ring));
        assertArrayEquals(content, Files.readAllBytes(file));
        new SplittableRandom(2).nextBytes(content);
        Files.write(file, content);
        expect(0, "written", false, List.of("copy", "--from", file.toString(), "--ring", ring));
        assertArrayEquals(content, Files.readAllBytes(image));
        expect(0, "identical                    yes", false, List.of("verify", "--against", file.toString()));
    }

    @ParameterizedTest(name = "sector {0}")
    @ValueSource(ints = {0, 127, 128, 999})
    void shouldFindTheFirstSectorThatDiffers(final int sector) throws IOException
    {
        content[sector * SECTOR + 511]++;
        content[content.length - 1]++;
        Files.write(file, content);
        expect(1, "\"first_difference_sector\":" + sector + ",\"identical\":false", false,
            List.of("verify", "--against", file.toString(), "--json"));
    }

    @Test
    void shouldFindThatTheFileHasAnotherLength() throws IOException
    {
        Files.write(file, Arrays.copyOf(content, 700 * SECTOR + 1));
        expect(1, "\"first_difference_sector\":700,", false,
            List.of("verify", "--against", file.toString(), "--json"));
        Files.write(file, Arrays.copyOf(content, content.length + 1));
        expect(1, "\"first_difference_sector\":1000,", false,
            List.of("verify", "--against", file.toString(), "--json"));
    }

    @Test
    void shouldWriteWholeSectorsOnlyAndNoneBehindTheEnd() throws IOException
    {
        final List<String> write = List.of("write", "--sector", "999", "--in", file.toString());
        Files.write(file, new byte[513]);
        expect(2, "has 513 bytes; give a file of whole sectors", false, write);
        Files.write(file, new byte[0]);
        expect(2, "has 0 bytes; give a file of whole sectors", false, write);
        Files.write(file, new byte[1024]);
        expect(2, "--sector 999 and 2 sectors from there end behind the disk, which has 1000 sectors", false, write);
        expect(2, "end behind the disk", false,
            List.of("read", "--sector", "1", "--count", Long.toString(Long.MAX_VALUE), "--out", file.toString()));
        assertArrayEquals(content, Files.readAllBytes(image));
    }

    @Test
    void shouldNotWriteADiskThatIsReadOnly() throws IOException
    {
        Files.write(file, new byte[SECTOR]);
        expect(1, "the disk is read-only", true, List.of("write", "--sector", "0", "--in", file.toString()));
        expect(1, "the disk is read-only", true, List.of("copy", "--from", file.toString()));
        expect(1, "the disk is read-only", true, List.of("bench", "--mode", "randrw"));
        expect(1, "device does not offer WRITE_ZEROES", true, List.of("zero", "--sector", "0", "--count", "1"));
        expect(0, "\"read_only\":true", true, List.of("info", "--json"));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"read", "write", "rw", "randread", "randwrite", "randrw"})
    void shouldMeasureEachLoad(final String mode) throws IOException
    {
        final String said = expect(0, "\"requests\":500,", false, List.of("bench", "--mode", mode, "--requests", "500",
            "--warm-up", "0", "--depth", "4", "--queues", "2", "--json"));
        assertTrue(said.contains("\"queues\":2,"), said);
        assertTrue(said.contains("\"bounces\":500,"), said);
        assertTrue(said.contains("\"mode\":\"" + mode + "\""), said);
        final long reads = Json.readNumbers(said).get("reads");
        final boolean isMixed = mode.endsWith("rw");
        assertEquals(isMixed, reads > 0 && reads < 500, said);
        assertEquals(!mode.endsWith("write") && !isMixed, 500 == reads, said);
    }

    @Test
    void shouldSayWhatABenchmarkNeeds() throws IOException
    {
        expect(2, "which has room for 42 requests; give a larger --queue-size", false,
            List.of("bench", "--depth", "43"));
        expect(2, "is longer than the disk, which has 1000 sectors", false, List.of("bench", "--size", "1M"));
    }

    @Test
    void shouldSayThatNobodyListens()
    {
        final CommandRun run = CommandRun.of(
            "blk", "info", "--vhost-user", directory.resolve("nobody").toString(), "--timeout", "1");
        assertEquals(1, run.exitCode(), run.errors());
        assertTrue(run.errors().contains("within 1000 ms"), run.errors());
        assertEquals(1, run.errors().lines().count(), run.errors());
    }

    private String expect(
        final int exitCode, final String expected, final boolean isReadOnly, final List<String> action)
        throws IOException
    {
        final AtomicReference<Throwable> error = new AtomicReference<>();
        final Path socket = directory.resolve("blk.sock");
        final CommandRun run;
        try (FileBlockStore store = new FileBlockStore(image, isReadOnly);
            VhostUserBackend backend = VhostUserBackend.listen(
                socket, new BlkDevice(store, BlkSettings.USUAL.queues(2, 256)));
            AgentRunner runner = new AgentRunner(backend.idleStrategy(), error::set, null, backend))
        {
            AgentRunner.startOnThread(runner);
            final List<String> arguments = new ArrayList<>(List.of("blk"));
            arguments.addAll(action);
            arguments.addAll(List.of("--vhost-user", socket.toString()));
            run = CommandRun.of(arguments.toArray(String[]::new));
        }
        assertNull(error.get());
        assertEquals(exitCode, run.exitCode(), run.output() + run.errors());
        assertTrue((run.output() + run.errors()).contains(expected), run.output() + run.errors());
        assertFalse(run.errors().contains("\tat "), run.errors());
        assertTrue(run.errors().lines().count() <= 1, run.errors());
        return run.output();
    }
}
