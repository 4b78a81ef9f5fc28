/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.Main;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * A machine of QEMU whose memory this process can not see hangs, and QEMU says nothing: the back-end says why. The
 * driver is that of the firmware, so there is nothing to boot.
 */
@Tag("peers")
final class NotSharedTest
{
    private static final String MEMORY = "memory-backend-memfd,id=mem,size=128M,share=";
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int DISK_LENGTH = 8 << 20;

    @TempDir
    private Path directory;

    @Test
    void shouldSayWhyAGuestHangs() throws Exception
    {
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[DISK_LENGTH]);
        final Path socket = directory.resolve("disk.sock");
        try (PeerProcess serve = serve(image, socket))
        {
            await(serve, 1, ": listening: ");
            try (PeerProcess qemu = qemu("shared", socket, List.of("-object", MEMORY + "on", "-machine",
                "q35,memory-backend=mem")))
            {
                await(serve, 1, ": connected: pid=" + qemu.pid() + ", ");
                await(serve, 1, ": ring-ready: ");
            }
            await(serve, 1, ": disconnected: ");
            assertFalse(told().contains(": not-shared: "), this::told);

            try (PeerProcess qemu = qemu("none", socket, List.of("-machine", "q35")))
            {
                await(serve, 1, ": connected: pid=" + qemu.pid() + ", ");
                await(serve, 1, ": not-shared: a ring was started, and the front-end has passed no memory: ");
            }
            await(serve, 2, ": disconnected: ");
            try (PeerProcess qemu = qemu("private", socket, List.of("-object", MEMORY + "off", "-machine",
                "q35,memory-backend=mem")))
            {
                await(serve, 1, ": connected: pid=" + qemu.pid() + ", ");
                await(serve, 1, ": not-shared: driver kicks, and its rings are blank: ");
            }
        }
    }

    private PeerProcess serve(final Path image, final Path socket) throws IOException
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
            "serve", "blk", "--image", image.toString(), "--vhost-user", socket.toString()));
        return PeerProcess.start("serve", "none, it is ours", directory, Map.of(), command, (process) ->
        {
        });
    }

    private void await(final PeerProcess serve, final int times, final String text)
    {
        serve.await("'" + text + "'", LIMIT_S, () -> told().split(Pattern.quote(text), -1).length > times);
    }

    private String told()
    {
        try
        {
            return Files.readString(directory.resolve("serve.err"));
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private PeerProcess qemu(final String name, final Path socket, final List<String> memory) throws IOException
    {
        final List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg", "-m", "128",
            "-nodefaults", "-no-reboot", "-display", "none", "-serial", "none"));
        command.addAll(memory);
        command.addAll(List.of(VhostUserDevice.of(Machine.Q35, "vhost-user-blk", socket, false, "num-queues=1")));
        return PeerProcess.start(name, "qemu-system-x86", directory, Map.of(), command, (process) ->
        {
        });
    }
}
