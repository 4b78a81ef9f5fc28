/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The back-end against chains made by hand, byte by byte (virtio 1.4, section 5.1.6): what a driver may do and what it
 * may not.
 */
class NetDeviceTest
{
    private static final int RX = 0;
    private static final int TX = 1;
    private static final byte[] FRAME = NetFrames.random(new Random(1), 100);

    private final NetMemory memory = new NetMemory(1024 * 1024);
    private final ListPort port = new ListPort();
    private final List<NetDevice> devices = new ArrayList<>();
    private final HandQueue queue = new HandQueue(memory, false);
    private NetDevice net = started(NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS)
        .with(NetProtocol.F_MRG_RXBUF));

    @AfterEach
    void close()
    {
        devices.forEach(NetDevice::close);
        queue.close();
        memory.close();
    }

    @Test
    void shouldHaveTheConfigurationOfTheSpecification()
    {
        final NetDevice device = made(new NetDevice(
            new NetSettings(NetFrames.MAC, 9000, 256, true, 100), List.of(port, new ListPort(), new ListPort())));
        final byte[] config = new byte[device.configLength()];
        for (int i = 0; i < config.length; i++)
        {
            config[i] = (byte)device.readConfig(i);
        }
        assertArrayEquals(
            new byte[]{0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0, 3, 0, 0x28, 0x23}, config);
        assertEquals(7, device.queueCount());
        assertTrue(Features.of(NetProtocol.F_MTU, NetProtocol.F_MQ, NetProtocol.F_CTRL_VQ, NetProtocol.F_STATUS,
            NetProtocol.F_HOST_TSO4).isSubsetOf(device.features()));
        assertTrue(device.setLink(false));
        assertFalse(device.setLink(false));
        assertEquals(1, device.configVersion());
        assertEquals(0, device.readConfig(NetProtocol.CONFIG_STATUS));
    }

    @Test
    void shouldHaveOnlyDataQueuesBehindAFrontEndThatKeepsTheRest()
    {
        port.offloads = Features.NONE;
        final NetDevice device = made(new NetDevice(
            NetSettings.withoutControlQueue(NetFrames.MAC), List.of(port, new ListPort())));
        assertEquals(4, device.queueCount());
        assertEquals(2, device.pairs());
        assertFalse(device.features().has(NetProtocol.F_CTRL_VQ));
        assertFalse(device.features().has(NetProtocol.F_CSUM), "one port does not carry it");
        device.activate(Features.MANDATORY.with(NetProtocol.F_MQ).with(NetProtocol.F_CTRL_VQ));
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        assertEquals(1, device.process(3, queue.device), "the second pair is ready without a command");
        assertThrows(IllegalArgumentException.class, () -> new NetDevice(NetSettings.of(NetFrames.MAC), List.of()));
        assertThrows(IllegalArgumentException.class, () -> NetSettings.of(0x010000000001L), "multicast");
        assertEquals(NetFrames.MAC, NetSettings.parseMac("52:54:00:12:34:56"));
        assertEquals("52:54:00:12:34:56", NetSettings.macText(NetFrames.MAC));
        assertThrows(IllegalArgumentException.class, () -> NetSettings.parseMac("52:54:00:12:34"));
    }

    @ParameterizedTest(name = "header ends {0} bytes into the chain''s first element")
    @ValueSource(ints = {1, 6, 11, 12, 13, 26})
    void shouldTakeHeaderAndFrameInAnyPieces(final int cut)
    {
        final NetHeader header = new NetHeader().needsChecksum(14, 6);
        final byte[] all = NetFrames.together(header, FRAME);
        queue.add(List.of(Arrays.copyOf(all, cut), Arrays.copyOfRange(all, cut, cut + 1),
            Arrays.copyOfRange(all, cut + 1, all.length)));
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(0, queue.take().length);
        assertArrayEquals(FRAME, port.sent.get(0).bytes());
        assertArrayEquals(NetFrames.header(header), port.sent.get(0).header());
    }

    @ParameterizedTest(name = "{0} bytes behind the header")
    @CsvSource({"-12, MALFORMED_CHAIN", "-1, MALFORMED_CHAIN", "0, RUNT", "13, RUNT", "65558, TOO_LONG"})
    void shouldDropWhatIsNoFrame(final int length, final NetDrop reason)
    {
        queue.add(-NetHeader.LENGTH == length ? List.of() : List.of(new byte[NetHeader.LENGTH + length]), 1);
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(0, queue.take().length);
        assertEquals(Map.of(reason, 1L), net.counters().dropped());
        assertTrue(port.sent.isEmpty());
    }

    @Test
    void shouldCompleteAChainOutsideOfTheMemory()
    {
        queue.addOutside(false);
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(0, queue.take().length);
        assertEquals(1, net.counters().dropped(NetDrop.MALFORMED_CHAIN));
    }

    @ParameterizedTest(name = "flags {0}, gso {1} of {2} behind {3}, checksum {4} + {5}: {6}")
    @CsvSource({
        "1, 0, 0, 0, 14, 84, ''", "1, 0, 0, 0, 14, 85, BAD_HEADER", "1, 0, 0, 0, 13, 0, BAD_HEADER",
        "1, 0, 0, 0, 65535, 65535, BAD_HEADER", "1, 1, 50, 40, 34, 16, ''", "1, 0x81, 50, 40, 34, 16, ''",
        "1, 1, 0, 40, 34, 16, BAD_HEADER", "0, 1, 50, 40, 0, 0, BAD_HEADER", "1, 1, 50, 101, 34, 16, BAD_HEADER",
        "1, 2, 50, 40, 34, 16, UNSUPPORTED_OFFLOAD", "1, 5, 50, 40, 34, 16, UNSUPPORTED_OFFLOAD",
        "1, 0x83, 50, 40, 34, 16, UNSUPPORTED_OFFLOAD", "1, 0xff, 50, 40, 34, 16, UNSUPPORTED_OFFLOAD",
        "0xfe, 0, 7, 7, 7, 7, ''"})
    void shouldJudgeHeaders(
        final String flags,
        final String gso,
        final int size,
        final int before,
        final int start,
        final int offset,
        final String reason)
    {
        final NetHeader header = new NetHeader().needsChecksum(start, offset)
            .segmented(Integer.decode(gso), before, size);
        header.flags(Integer.decode(flags));
        queue.add(List.of(NetFrames.together(header, FRAME)));
        net.process(TX, queue.device);
        assertEquals(0, queue.take().length);
        if (reason.isEmpty())
        {
            // What is no wish does not go on.
            assertArrayEquals(0 == (Integer.decode(flags) & 1) ? new byte[12] : NetFrames.header(header),
                port.sent.get(0).header());
        }
        else
        {
            assertEquals(Map.of(NetDrop.valueOf(reason), 1L), net.counters().dropped());
        }
    }

    @Test
    void shouldTakeNoOffloadThatWasNotNegotiated()
    {
        net = started(Features.of(NetProtocol.F_HOST_TSO4));
        queue.add(List.of(NetFrames.together(new NetHeader().needsChecksum(14, 6), FRAME)));
        queue.add(List.of(NetFrames.together(
            new NetHeader().needsChecksum(14, 6).segmented(NetHeader.GSO_TCPV4, 40, 10), FRAME)));
        assertEquals(2, net.process(TX, queue.device));
        assertEquals(Map.of(NetDrop.UNSUPPORTED_OFFLOAD, 2L), net.counters().dropped(),
            "segmentation needs the checksum");
    }

    @Test
    void shouldLeaveFramesInTheRingWhileThePortHasNoRoom()
    {
        port.hasRoom = false;
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        assertEquals(0, net.process(TX, queue.device));
        assertFalse(net.awaitsKick(TX), "nobody kicks for room");
        port.hasRoom = true;
        assertEquals(1, net.process(TX, queue.device));
        assertTrue(net.awaitsKick(TX));
        assertEquals(1, port.sent.size());
        net = device(new NetSettings(NetFrames.MAC, 0, 16, true, 0), Features.NONE);
        port.hasRoom = false;
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        assertEquals(1, net.process(TX, queue.device));
        assertTrue(net.awaitsKick(TX), "who has no patience does not wait");
        assertEquals(1, net.counters().dropped(NetDrop.NO_ROOM));
        port.hasRoom = true;
        port.refuses = true;
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(1, net.counters().dropped(NetDrop.REFUSED));
    }

    @Test
    void shouldLoseFramesInBothDirectionsWhileTheLinkIsDown()
    {
        net.setLink(false);
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        net.process(TX, queue.device);
        receive(FRAME);
        assertEquals(1, net.process(RX, queue.device));
        assertEquals(2, net.counters().dropped(NetDrop.LINK_DOWN));
    }

    /** vhost-user, "Ring states": nothing new is received, and what is sent is discarded. */
    @Test
    void shouldLoseWhatIsSentWhileItsQueueIsOff()
    {
        port.hasRoom = false;
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        queue.add(List.of(new byte[3]));
        receive(FRAME);
        assertEquals(0, net.discard(RX, queue.device));
        assertEquals(2, net.discard(TX, queue.device));
        assertEquals(0, queue.device.inFlight());
        assertEquals(2, net.counters().dropped(NetDrop.SWITCHED_OFF));
        assertTrue(port.sent.isEmpty());
    }

    @Test
    void shouldSpreadAFrameOverBuffersAndSayOverHowMany()
    {
        receive(FRAME);
        queue.add(List.of(), 12);
        queue.add(List.of(), 1, 1);
        assertEquals(2, net.process(RX, queue.device), "two buffers are held");
        assertEquals(2, queue.device.inFlight());
        assertNull(queue.take());
        queue.add(List.of(), 90);
        assertEquals(1, net.process(RX, queue.device));
        queue.add(List.of(), 2000);
        assertTrue(net.process(RX, queue.device) > 0);
        final byte[] first = queue.take();
        assertArrayEquals(new byte[]{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0}, first);
        final byte[] all = new byte[100];
        int at = 0;
        for (final int length : new int[]{2, 90, 8})
        {
            final byte[] part = queue.take();
            assertEquals(length, part.length);
            System.arraycopy(part, 0, all, at, length);
            at += length;
        }
        assertArrayEquals(FRAME, all);
        assertNull(queue.take());
    }

    @Test
    void shouldWaitNoLongerThanItsPatienceForTheRestOfTheBuffers()
    {
        net = device(new NetSettings(NetFrames.MAC, 0, 16, true, 0), Features.of(NetProtocol.F_MRG_RXBUF));
        receive(FRAME);
        assertEquals(0, net.process(RX, queue.device), "without any buffer the frame waits");
        queue.add(List.of(), 60);
        net.process(RX, queue.device);
        assertEquals(Map.of(NetDrop.NO_BUFFERS, 1L), net.counters().dropped());
        receive(Arrays.copyOf(FRAME, 40));
        net.process(RX, queue.device);
        assertEquals(52, queue.take().length, "what was held is of use for a shorter one");
    }

    @Test
    void shouldLoseAFrameThatTheWholeRingHasNoRoomFor()
    {
        net = device(new NetSettings(NetFrames.MAC, 0, 16, true, 60_000), Features.of(NetProtocol.F_MRG_RXBUF));
        receive(NetFrames.random(new Random(1), 181));
        for (int i = 0; i < 15; i++)
        {
            queue.add(List.of(), 12);
        }
        assertEquals(15, net.process(RX, queue.device));
        assertTrue(net.counters().dropped().isEmpty());
        queue.add(List.of(), 12);
        net.process(RX, queue.device);
        assertEquals(Map.of(NetDrop.NO_BUFFERS, 1L), net.counters().dropped());
    }

    @Test
    void shouldPassOverBuffersThatCanNotBe()
    {
        receive(FRAME);
        queue.addOutside(true);
        queue.add(List.of(), 11);
        queue.add(List.of(new byte[200]));
        queue.add(List.of(), 112);
        assertTrue(net.process(RX, queue.device) > 0);
        assertEquals(3, net.counters().dropped(NetDrop.MALFORMED_CHAIN));
        for (int i = 0; i < 3; i++)
        {
            assertEquals(0, queue.take().length);
        }
        assertEquals(112, queue.take().length);
    }

    @Test
    void shouldDropWhatTheBuffersAreTooShortForWithoutMerging()
    {
        net = started(Features.NONE);
        receive(FRAME);
        receive(Arrays.copyOf(FRAME, 99));
        queue.add(List.of(), 60, 51);
        queue.add(List.of(), 200);
        assertTrue(net.process(RX, queue.device) > 0);
        assertEquals(Map.of(NetDrop.TOO_LONG, 1L), net.counters().dropped());
        final byte[] used = queue.take();
        assertEquals(111, used.length, "the buffer is used for the next frame");
        assertEquals(1, used[10], "5.1.6.4.1: one buffer");
        assertNull(queue.take(), "and the next buffer waits");
        assertEquals(0, queue.device.inFlight());
    }

    @Test
    void shouldForgetHeldBuffersAndTheFrameThatWaitsForMoreWhenTheQueueIsReset()
    {
        receive(FRAME);
        queue.add(List.of(), 50);
        assertEquals(1, net.process(RX, queue.device));
        assertTrue(port.isStarted);
        net.resetQueue(TX);
        assertTrue(port.isStarted);
        net.resetQueue(RX);
        assertFalse(port.isStarted);
        assertEquals(Map.of(NetDrop.STOPPED, 1L), net.counters().dropped());
        receive(FRAME);
        queue.add(List.of(), 200);
        assertTrue(net.process(RX, queue.device) > 0, "and it goes on");
        assertTrue(port.isStarted);
        assertEquals(112, queue.take().length, "in the next buffer");
        assertEquals(1, queue.device.inFlight());
        net.reset();
        assertFalse(port.isStarted);
    }

    @Test
    void shouldCompleteChecksumsForADriverThatDoesNot()
    {
        net = started(Features.of(NetProtocol.F_MRG_RXBUF));
        final Random random = new Random(7);
        for (int length = 14; length < 120; length++)
        {
            final byte[] frame = NetFrames.random(random, length + 4);
            final int start = 14 + random.nextInt(length - 13);
            final int offset = random.nextInt(length + 3 - start);
            port.toReceive.add(new ListPort.Frame(
                NetFrames.header(new NetHeader().needsChecksum(start, offset)), frame));
            queue.add(List.of(), 400);
            net.process(RX, queue.device);
            final byte[] used = queue.take();
            assertArrayEquals(NetFrames.checksummed(frame, start, offset),
                Arrays.copyOfRange(used, NetHeader.LENGTH, used.length), "length=" + length + ", start=" + start);
            assertArrayEquals(new byte[]{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, Arrays.copyOf(used, 12));
        }
        final byte[] ones = new byte[16];
        ones[14] = (byte)0xff;
        ones[15] = (byte)0xff;
        port.toReceive.add(new ListPort.Frame(NetFrames.header(new NetHeader().needsChecksum(14, 0)), ones));
        queue.add(List.of(), 400);
        net.process(RX, queue.device);
        assertArrayEquals(ones, Arrays.copyOfRange(queue.take(), 12, 28), "RFC 768: never zero");
        port.toReceive.add(new ListPort.Frame(NetFrames.header(new NetHeader().needsChecksum(14, 1)), ones));
        port.toReceive.add(new ListPort.Frame(NetFrames.header(
            new NetHeader().needsChecksum(14, 0).segmented(NetHeader.GSO_TCPV4, 14, 9)), ones));
        assertEquals(2, net.process(RX, queue.device));
        assertEquals(Map.of(NetDrop.BAD_HEADER, 1L, NetDrop.UNSUPPORTED_OFFLOAD, 1L), net.counters().dropped());
    }

    @Test
    void shouldPassOnWhatTheDriverAgreedTo()
    {
        final NetHeader header = new NetHeader().needsChecksum(34, 16).segmented(
            NetHeader.GSO_TCPV6 | NetHeader.GSO_ECN, 54, 20);
        port.toReceive.add(new ListPort.Frame(NetFrames.header(header), FRAME));
        queue.add(List.of(), 400);
        net.process(RX, queue.device);
        header.numBuffers(1);
        assertArrayEquals(NetFrames.together(header, FRAME), queue.take());
    }

    @Test
    void shouldWaitForItsInputOnlyWhileItHasBuffers()
    {
        try (NetPair cable = new NetPair("cable", 1, 4, 1500, Features.NONE))
        {
            net = made(new NetDevice(NetSettings.of(NetFrames.MAC), List.of(cable.left(0))));
            final Poller poller = new Poller();
            poller.add(net.wakeup());
            net.activate(Features.MANDATORY);
            assertEquals(0, net.process(RX, queue.device));
            assertFalse(net.awaitsKick(RX), "frames are what it waits for");
            final NetPort other = cable.right(0);
            other.start(Features.MANDATORY);
            assertEquals(0, poller.poll(0));
            send(other);
            assertEquals(1, poller.poll(0));
            assertEquals(0, net.process(RX, queue.device));
            assertTrue(net.awaitsKick(RX), "and now buffers");
            send(other);
            assertEquals(0, poller.poll(0), "frames tell nothing while there are none");
            queue.add(List.of(), 2000);
            queue.add(List.of(), 2000);
            assertTrue(net.process(RX, queue.device) > 0);
            assertEquals(0, net.process(RX, queue.device));
            assertFalse(net.awaitsKick(RX));
            assertEquals(0, poller.poll(0));
            send(other);
            assertEquals(1, poller.poll(0));
            net.reset();
            assertEquals(0, poller.poll(0), "no driver takes frames");
            other.claim().length(60);
            assertFalse(other.send());
        }
    }

    @Test
    void shouldComeBackByItselfWhileThePortHasNoRoom()
    {
        port.hasRoom = false;
        queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        assertEquals(0, net.process(TX, queue.device));
        final Poller poller = new Poller();
        poller.add(net.wakeup());
        assertEquals(1, poller.poll(TestLimits.millis(60_000)));
        port.hasRoom = true;
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(0, poller.poll(0));
    }

    @Test
    void shouldLoseNothingAtAPortThatTakesFramesSlowly()
    {
        net = device(new NetSettings(NetFrames.MAC, 0, 16, true, 1), Features.NONE);
        final Poller poller = new Poller();
        poller.add(net.wakeup());
        for (int i = 0; i < 8; i++)
        {
            queue.add(List.of(NetFrames.together(new NetHeader(), FRAME)));
        }
        for (int i = 0; i < 7; i++)
        {
            port.room = 1;
            assertEquals(1, net.process(TX, queue.device), "and the next one waits");
            assertFalse(net.awaitsKick(TX));
            // Longer than its patience.
            assertEquals(1, poller.poll(TestLimits.millis(60_000)));
        }
        assertEquals(Map.of(), net.counters().dropped());
        net.process(TX, queue.device);
        assertEquals(Map.of(NetDrop.NO_ROOM, 1L), net.counters().dropped(), "a port that takes none is another thing");
    }

    @Test
    void shouldWaitForShorterFramesWithTheBuffersOfOneThatWasLost()
    {
        try (NetPair cable = new NetPair("cable", 1, 4, 1500, Features.NONE))
        {
            net = made(new NetDevice(
                new NetSettings(NetFrames.MAC, 0, 16, true, 0), List.of(cable.left(0))));
            net.activate(Features.MANDATORY.with(NetProtocol.F_MRG_RXBUF));
            final Poller poller = new Poller();
            poller.add(net.wakeup());
            final NetPort other = cable.right(0);
            other.start(Features.MANDATORY);
            queue.add(List.of(), 100);
            net.process(RX, queue.device);
            send(other, 200);
            assertTrue(net.process(RX, queue.device) > 0);
            assertEquals(Map.of(NetDrop.NO_BUFFERS, 1L), net.counters().dropped());
            assertEquals(0, net.process(RX, queue.device));
            assertFalse(net.awaitsKick(RX), "a driver whose buffers are all here has no reason to kick");
            send(other, 60);
            assertEquals(1, poller.poll(0));
            assertTrue(net.process(RX, queue.device) > 0);
            assertEquals(72, queue.take().length);
        }
    }

    @Test
    void shouldHoldAMalformedBufferBehindOthersIfAllGoBackInOrder()
    {
        net = device(new NetSettings(NetFrames.MAC, 0, 16, true, 0), Features.of(NetProtocol.F_MRG_RXBUF));
        try (HandQueue ordered = new HandQueue(memory, Features.MANDATORY.with(FeatureBits.IN_ORDER)))
        {
            receive(FRAME);
            ordered.add(List.of(), 60);
            ordered.addOutside(true);
            ordered.add(List.of(), 30);
            ordered.addOutside(true);
            net.process(RX, ordered.device);
            assertEquals(Map.of(NetDrop.MALFORMED_CHAIN, 2L, NetDrop.NO_BUFFERS, 1L), net.counters().dropped());
            assertEquals(4, ordered.device.snapshot().chains().size(), "a ring can be stopped at any time");
            receive(Arrays.copyOf(FRAME, 70));
            net.process(RX, ordered.device);
            final byte[] first = ordered.take();
            assertEquals(60, first.length);
            assertEquals(3, first[10]);
            assertEquals(0, ordered.take().length);
            assertEquals(22, ordered.take().length);
            assertEquals(0, ordered.take().length, "of no use for the next one");
            assertEquals(0, ordered.device.inFlight());
        }
    }

    private NetDevice made(final NetDevice device)
    {
        devices.add(device);
        return device;
    }

    private static void send(final NetPort port)
    {
        send(port, 60);
    }

    private static void send(final NetPort port, final int length)
    {
        port.claim().length(length);
        assertTrue(port.send());
        port.flush();
    }

    private NetDevice started(final Features features)
    {
        return device(NetSettings.of(NetFrames.MAC), features);
    }

    private NetDevice device(final NetSettings settings, final Features features)
    {
        final NetDevice device = made(new NetDevice(settings, List.of(port)));
        device.activate(Features.MANDATORY.or(features));
        return device;
    }

    private void receive(final byte[] frame)
    {
        port.toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH], frame));
    }
}
