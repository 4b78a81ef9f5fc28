/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.DirectTransport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The front-end against a device that does as it is told: what comes in whatever a device claims, and what goes out.
 */
class NetDriverTest
{
    private static final int LENGTH = 2048;
    private static final Features OFFLOADS = NetProtocol.GUEST_OFFLOADS.or(NetProtocol.HOST_OFFLOADS);
    private static final Features NET = NetDriverSettings.USUAL.minus(Features.RING).or(OFFLOADS);

    private final NetMemory memory = new NetMemory(512 * 1024);
    private final HandNet device = new HandNet();
    private final List<byte[]> received = new ArrayList<>();
    private final List<byte[]> headers = new ArrayList<>();
    private DirectTransport transport;
    private NetDriver net;
    /** Bus address of the receive queue's device area. */
    private long usedAddress;

    @AfterEach
    void close()
    {
        if (null != net)
        {
            net.close();
            net.close();
        }
        memory.close();
    }

    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldPutAFrameTogether(final boolean isPacked)
    {
        open(isPacked ? NET.with(FeatureBits.RING_PACKED) : NET);
        final byte[] frame = NetFrames.random(new Random(3), 5000);
        final NetHeader header = new NetHeader().needsChecksum(34, 16).segmented(NetHeader.GSO_TCPV4, 54, 1460);
        header.numBuffers(4);
        final byte[] all = NetFrames.together(header, frame);
        device.toWrite.add(Arrays.copyOfRange(all, 0, 13));
        device.toWrite.add(Arrays.copyOfRange(all, 13, 2061));
        device.toWrite.add(Arrays.copyOfRange(all, 2061, 4109));
        device.toWrite.add(Arrays.copyOfRange(all, 4109, 5012));
        deliver(0, whole(60));
        assertArrayEquals(frame, received.get(0));
        assertArrayEquals(NetFrames.header(header), headers.get(0));
        assertEquals(60, received.get(1).length);
        assertEquals(2, net.received());
    }

    @ParameterizedTest(name = "{0} bytes written: {1}")
    @CsvSource({"0, SHORT", "11, SHORT", "12, SHORT", "25, SHORT", "26, ''"})
    void shouldTakeNoFrameThatIsTooShort(final int written, final String fault)
    {
        open(NET);
        expect(written < 12 ? new byte[written] : Arrays.copyOf(whole(60), written), fault);
    }

    @ParameterizedTest(name = "num_buffers {0} of {1}: {2}")
    @CsvSource({"0, 1, NO_BUFFERS", "2, 1, MISSING_BUFFERS", "65535, 1, MISSING_BUFFERS", "65535, 3, MISSING_BUFFERS"})
    void shouldBelieveNoNumberOfBuffers(final int claimed, final int written, final String fault)
    {
        open(NET);
        for (int i = 1; i < written; i++)
        {
            device.toWrite.add(new byte[20]);
        }
        final byte[] first = whole(60);
        new UnsafeBuffer(first).putShort(10, (short)claimed, ByteOrder.LITTLE_ENDIAN);
        device.toWrite.addFirst(first);
        deliver(1, whole(60));
        assertEquals(1, net.faults(NetFault.valueOf(fault)));
        assertEquals(1, received.size(), "the next frame comes");
        assertEquals(written + 1, transport.controller().ringStatistics().get(0).ended());
        assertEquals(0, net.doWork());
    }

    @Test
    void shouldTakeNoFrameThatIsLongerThanAnyCanBe()
    {
        try (NetMemory large = new NetMemory(2 * 1024 * 1024))
        {
            open(NET, 16, NetDriverSettings.MAX_RECEIVE_LENGTH, large);
            final byte[] first = new byte[NetDriverSettings.MAX_RECEIVE_LENGTH];
            first[10] = 2;
            device.toWrite.add(first);
            device.toWrite.add(new byte[1]);
            deliver(1, whole(60));
            assertEquals(1, net.faults(NetFault.TOO_LONG));
            assertEquals(1, received.size());
            net.close();
        }
    }

