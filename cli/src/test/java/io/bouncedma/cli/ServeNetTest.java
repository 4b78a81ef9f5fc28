/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetListener;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bounce-dma serve net}, with drivers of ours in this process.
 */
class ServeNetTest
{
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final int LENGTH = 100;
    private static final int FRAMES = 5;

    @TempDir
    private Path directory;

    @Test
    void shouldTellTheFiguresOfBothCards()
    {
        final Path left = directory.resolve("left.sock");
        final Path right = directory.resolve("right.sock");
        final CompletableFuture<CommandRun> served = CompletableFuture.supplyAsync(() -> CommandRun.of("serve", "net",
            "--vhost-user", left.toString(), "--to", right.toString(), "--mtu", "600", "--once",
            "--json", "--counters", directory.resolve("counters").toString()));
        try (Vm sender = new Vm(left);
            Vm receiver = new Vm(right))
        {
            final UnsafeBuffer frame = new UnsafeBuffer(new byte[LENGTH]);
            // Frames that come before its card is in use are not for the receiver.
            while (0 == receiver.net.received())
            {
                sender.net.send(0, frame, 0, LENGTH);
                sender.net.doWork();
                receiver.net.doWork();
            }
            final long before = receiver.net.received();
            for (int i = 0; i < FRAMES; i++)
            {
                assertTrue(receiver.net.send(0, frame, 0, LENGTH));
            }
            receiver.net.flush();
            while (sender.net.received() < FRAMES)
            {
                sender.net.await();
            }
            assertTrue(before > 0);
            assertEquals(600, sender.net.mtu());
            assertEquals(600, receiver.net.mtu());
        }
        final CommandRun run = served.join();
        assertEquals(0, run.exitCode(), run::errors);
        assertTrue(run.output().contains("\"received_frames\":" + FRAMES + ",\"received_bytes\":" + FRAMES * LENGTH),
            run::output);
        assertTrue(run.output().contains("\"to_transport_failures\":0,\"to_transport_last_failure\":null," +
            "\"to_connections\":1,\"to_refused_connections\":0"), run::output);
        assertTrue(run.output().contains("\"to_sent_frames\":" + FRAMES + ",\"to_sent_bytes\":" + FRAMES * LENGTH),
            run::output);
    }

    @Test
    void shouldRefuseAnMtuThatNobodyWouldKeepTo()
    {
        final CommandRun ignored = CommandRun.of(
            "serve", "net", "--vhost-user", directory.resolve("net.sock").toString(), "--sink", "--mtu", "600");
        assertEquals(2, ignored.exitCode());
        assertTrue(ignored.errors().contains("--mtu goes with --to and --echo only"), ignored::errors);
        final CommandRun small = CommandRun.of(
            "serve", "net", "--vhost-user", directory.resolve("net.sock").toString(), "--echo", "--mtu", "67");
        assertEquals(2, small.exitCode());
        assertTrue(small.errors().contains("--mtu 67 can not be"), small::errors);
    }

    /** A VM with a network card. */
    private static final class Vm implements AutoCloseable
    {
        private final SharedPool memory = new SharedPool("net", 4 << 20);
        private final DmaDevice dma = new DmaDevice("net", PoolSet.of(memory.pool()));
        private final VhostUserTransport transport;
        private final NetDriver net;

        Vm(final Path socket)
        {
            transport = VhostUserTransport.connect(
                socket, VhostUserSettings.of(DeviceType.NET, memory.shared()).withLimitMs(LIMIT_MS));
            final NetListener nobody = (pair, buffer, offset, length, header) ->
            {
            };
            net = new NetDriver(transport, dma, transport.waiting(LIMIT_MS), NetDriverSettings.usual(), nobody);
        }

        @Override
        public void close()
        {
            net.close();
            transport.close();
            dma.close();
            memory.close();
        }
    }
}
