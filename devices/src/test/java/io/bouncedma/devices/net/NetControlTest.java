/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The control queue of the back-end (virtio 1.4, section 5.1.6.5), by commands made by hand, and what they change.
 */
class NetControlTest
{
    private static final int CONTROL = 2;
    private static final String OWN = "525400123456";
    private static final String OTHER = "020000000001";
    private static final String GROUP = "333300000001";
    private static final String ALL = "ffffffffffff";

    private final NetMemory memory = new NetMemory(1024 * 1024);
    private final ListPort port = new ListPort();
    private final HandQueue queue = new HandQueue(memory, false);
    private final NetDevice net = new NetDevice(NetSettings.of(NetFrames.MAC), List.of(port));

    @AfterEach
    void close()
    {
        net.close();
        queue.close();
        memory.close();
    }

    @ParameterizedTest(name = "command {0}: ack {1}")
    @CsvSource({
        "000001, 0", "000000, 0", "000101, 0", "0000, 1", "00000101, 1", "000201, 1", "0005, 1",
        "0101020304050607, 0", "01010203040506, 1", "010102030405060708, 1",
        "010000000000" + "00000000, 0", "0100" + "01000000" + "020000000001" + "00000000, 0",
        "0100" + "01000000" + "020000000001" + "00000000" + "00, 1",
        "0100" + "01000000" + "020000000001" + "01000000, 1",
        "0100" + "ffffffff" + "00000000, 1", "0100" + "02000000" + "020000000001, 1", "0100, 1", "010000, 1",
        "0100" + "00000000" + "ffffff7f, 1", "0102, 1",
        "02000100, 0", "02010100, 0", "0200ff0f, 0", "02000010, 1", "020001, 1", "02020100, 1",
        "0300, 0", "030000, 1", "0301, 1", "04000100, 0", "04000000, 1", "04000200, 1", "04010100, 1", "040001, 1",
        "0500, 1", "ffff, 1"})
    void shouldAnswer(final String command, final int ack)
    {
        activate(NetDriverSettings.USUAL);
        assertArrayEquals(new byte[]{(byte)ack}, command(command));
        assertEquals(1, net.counters().commands());
    }

    @Test
    void shouldKnowNoCommandThatWasNotNegotiated()
    {
        activate(Features.of(NetProtocol.F_CTRL_VQ));
        for (final String command : List.of("000001", "0101020304050607", "01000000000000000000", "02000100", "0300",
            "04000100"))
        {
            assertArrayEquals(new byte[]{1}, command(command), command);
        }
    }

    @Test
    void shouldTakeCommandsInAnyPiecesAndRefuseWhatIsNone()
    {
        activate(NetDriverSettings.USUAL);
        queue.add(List.of(new byte[]{0}, new byte[]{0}, new byte[]{0}), 1);
        queue.add(List.of(new byte[]{0}), 1);
        queue.addOutside(List.of(new byte[]{0, 0}), 1);
        queue.add(List.of(new byte[]{0, 0, 1}), 5);
        assertEquals(4, net.process(CONTROL, queue.device));
        assertArrayEquals(new byte[]{0}, queue.take());
        assertArrayEquals(new byte[]{1}, queue.take());
        assertArrayEquals(new byte[]{1}, queue.take(), "its ack can be reached");
        assertArrayEquals(new byte[]{0}, queue.take());
        assertEquals(2, net.counters().dropped(NetDrop.MALFORMED_CHAIN));
        assertEquals(2, net.failures().last().count());
    }

    /** Linux has its ack at 0, which is OK: a command must not come back without one. */
    @Test
    void shouldStopTheRingWhereACommandCanNotBeAnswered()
    {
        activate(NetDriverSettings.USUAL);
        queue.add(List.of(new byte[]{0, 0, 1}));
        assertThrows(RingException.class, () -> net.process(CONTROL, queue.device));
        try (HandQueue other = new HandQueue(memory, false))
        {
            other.addOutside(true);
            assertThrows(RingException.class, () -> net.process(CONTROL, other.device));
        }
    }

    @Test
    void shouldLetAllInUntilADriverFilters()
    {
        activate(NetDriverSettings.USUAL);
        assertEquals(Set.of(OWN, OTHER, GROUP, ALL), whoPasses());
        command("000000");
        assertEquals(Set.of(OWN, ALL), whoPasses());
        command("000101");
        assertEquals(Set.of(OWN, GROUP, ALL), whoPasses());
        command("000100");
        command("0100" + "01000000" + OTHER + "01000000" + GROUP);
        assertEquals(Set.of(OWN, OTHER, GROUP, ALL), whoPasses());
        command("0100" + "00000000" + "00000000");
        assertEquals(Set.of(OWN, ALL), whoPasses());
        command("0101" + OTHER);
        assertEquals(Set.of(OTHER, ALL), whoPasses());
        assertEquals(2, net.readConfig(0), "and the configuration says so");
        final String many = LongStream.range(1, 66).mapToObj((i) -> String.format("04%010x", i))
            .collect(Collectors.joining());
        command("0100" + "41000000" + many + "00000000");
        assertEquals(Set.of(OWN, OTHER, ALL), whoPasses(), "more than the table has: all of the kind");
        net.reset();
        activate(NetDriverSettings.USUAL);
        assertEquals(Set.of(OWN, OTHER, GROUP, ALL), whoPasses());
        assertEquals(0x52, net.readConfig(0), "a reset brings the address back");
    }

