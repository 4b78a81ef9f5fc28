/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.CommandRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bounce-dma blk} drives QEMU's block back-end and our own, by the same script; what it did is looked at in the
 * image, from outside.
 */
@Tag("peers")
class BlkCommandTest
{
    private static final int MIB = 1 << 20;
    private static final long GIB = 1L << 30;
    private static final int SECTOR = 512;
    private static final int IMAGE_LENGTH = 8 * MIB;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {BlkServer.THEIRS, BlkServer.OURS})
    void shouldDoAllThatAFrontEndDoes(final String who) throws Exception
    {
        final byte[] content = new byte[IMAGE_LENGTH];
        new SplittableRandom(6).nextBytes(content);
        final Path image = Files.write(directory.resolve("disk.raw"), content);
        final Path file = directory.resolve("file");
        try (BlkServer server = BlkServer.start(who, directory, image))
        {
            final String info = run(0, server, "info", "--json");
            assertTrue(info.contains("\"id\":\"vhost_user_blk\""), info);
            assertTrue(info.contains("\"capacity_sectors\":" + IMAGE_LENGTH / SECTOR + ","), info);
            assertTrue(info.contains("\"device_queues\":2,"), info);
            assertTrue(info.contains("\"WRITE_ZEROES\""), info);

            run(0, server, "read", "--sector", "3", "--count", "300", "--out", file.toString());
            assertArrayEquals(Arrays.copyOfRange(content, 3 * SECTOR, 303 * SECTOR), Files.readAllBytes(file));

            final byte[] fresh = new byte[77 * SECTOR];
            new SplittableRandom(7).nextBytes(fresh);
            Files.write(file, fresh);
            final String written = run(0, server, "write", "--sector", "1001", "--in", file.toString(), "--json");
            assertTrue(written.contains("\"sha256\":\"" + sha256(file) + "\""), written);
            assertTrue(written.contains("\"bounced_to_device_bytes\":" + fresh.length + ","), written);
            System.arraycopy(fresh, 0, content, 1001 * SECTOR, fresh.length);
            run(0, server, "flush");

            run(0, server, "zero", "--sector", "2000", "--count", "100");
            Arrays.fill(content, 2000 * SECTOR, 2100 * SECTOR, (byte)0);
            assertArrayEquals(content, Files.readAllBytes(image));

            run(0, server, "discard", "--sector", "4096", "--count", "1024");
            // What was discarded reads as anything: the image says as what.
            final byte[] now = Files.readAllBytes(image);
            System.arraycopy(now, 4096 * SECTOR, content, 4096 * SECTOR, 1024 * SECTOR);
            assertArrayEquals(content, now);

            Files.write(file, content);
            assertTrue(run(0, server, "verify", "--against", file.toString()).contains("identical"));
            content[5555 * SECTOR + 5]++;
            Files.write(file, content);
            final String verified = run(1, server, "verify", "--against", file.toString(), "--json");
            assertTrue(verified.contains("\"first_difference_sector\":5555,\"identical\":false"), verified);
            run(0, server, "copy", "--from", file.toString());
            assertArrayEquals(content, Files.readAllBytes(image));
            run(2, server, "read", "--sector", "16384", "--count", "1", "--out", file.toString());

            final String bench = run(0, server, "bench", "--requests", "2000", "--warm-up", "0", "--depth", "8",
                "--queues", "2", "--mode", "randrw", "--pid", Long.toString(server.pid()), "--json");
            assertTrue(bench.contains("\"requests\":2000,"), bench);
            assertTrue(bench.contains("\"bounces\":2000,"), bench);
            assertTrue(bench.contains("\"p99.9\":"), bench);
            assertTrue(bench.contains("\"back_end_cpu_seconds\":"), bench);
        }
    }

    @Test
    void shouldCopyAGigabyte() throws Exception
    {
        final Path image = directory.resolve("disk.raw");
        final byte[] part = new byte[MIB];
        final SplittableRandom random = new SplittableRandom(8);
        try (RandomAccessFile disk = new RandomAccessFile(image.toFile(), "rw"))
        {
            disk.setLength(GIB);
            // A part in each 16 MiB, each at an odd place.
            for (long at = 0; at < GIB - 2 * MIB; at += 16 * MIB)
            {
                random.nextBytes(part);
                disk.seek(at + random.nextInt(MIB));
                disk.write(part);
            }
        }
        final Path copy = directory.resolve("copy.raw");
        try (BlkServer server = BlkServer.start(BlkServer.THEIRS, directory, image))
        {
            final String said = run(0, server, "copy", "--to", copy.toString(), "--json");
            final String hash = sha256(image);
            assertTrue(said.contains("\"sha256\":\"" + hash + "\""), said);
            assertTrue(said.contains("\"bounced_from_device_bytes\":" + GIB + ","), said);
            assertEquals(hash, sha256(copy));
        }
        finally
        {
            Files.deleteIfExists(copy);
        }
    }

    private static String run(
        final int exitCode, final BlkServer server, final String action, final String... more)
    {
        final List<String> arguments =
            new ArrayList<>(List.of("blk", action, "--vhost-user", server.socket().toString()));
        arguments.addAll(List.of(more));
        final CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
        assertEquals(exitCode, run.exitCode(), () -> arguments + ": " + run.output() + run.errors());
        assertFalse(run.errors().contains("\tat "), run.errors());
        return run.output();
    }

    private static String sha256(final Path file) throws Exception
    {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final ByteBuffer chunk = ByteBuffer.allocateDirect(MIB);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ))
        {
            while (channel.read(chunk.clear()) >= 0)
            {
                digest.update(chunk.flip());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
