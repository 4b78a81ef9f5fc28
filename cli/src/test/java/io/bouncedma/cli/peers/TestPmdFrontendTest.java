/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.peers.TestPmd.Forward;
import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.Waiting;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * Our front-end and DPDK's vhost port, which has no memory slots, no configuration and no file of chains in flight, but
 * a status, packed rings and, if asked, an IOTLB: packets go there and come back, each once and as they were.
 */
@Tag("peers")
class TestPmdFrontendTest
{
    private static final int POOL_LENGTH = 1 << 20;
    private static final int LIMIT_MS = 30_000;
    private static final int QUEUE_SIZE = 64;
    private static final int PACKETS = 20_000;
    /** 5.1.6.1: the header of every packet. */
    private static final int HEADER = 12;
    private static final int LENGTH = HEADER + 64;
    private static final int ROOM = 2048;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    @TempDir
    private Path directory;
    private CoherentBuffer sent;
    private CoherentBuffer received;
    private DriverRing receive;
    private DriverRing transmit;
    private int nextSent;
    private int nextReceived;

    @ParameterizedTest(name = "packed={0}, in order={1}, iommu-support={2}")
    @CsvSource({"false, false, false", "false, true, false", "true, false, false", "true, true, false",
        "false, false, true", "true, false, true"})
    void shouldSendPacketsThereAndBack(final boolean isPacked, final boolean isInOrder, final boolean hasIotlb)
        throws Exception
    {
        Features ring = isPacked ? Features.of(FeatureBits.RING_PACKED) : Features.NONE;
        ring = isInOrder ? ring.with(FeatureBits.IN_ORDER) : ring;
        final Path socket = directory.resolve("net.sock");
        try (TestPmd device =
                TestPmd.vhost(directory, socket, "queues=1" + (hasIotlb ? ",iommu-support=1" : ""), 0, Forward.IO);
            SharedPool pool = new SharedPool(POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(socket, VhostUserSettings
                .of(DeviceType.NET, pool.shared()).withLimitMs(LIMIT_MS).withIotlb(hasIotlb)))
        {
            device.begin();
            sent = pool.dma.allocateCoherent(QUEUE_SIZE * ROOM, 64);
            received = pool.dma.allocateCoherent(QUEUE_SIZE * ROOM, 64);
            try (VirtioDriver driver = new VirtioDriver(transport, pool.dma, DeviceType.NET, ring))
            {
                assertEquals(isPacked, driver.features().has(FeatureBits.RING_PACKED));
                assertEquals(isInOrder, driver.features().has(FeatureBits.IN_ORDER));
                assertEquals(0, transport.readConfig(0, 4), "DPDK has no configuration");
                receive = driver.enableQueue(RECEIVE, QUEUE_SIZE, 1);
                transmit = driver.enableQueue(TRANSMIT, QUEUE_SIZE, 1);
                driver.start();
                driver.requireWorking();
                exchange(driver, transport);
            }
            assertEquals(PACKETS, device.stats().rxPackets());
            sent.close();
            received.close();
        }
    }

    private void exchange(final VirtioDriver driver, final VhostUserTransport transport)
    {
        for (int i = 0; i < QUEUE_SIZE; i++)
        {
            add(receive, received, i, ROOM, false);
        }
        kick(driver, receive, RECEIVE);
        final Waiting.Wait wait = transport.waiting(LIMIT_MS).start("packets");
        while (nextReceived < PACKETS)
        {
            // No more under way than there is room for on the way back.
            while (nextSent < PACKETS && nextSent - nextReceived < QUEUE_SIZE / 2 && transmit.hasRoom(1))
            {
                final int slot = nextSent % QUEUE_SIZE;
                sent.view().setMemory(slot * ROOM, LENGTH, (byte)0);
                sent.view().putInt(slot * ROOM + HEADER + 14, nextSent);
                add(transmit, sent, slot, LENGTH, true);
                nextSent++;
            }
            kick(driver, transmit, TRANSMIT);
            if (take())
            {
                kick(driver, receive, RECEIVE);
                wait.progress();
            }
            else if (receive.enableInterrupts())
            {
                wait.pause();
                transport.takeInterrupts();
            }
        }
    }

    private boolean take()
    {
        boolean isDone = false;
        while (transmit.poll())
        {
            isDone = true;
        }
        while (receive.poll())
        {
            final int slot = (int)receive.token();
            assertEquals(LENGTH, receive.written());
            assertEquals(nextReceived, received.view().getInt(slot * ROOM + HEADER + 14));
            nextReceived++;
            add(receive, received, slot, ROOM, false);
            isDone = true;
        }
        return isDone;
    }

    private static void add(final DriverRing ring, final CoherentBuffer buffers, final int slot, final int length,
        final boolean isReadable)
    {
        assertNotEquals(DriverRing.FULL, ring.add(new long[]{buffers.busAddress() + slot * ROOM}, new int[]{length},
            isReadable ? 1 : 0, isReadable ? 0 : 1, slot));
    }

    private static void kick(final VirtioDriver driver, final DriverRing ring, final int queue)
    {
        if (ring.publish())
        {
            driver.kick(queue);
        }
    }
}