    @Test
    void shouldIgnoreTheNumberOfBuffersWithoutMerging()
    {
        open(NET.without(NetProtocol.F_MRG_RXBUF));
        final byte[] first = whole(60);
        first[10] = 77;
        expect(first, "");
    }

    @Test
    void shouldTakeNoFrameWithAClaimOfMoreThanItsBuffer()
    {
        open(NET);
        device.toWrite.add(whole(60));
        device.toWrite.add(whole(61));
        transport.controller().doWork();
        // The second one's length, behind the first one's entry of a split ring (2.7.8).
        final long used = memory.region.offsetOf(usedAddress);
        memory.region.memory(used + 4 + 8 + 4, 4).set(ValueLayout.JAVA_INT, 0, 0x7fff_ffff);
        assertEquals(2, net.doWork());
        assertEquals(1, received.size());
        assertEquals(1, net.faults(NetFault.OVERCLAIMED));
        deliver(1, whole(62));
        assertEquals(62, received.get(1).length);
    }

    @ParameterizedTest(name = "flags {0}, gso {1} of {2} behind {3}, checksum {4} + {5}: {6}")
    @CsvSource({
        "1, 0, 0, 0, 14, 44, ''", "1, 0, 0, 0, 14, 45, BAD_HEADER", "1, 0, 0, 0, 2, 0, BAD_HEADER",
        "1, 0, 0, 0, 65535, 65535, BAD_HEADER", "1, 4, 9, 40, 14, 2, ''", "0, 4, 9, 40, 14, 2, BAD_HEADER",
        "1, 4, 0, 40, 14, 2, BAD_HEADER", "1, 4, 9, 61, 14, 2, BAD_HEADER", "1, 0x80, 9, 9, 14, 2, BAD_HEADER",
        "1, 7, 9, 9, 14, 2, BAD_HEADER", "2, 0, 0, 0, 0, 0, ''"})
    void shouldJudgeHeaders(
        final String flags,
        final String gso,
        final int size,
        final int before,
        final int start,
        final int offset,
        final String fault)
    {
        open(NET);
        final NetHeader header = new NetHeader().needsChecksum(start, offset)
            .segmented(Integer.decode(gso), before, size);
        header.flags(Integer.decode(flags));
        header.numBuffers(1);
        expect(NetFrames.together(header, new byte[60]), fault);
    }

