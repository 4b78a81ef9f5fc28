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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whatever fails with a file names it: one that has no room, and one that is there and can not be read, which is what
 * {@code /proc/self/mem} is at its beginning (proc(5)).
 */
final class NamedFilesTest
{
    private static final int SECTOR = 512;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        stress --workload block --maps 100 --write /dev/full  | /dev/full: No space left on device
        stress --workload block --maps 100 --report /dev/full | /dev/full: No space left on device
        stress --trace /proc/self/mem                         | /proc/self/mem: Input/output error
        stress --import /proc/self/mem                        | /proc/self/mem: Input/output error
        size --rng --write /dev/full                          | /dev/full: No space left on device
        doctor --dmesg /proc/self/mem                         | /proc/self/mem: Input/output error
        """)
    void shouldNameTheFile(final String command, final String expected)
    {
        final CommandRun run = CommandRun.of(command.split(" "));
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertEquals("bounce-dma " + command.replaceFirst(" .*", "") + ": input or output failed: " + expected + "\n",
            run.errors());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"read --sector 0 --count 1 --out, read", "copy --to, copy"})
    void shouldNameTheFileThatSectorsGoTo(final String action, final String name) throws IOException
    {
        final Path socket = directory.resolve("blk.sock");
        try (FileBlockStore store = new FileBlockStore(
                Files.write(directory.resolve("disk.raw"), new byte[SECTOR]), true);
            VhostUserBackend backend = VhostUserBackend.listen(socket, new BlkDevice(store, BlkSettings.USUAL));
            AgentRunner runner = new AgentRunner(backend.idleStrategy(), Throwable::printStackTrace, null, backend))
        {
            AgentRunner.startOnThread(runner);
            final CommandRun run = CommandRun.of(
                ("blk " + action + " /dev/full --vhost-user " + socket).split(" "));
            assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
            assertEquals("bounce-dma blk " + name + ": input or output failed: /dev/full: No space left on device\n",
                run.errors());
        }
    }

    /** What the operator of a back-end reads when an image fails. */
    @Test
    void shouldNameTheImage() throws IOException
    {
        try (FileBlockStore store = new FileBlockStore(Path.of("/proc/self/mem"), true))
        {
            final IOException e =
                assertThrows(IOException.class, () -> store.read(0, ByteBuffer.allocate(SECTOR)));
            assertTrue(e.getMessage().startsWith("/proc/self/mem: "), e.getMessage());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        --json      | read as zeros, and writing them makes it longer
        --read-only | read as zeros
        """)
    void shouldTellThatAnImageIsNoWholeSectors(final String option, final String expected) throws IOException
    {
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[1000]);
        final PrintStream standard = System.err;
        final ByteArrayOutputStream events = new ByteArrayOutputStream();
        try (PrintStream err = new PrintStream(events, true, StandardCharsets.UTF_8))
        {
            System.setErr(err);
            // Nobody is there to be served.
            assertEquals(1, CommandRun.of("serve", "blk", "--image", image.toString(), option, "--wait", "0",
                "--vm", directory.resolve("vm.sock").toString()).exitCode());
        }
        finally
        {
            System.setErr(standard);
        }
        assertEquals("bounce-dma serve: blk: padded: --image " + image + " has 1,000 bytes, which are no whole " +
            "sectors of 512: 1,024 bytes are served; those behind its end " + expected + '\n',
            events.toString(StandardCharsets.UTF_8));
    }
}
