/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.UnixDatagram;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Frames over Unix datagram sockets: one bare frame a datagram, to a peer that may come late, be slow, or go.
 */
class DatagramPortTest
{
    @TempDir
    private Path directory;
    private final List<byte[]> received = new ArrayList<>();

    @Test
    void shouldCarryBareFramesBothWays()
    {
        try (UnixDatagram peer = UnixDatagram.bind(path("peer"), path("device"));
            DatagramPort port = new DatagramPort(UnixDatagram.bind(path("device"), path("peer")));
            NetVm vm = vm(port, 60_000))
        {
            assertFalse(vm.driver.features().has(NetProtocol.F_CSUM), "there is no header on the way");
            final NetFrame frame = new NetFrame(NetProtocol.FRAME_MAX);
            peer.send(frame.memory(), 0, 60);
            vm.work();
            vm.driver.doWork();
            assertEquals(0, received.size(), "that was before the driver");
            final Random random = new Random(9);
            for (final int length : new int[]{14, 60, 1514, 20_000})
            {
                final byte[] bytes = NetFrames.random(random, length);
                frame.bytes().putBytes(0, bytes);
                assertEquals(length, peer.send(frame.memory(), 0, length));
                vm.work();
                vm.driver.doWork();
                assertArrayEquals(bytes, received.remove(0));
                vm.driver.send(0, new UnsafeBuffer(bytes), 0, length);
                vm.driver.flush();
                vm.work();
                assertEquals(length, peer.receive(frame.memory(), 0));
                final byte[] back = new byte[length];
                frame.bytes().getBytes(0, back);
                assertArrayEquals(bytes, back);
            }
            peer.send(frame.memory(), 0, 13);
            peer.send(frame.memory(), 0, NetProtocol.FRAME_MAX + NetHeader.LENGTH);
            vm.work();
            vm.driver.doWork();
            assertEquals(1, vm.device.counters().dropped(NetDrop.RUNT));
            assertEquals(1, vm.device.counters().dropped(NetDrop.TOO_LONG));
        }
        assertFalse(Files.exists(path("peer")));
    }

    @Test
    void shouldHoldFramesForASlowPeerAndLoseThemForNone()
    {
        try (DatagramPort port = new DatagramPort(UnixDatagram.bind(path("device"), path("peer")));
            NetVm vm = vm(port, 60_000))
        {
            vm.work();
            send(vm, 1);
            assertEquals(1, vm.device.counters().dropped(NetDrop.REFUSED), "nobody is there");
            try (UnixDatagram peer = UnixDatagram.bind(path("peer"), path("device")))
            {
                int sent = 0;
                while (vm.device.awaitsKick(1))
                {
                    send(vm, 2 + sent);
                    sent++;
                }
                final NetFrame frame = new NetFrame(1514);
                int came = 0;
                while (came < sent)
                {
                    assertEquals(60, peer.receive(frame.memory(), 0));
                    assertEquals(2 + came, frame.bytes().getInt(0), "none is lost, and in order");
                    came++;
                    vm.work();
                }
                assertTrue(vm.device.awaitsKick(1));
                assertEquals(UnixDatagram.WOULD_BLOCK, peer.receive(frame.memory(), 0));
            }
            send(vm, 0);
            assertEquals(2, vm.device.counters().dropped(NetDrop.REFUSED));
        }
    }

    private static void send(final NetVm vm, final int number)
    {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[60]);
        frame.putInt(0, number);
        assertTrue(vm.driver.send(0, frame, 0, 60));
        vm.driver.flush();
        vm.work();
        vm.driver.doWork();
    }

    private NetVm vm(final NetPort port, final long patienceMs)
    {
        return new NetVm(new NetDevice(new NetSettings(NetFrames.MAC, 0, 1024, true, patienceMs), List.of(port)),
            new NetDriverSettings(1, 1024, 2048, NetDriverSettings.USUAL), 8 * 1024 * 1024,
            (pair, buffer, offset, length, header) ->
            {
                final byte[] bytes = new byte[length];
                buffer.getBytes(offset, bytes);
                received.add(bytes);
            });
    }

    private Path path(final String name)
    {
        return directory.resolve(name);
    }
}
