/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkSettings;
import io.bouncedma.devices.blk.FileBlockStore;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is printed and does not arrive is a failure, but for a reader that has had enough: that one is SIGPIPE's.
 */
final class LostOutputTest
{
    private static final int MIB = 1 << 20;

    /** Those that print at once, at the end, a line, a table, JSON, bytes. */
    private static final List<String> COMMANDS = List.of(
        "--version",
        "serve blk --help",
        "size --waste",
        "stress --workload block --maps 100 --json",
        "doctor --dmesg log",
        "inspect counters",
        "blk info --vhost-user blk.sock --json",
        "blk read --vhost-user blk.sock --sector 0 --count 2048");

    @TempDir
    private Path directory;

    @Test
    void shouldFailIfWhatItPrintsIsLostAndEndQuietlyIfNobodyReads() throws Exception
    {
        Files.writeString(directory.resolve("log"), "[    1.500000] e1000 0000:00:03.0: swiotlb buffer is full " +
            "(sz: 4096 bytes), total 512 (slots), used 512 (slots)\n");
        new PoolMonitor(directory.resolve("counters"), new PoolSet()).close();
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[MIB]);
        final List<String> expected = new ArrayList<>();
        final StringBuilder script = new StringBuilder("exec 3> >(true); wait $!\n");
        for (final String command : COMMANDS)
        {
            script.append("./bounce-dma ").append(command).append(" >/dev/full 2>err; echo $? $(cat err)\n")
                .append("./bounce-dma ").append(command).append(" >&3 2>err; echo $? $(cat err)\n");
            expected.add("1 " + name(command) +
                ": standard output can not be written: No space left on device");
            expected.add("141");
        }
        script.append("./bounce-dma --help >&- 2>err; echo $? $(cat err)\n");
        expected.add("1 bounce-dma: standard output can not be written: Bad file descriptor");
        try (FileBlockStore store = new FileBlockStore(image, true);
            VhostUserBackend backend = VhostUserBackend.listen(
                directory.resolve("blk.sock"), new BlkDevice(store, BlkSettings.USUAL));
            AgentRunner runner = new AgentRunner(backend.idleStrategy(), Throwable::printStackTrace, null, backend))
        {
            AgentRunner.startOnThread(runner);
            assertEquals(String.join("\n", expected), String.join("\n", Bash.run(directory, script.toString())));
        }
    }

    /** The process whose counters it shows is this one: it would go on for as long as that. */
    @Test
    void shouldStopWatchingWhenNobodyReads() throws Exception
    {
        new PoolMonitor(directory.resolve("counters"), new PoolSet()).close();
        final List<String> lines = Bash.run(directory,
            "./bounce-dma inspect counters --watch | head -n 1; echo ${PIPESTATUS[0]}");
        assertEquals(2, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith("process " + ProcessHandle.current().pid()), lines::toString);
        assertEquals("141", lines.getLast());
    }

    @Test
    void shouldDoItsWorkWithoutAnybodyToComplainTo() throws IOException, InterruptedException
    {
        assertEquals(List.of("0", "2", "2"), Bash.run(directory, """
            ./bounce-dma size --waste >/dev/null 2>&-; echo $?
            ./bounce-dma frobnicate 2>/dev/full; echo $?
            ./bounce-dma frobnicate >&- 2>&-; echo $?
            """));
    }

    /** The words before the first option are who complains. */
    private static String name(final String command)
    {
        final String words = command.startsWith("-") ? "" : ' ' + command.replaceFirst(" --.*", "");
        return "bounce-dma" + words.replace(" counters", "");
    }
}
