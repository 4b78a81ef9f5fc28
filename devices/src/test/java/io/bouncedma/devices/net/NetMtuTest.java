/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a driver that was told an MTU sends and gets (virtio 1.4, sections 5.1.4.1 and 5.1.4.2): no packet that is
 * longer, in either direction, behind its Ethernet header and VLAN tags, unless it is cut before it goes on.
 */
final class NetMtuTest
{
    private static final int MTU = 600;
    private static final int RX = 0;
    private static final int TX = 1;

    private final NetMemory memory = new NetMemory(1024 * 1024);
    private final ListPort port = new ListPort();
    private final HandQueue queue = new HandQueue(memory, false);
    private final NetDevice net = new NetDevice(NetSettings.of(NetFrames.MAC).mtu(MTU), List.of(port));

    @AfterEach
    void close()
    {
        net.close();
        queue.close();
        memory.close();
    }

    @ParameterizedTest(name = "{0} bytes, type {1}, told {2}, segmented {3}: passes {4}")
    @CsvSource({
        "614, 0800, true, false, true", "615, 0800, true, false, false", "618, 81000001, true, false, true",
        "618, 0800, true, false, false", "619, 81000001, true, false, false",
        "622, 88a8000181000002, true, false, true", "623, 88a8000181000002, true, false, false",
        "626, 810000018100000281000003, true, false, false", "1514, 0800, true, true, true",
        "1514, 0800, false, false, true"})
    void shouldPassNoPacketThatIsLongerThanTheMtu(
        final int length, final String type, final boolean isTold, final boolean isSegmented, final boolean passes)
    {
        final Features features = NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS);
        net.activate(Features.MANDATORY.or(isTold ? features.with(NetProtocol.F_MTU) : features));
        final byte[] frame = new byte[length];
        final byte[] types = HexFormat.of().parseHex(type);
        System.arraycopy(types, 0, frame, 12, types.length);
        final NetHeader header = new NetHeader();
        if (isSegmented)
        {
            header.needsChecksum(34, 16).segmented(NetHeader.GSO_TCPV4, 54, MTU - 40);
        }
        queue.add(List.of(NetFrames.together(header, frame)));
        assertEquals(1, net.process(TX, queue.device));
        assertEquals(0, queue.take().length);
        assertEquals(passes ? 1 : 0, port.sent.size());
        queue.add(List.of(), 2048);
        port.toReceive.add(new ListPort.Frame(NetFrames.header(header), Arrays.copyOf(frame, length)));
        assertTrue(net.process(RX, queue.device) > 0);
        final byte[] received = queue.take();
        assertEquals(passes ? NetHeader.LENGTH + length : -1, null == received ? -1 : received.length);
        assertEquals(passes ? 0 : 2, net.counters().dropped(NetDrop.TOO_LONG));
        assertEquals(MTU, net.readConfig(NetProtocol.CONFIG_MTU) | net.readConfig(NetProtocol.CONFIG_MTU + 1) << 8);
        assertTrue(net.features().has(NetProtocol.F_MTU));
    }
}
