/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.msgq.emulation.HypervisorServer;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReadmeTest
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));

    @Test
    void shouldShowTheExampleThatIsCompiledHere() throws IOException
    {
        final String source = Files.readString(
            ROOT.resolve("cli/src/test/java/io/bouncedma/cli/ReadmeExample.java"));
        final String example = source.substring(
            source.indexOf("// example\n") + 11, source.indexOf("        // end")).stripTrailing().stripIndent() + "\n";
        final String readme = Files.readString(ROOT.resolve("README.md"));
        assertTrue(readme.contains("```java\n" + example + "```"), "README.md does not show this:\n" + example);
    }

    @Test
    void shouldRunTheExample(@TempDir final Path directory)
    {
        final AtomicReference<Throwable> error = new AtomicReference<>();
        try (EmulatedHypervisor hypervisor = new EmulatedHypervisor(new EmulatedHypervisorContext());
            AgentRunner server = new AgentRunner(NoOpIdleStrategy.INSTANCE, error::set, null,
                new HypervisorServer(hypervisor, directory, 10, event ->
                {
                }));
            EmulatedVm primary = hypervisor.attach(EmulatedHypervisor.PRIMARY);
            AgentRunner device = new AgentRunner(primary.idleStrategy(), error::set, null,
                new DeviceAgent(primary, new BlkDevice(new MemoryBlockStore(8), "disk", 256))))
        {
            AgentRunner.startOnThread(server);
            AgentRunner.startOnThread(device);
            assertArrayEquals(new byte[4096],
                ReadmeExample.run(HypervisorServer.socketPath(directory, EmulatedHypervisor.SECONDARY)));
        }
        assertNull(error.get(), () -> error.get().toString());
    }

    @Test
    void shouldNameEveryCommandInTheTable() throws IOException
    {
        final String readme = Files.readString(ROOT.resolve("README.md"));
        final int begin = readme.indexOf("## Commands");
        final String commands = readme.substring(begin, readme.indexOf("\n## ", begin));
        for (final String command : Main.commandLine().getSubcommands().keySet())
        {
            // Some have a row for each of their own commands.
            assertTrue(commands.lines().anyMatch(line -> line.startsWith("| `" + command + " ")), command);
        }
    }
}