    @Test
    void shouldTakeNoOffloadThatWasNotNegotiated()
    {
        open(NET.minus(OFFLOADS));
        final NetHeader header = new NetHeader().needsChecksum(14, 2);
        header.numBuffers(1);
        expect(NetFrames.together(header, new byte[60]), "BAD_HEADER");
        header.clear();
        header.flags(NetHeader.FLAG_DATA_VALID);
        header.numBuffers(1);
        expect(NetFrames.together(header, new byte[60]), "");
        assertEquals(0, headers.get(0)[0], "nor a word about its checksum");
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[60]);
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> net.send(0, frame, 0, 60, new NetHeader().needsChecksum(14, 2)));
        assertTrue(e.getMessage().contains("not negotiated"), e::getMessage);
    }

    @Test
    void shouldSendFramesWithTheirHeaders()
    {
        open(NET);
        final byte[] frame = NetFrames.random(new Random(5), 200);
        final NetHeader header = new NetHeader().needsChecksum(34, 6).segmented(NetHeader.GSO_TCPV4, 54, 100);
        assertTrue(net.send(0, new UnsafeBuffer(frame), 10, 150, header));
        assertEquals(1, net.inFlight(0));
        net.flush();
        transport.controller().doWork();
        assertArrayEquals(NetFrames.together(header, Arrays.copyOfRange(frame, 10, 160)), device.came.get(0));
        assertEquals(1, net.doWork());
        assertEquals(0, net.inFlight(0));
        for (final int length : new int[]{0, 13, NetProtocol.FRAME_MAX + 1})
        {
            assertThrows(IllegalArgumentException.class,
                () -> net.send(0, new UnsafeBuffer(new byte[70000]), 0, length));
        }
        assertThrows(IllegalArgumentException.class, () -> net.send(1, new UnsafeBuffer(frame), 0, 100));
        assertThrows(IllegalArgumentException.class,
            () -> net.send(0, new UnsafeBuffer(frame), 0, 100, new NetHeader().needsChecksum(99, 0)));
        net.close();
        assertThrows(IllegalStateException.class, () -> net.send(0, new UnsafeBuffer(frame), 0, 100));
    }

    @Test
    void shouldSayThatThereIsNoRoomAndGoOnWhenThereIs()
    {
        open(NET);
        device.takesFrames = false;
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[1000]);
        int sent = 0;
        while (net.send(0, frame, 0, 1000))
        {
            sent++;
        }
        assertEquals(8, sent, "two descriptors of sixteen for each");
        device.takesFrames = true;
        assertTrue(net.await() > 0);
        assertTrue(net.send(0, frame, 0, 1000));
    }

    @Test
    void shouldSendCommandsAndSayWhatWasRefused()
    {
        open(NET);
        net.commands().setPromiscuous(false);
        net.commands().setAllMulticast(true);
        net.commands().setMac(0x020304050607L);
        net.commands().setVlan(0x123, true);
        net.commands().setVlan(0x123, false);
        net.commands().setFilter(Set.of(0x020000000001L), Set.of(0x333300000001L));
        net.commands().announced();
        final String[] expected = {"000000", "000101", "0101020304050607", "02002301",
            "02012301", "010001000000" + "020000000001" + "01000000" + "333300000001", "0300"};
        for (int i = 0; i < expected.length; i++)
        {
            assertEquals(expected[i], HexFormat.of().formatHex(device.came.get(i)));
        }
        device.ack = NetProtocol.ACK_ERR;
        final VirtioException e = assertThrows(VirtioException.class, () -> net.commands().setPromiscuous(true));
        assertTrue(e.getMessage().contains("command=PROMISC, ack=1"), e::getMessage);
        device.ack = -1;
        final VirtioException none = assertThrows(VirtioException.class, () -> net.commands().setPromiscuous(true));
        assertTrue(none.getMessage().contains("ack=none"), none::getMessage);
        assertThrows(VirtioException.class, () -> net.setPairs(1), "MQ needs two pairs to be offered");
        device.takesCommands = false;
        assertThrows(TimeLimitException.class, () -> net.commands().setPromiscuous(true));
        assertThrows(VirtioException.class, () -> net.commands().setPromiscuous(true), "one is not answered");
        device.takesCommands = true;
        device.ack = NetProtocol.ACK_OK;
        transport.controller().doWork();
        net.commands().setPromiscuous(true);
    }

    @Test
    void shouldRefuseAConfigurationThatCanNotBe()
    {
        device.config.putShort(NetProtocol.CONFIG_MTU, (short)67, ByteOrder.LITTLE_ENDIAN);
        final VirtioException mtu = assertThrows(VirtioException.class, () -> open(NET));
        assertTrue(mtu.getMessage().contains("mtu=67"), mtu::getMessage);
        device.config.putShort(NetProtocol.CONFIG_MTU, (short)9000, ByteOrder.LITTLE_ENDIAN);
        device.features = device.features.with(NetProtocol.F_MQ);
        device.config.putShort(NetProtocol.CONFIG_MAX_PAIRS, (short)0, ByteOrder.LITTLE_ENDIAN);
        final VirtioException pairs = assertThrows(VirtioException.class, () -> open(NET));
        assertTrue(pairs.getMessage().contains("max_virtqueue_pairs=0"), pairs::getMessage);
        device.config.putShort(NetProtocol.CONFIG_MAX_PAIRS, (short)1, ByteOrder.LITTLE_ENDIAN);
        open(NET);
        assertEquals(9000, net.mtu());
    }

    @Test
    void shouldTakeZeroOfATransportWithoutAConfigurationForNoAnswer()
    {
        device.config.setMemory(0, device.config.capacity(), (byte)0);
        device.features = device.features.without(NetProtocol.F_MQ);
        open(NET);
        assertEquals(NetProtocol.USUAL_MTU, net.mtu());
        assertEquals(0, net.mac());
    }

    @Test
    void shouldGiveBackWhatItTookIfThePoolIsTooSmall()
    {
        try (NetMemory small = new NetMemory(64 * 1024))
        {
            final VirtioException e = assertThrows(VirtioException.class, () -> open(NET, 64, LENGTH, small));
            assertTrue(e.getMessage().contains("receive buffers"), e::getMessage);
            assertEquals(0, small.pool.usedBytes());
        }
    }

    @Test
    void shouldSeeTheLinkAndTheWishForAnAnnouncement()
    {
        open(NET);
        assertTrue(net.isLinkUp());
        assertFalse(net.isToAnnounce());
        device.config.putShort(NetProtocol.CONFIG_STATUS, (short)2, ByteOrder.LITTLE_ENDIAN);
        transport.controller().configChanged();
        assertEquals(0, net.await(), "the configuration changed");
        assertFalse(net.isLinkUp());
        assertTrue(net.isToAnnounce());
    }

    private void open(final Features wanted)
    {
        open(wanted, 16, LENGTH, memory);
    }

    private void open(final Features wanted, final int queueSize, final int length, final NetMemory in)
    {
        transport = new DirectTransport(device, in.region)
        {
            @Override
            public void enableQueue(
                final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
            {
                super.enableQueue(queue, size, descArea, driverArea, deviceArea);
                usedAddress = 0 == queue ? deviceArea : usedAddress;
            }
        };
        final Waiting waiting = new Waiting(new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                transport.controller().doWork();
            }

            @Override
            public void idle()
            {
                transport.controller().doWork();
            }

            @Override
            public void reset()
            {
                // Nothing to forget.
            }
        }, PeerMonitor.ALWAYS_PRESENT, 100);
        net = new NetDriver(transport, in.dma, waiting, new NetDriverSettings(1, queueSize, length, wanted),
            (pair, buffer, offset, bytes, header) -> received(buffer, offset, bytes, header));
    }

    private void received(final DirectBuffer buffer, final int offset, final int length, final NetHeader header)
    {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        received.add(bytes);
        headers.add(NetFrames.header(header));
    }

    private static byte[] whole(final int length)
    {
        final NetHeader header = new NetHeader();
        header.numBuffers(1);
        return NetFrames.together(header, new byte[length]);
    }

    /** Have the device write what is to be written, the driver look, and then one frame more. */
    private void deliver(final int faults, final byte[] last)
    {
        transport.controller().doWork();
        net.doWork();
        device.toWrite.add(last);
        transport.controller().doWork();
        net.doWork();
        long sum = 0;
        for (final NetFault fault : NetFault.values())
        {
            sum += net.faults(fault);
        }
        assertEquals(faults, sum);
    }

    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldTouchNothingThatIsAnotherOnesOnceItIsClosed(final boolean isPacked)
    {
        open(isPacked ? NET.with(FeatureBits.RING_PACKED) : NET);
        // Not published yet: that would be a write into the ring.
        assertTrue(net.send(0, new UnsafeBuffer(new byte[60]), 0, 60));
        net.close();
        final List<CoherentBuffer> others = new ArrayList<>();
        for (int length = 256 * 1024; length >= 64; length /= 2)
        {
            CoherentBuffer other = memory.dma.allocateCoherent(length, 64);
            while (null != other)
            {
                others.add(other);
                other = memory.dma.allocateCoherent(length, 64);
            }
        }
        assertThrows(RingException.class, net::doWork);
        assertThrows(RingException.class, net::flush);
        for (final CoherentBuffer other : others)
        {
            for (int i = 0; i < other.length(); i++)
            {
                assertEquals(0, other.view().getByte(i), "written into: offset=" + i);
            }
            other.close();
        }
    }

    private void expect(final byte[] written, final String fault)
    {
        final int before = received.size();
        device.toWrite.add(written);
        transport.controller().doWork();
        assertEquals(1, net.doWork());
        if (fault.isEmpty())
        {
            assertEquals(before + 1, received.size());
        }
        else
        {
            assertEquals(before, received.size());
            assertEquals(1, net.faults(NetFault.valueOf(fault)));
        }
    }
}
