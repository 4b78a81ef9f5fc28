/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.peers.TestPmd.Forward;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetFault;
import io.bouncedma.devices.net.NetHeader;
import io.bouncedma.devices.net.NetProtocol;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Our network driver and DPDK's vhost port, which has no memory slots, no configuration, no control queue and no file
 * of chains in flight, but a status, packed rings and, if asked, an IOTLB: it takes what we send, we take what it
 * sends, and packets that go there and come back do so once, in order and unchanged.
 * <p>
 * {@code -Dbouncedma.peers.netPackets=10000000} is how many packets there are with both roles; a fifth of
 * them are for this one, which sleeps and is woken for each few.
 */
@Tag("peers")
final class NetFrontendPmdTest
{
    private static final long PACKETS = Long.getLong("bouncedma.peers.netPackets", 1_000_000);
    private static final int[] LENGTHS = {64, 1500};
    private static final int RUNS = 3 * 10 * LENGTHS.length;
    private static final int COUNT = (int)(PACKETS / 5 / RUNS);
    private static final int POOL_LENGTH = 4 << 20;
    private static final int QUEUE_SIZE = 256;
    private static final int RECEIVE_LENGTH = 2048;
    /** No more under way than there is room for on the way back. */
    private static final int WINDOW = 128;
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final int LIMIT_S = TestLimits.seconds(120);

    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[LENGTHS[1]]);
    @TempDir
    private Path directory;
    private int length;
    /** Whether frames that come are ours. */
    private boolean isChecked;
    private int received;

    @ParameterizedTest(name = "packed={0}, in order={1}, mergeable={2}, iommu-support={3}")
    @CsvSource({
        "false, false, false, false", "true, false, false, false",
        "false, true, false, false", "true, true, false, false",
        "false, false, true, false", "true, false, true, false",
        "false, true, true, false", "true, true, true, false",
        "false, false, true, true", "true, true, true, true"})
    void shouldSendAndReceive(
        final boolean isPacked, final boolean isInOrder, final boolean isMergeable, final boolean hasIotlb)
        throws Exception
    {
        Features wanted = Features.of(NetProtocol.F_CSUM, NetProtocol.F_GUEST_CSUM);
        wanted = isPacked ? wanted.with(FeatureBits.RING_PACKED) : wanted;
        wanted = isInOrder ? wanted.with(FeatureBits.IN_ORDER) : wanted;
        wanted = isMergeable ? wanted.with(NetProtocol.F_MRG_RXBUF) : wanted;
        final Path socket = directory.resolve("net.sock");
        try (TestPmd device = TestPmd.vhost(
                directory, socket, "queues=1" + (hasIotlb ? ",iommu-support=1" : ""), 0, Forward.RXONLY);
            SharedPool pool = new SharedPool(POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(socket, VhostUserSettings
                .of(DeviceType.NET, pool.shared()).withLimitMs(LIMIT_MS).withIotlb(hasIotlb));
            NetDriver net = new NetDriver(transport, pool.dma, transport.waiting(LIMIT_MS),
                new NetDriverSettings(1, QUEUE_SIZE, RECEIVE_LENGTH, wanted), this::onFrame))
        {
            assertEquals(wanted, net.features().and(wanted));
            assertEquals(0, transport.readConfig(0, Integer.BYTES), "DPDK has no configuration");
            for (final int bytes : LENGTHS)
            {
                final long start = System.nanoTime();
                length = bytes;
                send(net, device);
                receive(net, device);
                exchange(net, device);
                Step.report("ours to and from testpmd, length=" + bytes + ", packets=" + 3 * COUNT, start);
            }
            for (final NetFault fault : NetFault.values())
            {
                assertEquals(0, net.faults(fault), fault.name());
            }
        }
    }

    /** All that the driver got back as used is what testpmd counts. */
    private void send(final NetDriver net, final TestPmd device)
    {
        device.forward(Forward.RXONLY);
        final PortStats before = device.stats();
        device.begin();
        frame.setMemory(0, length, (byte)0);
        for (int i = 0; i < COUNT; )
        {
            if (net.send(0, frame, 0, length))
            {
                i++;
            }
            else
            {
                net.await();
            }
        }
        net.flush();
        while (net.inFlight(0) > 0)
        {
            net.await();
        }
        final PortStats after = device.awaitStats("packets of ours", LIMIT_S,
            (stats) -> stats.rxPackets() - before.rxPackets() >= COUNT);
        device.end();
        assertEquals(COUNT, after.rxPackets() - before.rxPackets());
        assertEquals((long)COUNT * length, after.rxBytes() - before.rxBytes());
        assertEquals(0, after.rxErrors() + after.rxMissed() + after.rxNombuf());
    }

    /** testpmd loses what there is no buffer for, and counts the rest as sent: all of that came. */
    private void receive(final NetDriver net, final TestPmd device)
    {
        device.forward(Forward.TXONLY);
        device.length(length);
        final PortStats before = device.stats();
        isChecked = false;
        received = 0;
        device.begin();
        while (received < COUNT)
        {
            net.await();
        }
        device.end();
        final PortStats after = device.stats();
        final long sent = after.txPackets() - before.txPackets();
        while (received < sent)
        {
            net.await();
        }
        assertEquals(sent, received);
        assertEquals(sent * length, after.txBytes() - before.txBytes());
    }

    private void exchange(final NetDriver net, final TestPmd device)
    {
        device.forward(Forward.IO);
        final PortStats before = device.stats();
        isChecked = true;
        received = 0;
        device.begin();
        int sent = 0;
        while (received < COUNT)
        {
            while (sent < COUNT && sent - received < WINDOW && net.send(0, fill(sent), 0, length))
            {
                sent++;
            }
            net.await();
        }
        device.end();
        final PortStats after = device.stats();
        assertEquals(COUNT, received);
        assertEquals(COUNT, after.rxPackets() - before.rxPackets());
        assertEquals(COUNT, after.txPackets() - before.txPackets());
        assertEquals(0, net.doWork(), "more came than was sent");
    }

    private UnsafeBuffer fill(final int number)
    {
        for (int i = NetProtocol.ETHERNET_LENGTH; i <= length - Integer.BYTES; i += Integer.BYTES)
        {
            frame.putInt(i, number * 31 + i);
        }
        return frame;
    }

    private void onFrame(
        final int pair, final DirectBuffer buffer, final int offset, final int bytes, final NetHeader header)
    {
        assertEquals(length, bytes);
        if (isChecked)
        {
            for (int i = NetProtocol.ETHERNET_LENGTH; i <= length - Integer.BYTES; i += Integer.BYTES)
            {
                if (buffer.getInt(offset + i) != received * 31 + i)
                {
                    throw new AssertionError("packet is another one or changed: number=" + received + ", at=" + i +
                        ", was=" + buffer.getInt(offset + i));
                }
            }
        }
        received++;
    }
}
