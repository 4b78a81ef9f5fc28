/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What {@code serve} and {@code hypervisor} tell when it happens, by the program itself, with honest peers and others.
 */
class ServiceEventsTest
{
    private static final byte[] NONSENSE = {27, '[', '2', 'J', 1, 1, 1, 1, 1, 1, 1, 1};

    private static final int IMAGE_LENGTH = 1 << 20;
    private static final int QUEUE_SIZE = 64;
    private static final long LIMIT_MS = TestLimits.seconds(60) * 1000L;

    @TempDir
    private Path directory;

    @Test
    void shouldTellOfFrontends() throws Exception
    {
        final Path socket = directory.resolve("disk.sock");
        final String line = "bounce-dma serve: " + socket + ": ";
        try (ServiceProcess serve = serveBlk("serve", "--vhost-user", socket.toString()))
        {
            serve.awaitSaid(line + "listening: device=blk\n");
            final String me = line + "connected: pid=" + ProcessHandle.current().pid() + ", uid=";
            info("--vhost-user", socket);
            serve.awaitSaid(me);
            serve.awaitSaid(line + "features: vhost_user={MQ,");
            serve.awaitSaid(line + "features: virtio={SEG_MAX,");
            serve.awaitSaid(line + "memory: regions=1, bytes=");
            serve.awaitSaid(line + "ring-ready: ring=0, size=128, format=split\n");
            serve.awaitSaid(line + "disconnected: by=front-end, in_flight=0\n");
            // Again: another front-end, of which everything is told anew.
            info("--vhost-user", socket);
            await(serve, me, 2);
            await(serve, line + "features: virtio={SEG_MAX,", 2);
            await(serve, line + "disconnected: by=front-end, in_flight=0\n", 2);

            final UnixSocket second;
            try (UnixSocket idle = UnixSocket.connect(socket, UnixSocket.Type.STREAM))
            {
                await(serve, me, 3);
                second = UnixSocket.connect(socket, UnixSocket.Type.STREAM);
                serve.awaitSaid(line + "waiting: another front-end has connected;");
                assertTrue(idle.fd().isOpen());
            }
            try (second)
            {
                second.send(NONSENSE, 0, NONSENSE.length, List.of());
                serve.awaitSaid(line + "refused: connection ended: ");
                serve.awaitSaid(line + "disconnected: by=back-end, in_flight=0\n");
            }
            // A front-end that is killed.
            try (ServiceProcess bench = start("bench", "blk", "bench", "--vhost-user", socket.toString(),
                "--seconds", "600"))
            {
                serve.awaitSaid("connected: pid=" + bench.pid() + ", ");
                await(serve, "ring-ready: ", 3);
                bench.signal("KILL");
            }
            await(serve, line + "disconnected: by=front-end", 4);
            serve.signal("TERM");
            assertEquals(0, serve.exitCode());
            final List<String> lines = serve.errors().lines().toList();
            assertEquals("bounce-dma serve: blk: ended: no longer served", lines.getLast());
            assertFalse(serve.errors().contains("\u001b"), serve::errors);
            assertTrue(lines.stream().noneMatch((told) -> told.contains(": ring-switched: ")), serve::errors);
        }
    }

