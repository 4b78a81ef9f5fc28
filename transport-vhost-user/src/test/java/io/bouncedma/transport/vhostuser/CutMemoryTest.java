/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Front-ends that cut their files short. What HotSpot makes of the SIGBUS depends on who executes the access: the
 * interpreter, which does so in every process that has just begun, or what one of the compilers made.
 */
final class CutMemoryTest
{
    private static final int LIMIT_S = TestLimits.seconds(120);

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}, {1} requests before")
    @CsvSource({"-Xint, 3", "-XX:TieredStopAtLevel=1, 1000", "-XX:+TieredCompilation, 1000"})
    void shouldEndTheConnectionAndServeTheNext(final String flag, final int rounds)
        throws IOException, InterruptedException
    {
        final Path output = directory.resolve("output");
        final Process process = new ProcessBuilder(command(flag, directory.toString(), Integer.toString(rounds)))
            .directory(directory.toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try
        {
            assertTrue(process.waitFor(LIMIT_S, TimeUnit.SECONDS), () -> "hangs: " + text(output));
            assertEquals(0, process.exitValue(), () -> text(output));
        }
        finally
        {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldTakeSealedFilesOnlyIfToldTo()
    {
        try (VhostUserBackend backend = TestFrontend.backend(directory, new ComplementDevice()).sealedOnly();
            RawFrontend raw = new RawFrontend(backend, TestFrontend.path(directory));
            PassedMemory memory = new PassedMemory();
            Fd regular = PassableFds.open(file(), PassableFds.O_RDWR))
        {
            raw.send(FrontendRequest.SET_PROTOCOL_FEATURES, raw.askLong(FrontendRequest.GET_PROTOCOL_FEATURES));
            assertEquals(1, raw.askLong(FrontendRequest.ADD_MEM_REG, memory.region::writeSingle, memory.fd));
            assertEquals(1, raw.askLong(FrontendRequest.ADD_MEM_REG, memory.region::writeSingle, regular));
            assertTrue(backend.failures().last().reason().contains("F_GET_SEALS") ||
                backend.failures().last().reason().contains("fcntl"), backend.failures().last()::reason);
            assertEquals(1, raw.askLong(FrontendRequest.SET_INFLIGHT_FD, new InFlightArea(
                PassedMemory.LENGTH, 0, ComplementDevice.QUEUES, TestFrontend.SIZE)::write, memory.fd));
            assertTrue(backend.failures().last().reason().contains("F_SEAL_SHRINK"),
                backend.failures().last()::reason);
            PassableFds.seal(memory.fd, PassableFds.F_SEAL_SHRINK);
            assertEquals(0, raw.askLong(FrontendRequest.ADD_MEM_REG, memory.region::writeSingle, memory.fd));
            assertEquals(0, raw.askLong(FrontendRequest.SET_INFLIGHT_FD, new InFlightArea(
                PassedMemory.LENGTH, 0, ComplementDevice.QUEUES, TestFrontend.SIZE)::write, memory.fd));
        }
    }

    private String file()
    {
        final Path file = directory.resolve("memory");
        try
        {
            Files.write(file, new byte[PassedMemory.LENGTH]);
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
        return file.toString();
    }

    private static List<String> command(final String flag, final String... arguments)
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter((argument) -> !argument.startsWith("-javaagent")).forEach(command::add);
        command.addAll(List.of(flag, "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash", "-cp",
            System.getProperty("java.class.path"), CutMemory.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }
}