    @Test
    void shouldFilterVlans()
    {
        activate(NetDriverSettings.USUAL);
        command("000000");
        assertFalse(passes(OWN + "020000000009" + "8100" + "0123" + "0800"));
        assertFalse(passes(OWN + "020000000009" + "8100" + "0000" + "0800"), "not even 0 is let in unasked");
        command("02002301");
        assertTrue(passes(OWN + "020000000009" + "8100" + "e123" + "0800"), "whatever its priority");
        assertTrue(passes(OWN + "020000000009" + "0800" + "0000"));
        command("02012301");
        assertFalse(passes(OWN + "020000000009" + "8100" + "0123" + "0800"));
        net.reset();
        activate(NetDriverSettings.USUAL.without(NetProtocol.F_CTRL_VLAN));
        command("000000");
        assertTrue(passes(OWN + "020000000009" + "8100" + "0123" + "0800"), "no filter was negotiated");
    }

    @Test
    void shouldAskForAnAnnouncementUntilItIsAcknowledged()
    {
        assertFalse(net.announce(), "no driver knows of it");
        activate(NetDriverSettings.USUAL);
        assertTrue(net.announce());
        assertFalse(net.announce());
        assertEquals(3, net.readConfig(NetProtocol.CONFIG_STATUS));
        command("0300");
        assertEquals(1, net.readConfig(NetProtocol.CONFIG_STATUS));
    }

    @Test
    void shouldUseSoManyPairsAsTheDriverSays()
    {
        final List<ListPort> ports = List.of(new ListPort(), new ListPort(), new ListPort());
        try (NetDevice device = new NetDevice(NetSettings.of(NetFrames.MAC), ports))
        {
            shouldUseSoManyPairsAsTheDriverSays(device, ports);
        }
    }

    private void shouldUseSoManyPairsAsTheDriverSays(final NetDevice device, final List<ListPort> ports)
    {
        device.activate(Features.MANDATORY.or(NetDriverSettings.USUAL));
        for (int queueIndex = 0; queueIndex < 6; queueIndex += 2)
        {
            device.process(queueIndex, queue.device);
        }
        assertEquals(List.of(true, false, false), ports.stream().map((each) -> each.isStarted).toList());
        queue.add(List.of(HexFormat.of().parseHex("04000300")), 1);
        assertEquals(0, device.process(CONTROL, queue.device), "with MQ this is a receive queue");
        assertEquals(1, device.process(6, queue.device));
        assertArrayEquals(new byte[]{0}, queue.take());
        device.process(4, queue.device);
        assertEquals(List.of(true, false, true), ports.stream().map((each) -> each.isStarted).toList());
        queue.add(List.of(HexFormat.of().parseHex("04000100")), 1);
        device.process(6, queue.device);
        assertEquals(1, device.pairs());
        assertEquals(List.of(true, false, false), ports.stream().map((each) -> each.isStarted).toList());
        device.reset();
        device.activate(Features.MANDATORY.or(NetDriverSettings.USUAL).without(NetProtocol.F_MQ));
        queue.take();
        queue.add(List.of(HexFormat.of().parseHex("000001")), 1);
        assertEquals(1, device.process(CONTROL, queue.device), "5.1.2: without MQ it is the third queue");
    }

    @Test
    void shouldLeaveAloneAQueueForCommandsThatTheDriverDeclined()
    {
        activate(Features.NONE);
        queue.add(List.of(HexFormat.of().parseHex("000001")), 1);
        assertEquals(0, net.process(CONTROL, queue.device));
        assertFalse(net.awaitsKick(CONTROL));
        net.resetQueue(CONTROL);
    }

    @Test
    void shouldForgetTheFrameOfAPairThatIsNotUsedAnyMore()
    {
        final List<ListPort> ports = List.of(new ListPort(), new ListPort());
        try (HandQueue receive = new HandQueue(memory, false);
            NetDevice device = new NetDevice(NetSettings.of(NetFrames.MAC), ports))
        {
            device.activate(Features.MANDATORY.or(NetDriverSettings.USUAL));
            queue.add(List.of(HexFormat.of().parseHex("04000200")), 1);
            device.process(4, queue.device);
            ports.get(1).toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH], new byte[60]));
            assertEquals(0, device.process(2, receive.device), "it waits for buffers");
            queue.add(List.of(HexFormat.of().parseHex("04000100")), 1);
            device.process(4, queue.device);
            assertEquals(1, device.counters().dropped(NetDrop.STOPPED));
            queue.add(List.of(HexFormat.of().parseHex("04000200")), 1);
            device.process(4, queue.device);
            receive.add(List.of(), 200);
            assertEquals(0, device.process(2, receive.device), "its memory is the port's again");
            assertEquals(0, device.counters().received());
        }
    }

    private void activate(final Features features)
    {
        net.activate(Features.MANDATORY.or(features));
        // Its index is the same: there is one pair.
        assertEquals(3, net.queueCount());
    }

    private byte[] command(final String hex)
    {
        queue.add(List.of(HexFormat.of().parseHex(hex)), 1);
        assertEquals(1, net.process(CONTROL, queue.device));
        return queue.take();
    }

    private Set<String> whoPasses()
    {
        return List.of(OWN, OTHER, GROUP, ALL).stream().filter((to) -> passes(to + "020000000009" + "0800"))
            .collect(Collectors.toSet());
    }

    private boolean passes(final String hex)
    {
        final long before = net.counters().received();
        port.toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH], HexFormat.of().parseHex(hex)));
        queue.add(List.of(), 200);
        net.process(0, queue.device);
        if (net.counters().received() > before)
        {
            queue.take();
            return true;
        }
        // The buffer is still there: something else takes it.
        port.toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH],
            HexFormat.of().parseHex(ALL + "0200000000090800")));
        net.process(0, queue.device);
        queue.take();
        return false;
    }
}