    @Test
    void shouldTellOfVms() throws Exception
    {
        final Path primary = directory.resolve("vms").resolve("primary.sock");
        final Path secondary = directory.resolve("vms").resolve("secondary.sock");
        final String host = "bounce-dma hypervisor: " + directory.resolve("vms") + ": ";
        final String line = "bounce-dma serve: " + primary + ": ";
        try (ServiceProcess hypervisor = start(
            "hypervisor", "hypervisor", "--dir", directory.resolve("vms").toString()))
        {
            hypervisor.awaitSaid(host + "listening: for primary and secondary VM\n");
            try (ServiceProcess serve = serveBlk("first", "--vm", primary.toString(), "--log-level", "debug"))
            {
                serve.awaitSaid(line + "listening: device=blk, for the secondary VM\n");
                hypervisor.awaitSaid(host + "connected: primary VM attached, pid=" + serve.pid() + ", uid=");
                assertThrows(VirtioException.class, () -> EmulatedVm.connect(primary));
                hypervisor.awaitSaid(host + "refused: primary VM is attached already, pid=" +
                    ProcessHandle.current().pid() + ", uid=");
                try (UnixSocket stranger = UnixSocket.connect(secondary, UnixSocket.Type.SEQPACKET))
                {
                    stranger.send(NONSENSE, 0, 3, List.of());
                    hypervisor.awaitSaid(host + "refused: secondary VM sent what is no call: length=3, pid=");
                }
                try (EmulatedVm vm = EmulatedVm.connect(secondary))
                {
                    serve.awaitSaid(line + "connected: secondary VM, epoch=1\n");
                    hypervisor.awaitSaid(host + "connected: secondary VM attached, pid=");
                    vm.sender(vm.device().requests()).send(new UnsafeBuffer(NONSENSE), 0, NONSENSE.length);
                    serve.awaitSaid(line + "refused: message is no register access, and was dropped: length=12\n");
                }
                serve.awaitSaid(line + "disconnected: secondary VM, epoch=1, in_flight=0\n");
                hypervisor.awaitSaid(host + "disconnected: secondary VM detached, pid=");
                drive(secondary);
                serve.awaitSaid(line + "connected: secondary VM, epoch=2\n");
                serve.awaitSaid(line + "features: virtio={SEG_MAX,");
                serve.awaitSaid(line + "ring-ready: ring=0, size=");
                serve.awaitSaid(line + "status: ACKNOWLEDGE|DRIVER|DRIVER_OK|FEATURES_OK\n");
                serve.awaitSaid(line + "reset: status was ACKNOWLEDGE|DRIVER|DRIVER_OK|FEATURES_OK\n");
                serve.awaitSaid(line + "disconnected: secondary VM, epoch=2, in_flight=0\n");
                serve.signal("KILL");
                hypervisor.awaitSaid(host + "disconnected: primary VM detached, pid=" + serve.pid() + ", ");
            }
            try (ServiceProcess serve = serveBlk("second", "--vm", primary.toString(), "--log-level", "warn"))
            {
                hypervisor.awaitSaid(host + "connected: primary VM attached, pid=" + serve.pid() + ", ");
                hypervisor.signal("KILL");
                // The reason of its end is told whatever the level.
                assertEquals(1, serve.exitCode());
                assertTrue(serve.errors().contains("hypervisor is gone"), serve::errors);
                assertFalse(serve.errors().contains(": listening: "), serve::errors);
            }
        }
    }

    private ServiceProcess serveBlk(final String name, final String... arguments) throws IOException
    {
        final Path image = Files.write(directory.resolve("disk.raw"), new byte[IMAGE_LENGTH]);
        return start(name, Stream.concat(Stream.of("serve", "blk", "--image", image.toString()), Stream.of(arguments))
            .toArray(String[]::new));
    }

    private ServiceProcess start(final String name, final String... arguments) throws IOException
    {
        return new ServiceProcess(Files.createDirectory(directory.resolve(name)), arguments).start();
    }

    private static void await(final ServiceProcess process, final String text, final int times)
    {
        DemoProcess.awaitTrue(times + " times " + text, () ->
            process.errors().split(Pattern.quote(text), -1).length > times);
    }

    /** Be the secondary VM, and its driver. */
    private static void drive(final Path socket)
    {
        try (EmulatedLink link = new EmulatedLink(EmulatedVm.connect(socket), LIMIT_MS);
            BlkDriver driver = new BlkDriver(link.transport(), new DmaDevice("disk", PoolSet.of(link.pool())),
                link.waiting(), QUEUE_SIZE))
        {
            assertEquals(IMAGE_LENGTH / BlkProtocol.SECTOR_SIZE, driver.capacity());
        }
    }

    private static void info(final String option, final Path socket)
    {
        final CommandRun run = CommandRun.of("blk", "info", option, socket.toString());
        assertEquals(0, run.exitCode(), run::errors);
    }
}
