/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Tap;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.Features;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Linux's own network stack at the other end of a tap: UDP both ways, with checksums left to either side. Needs root,
 * {@code /dev/net/tun} and the command {@code ip}.
 */
@Tag("peers")
class TapPortTest
{
    private static final String KERNEL = "10.213.77.1";
    private static final String OURS = "10.213.77.2";
    private static final int PORT = 7777;
    private static final int UDP_OFFSET = 34;
    private static final int PAYLOAD_OFFSET = 42;
    private static final int LIMIT_MS = TestLimits.millis(60_000);

    private final List<Tap> taps = new ArrayList<>();
    private final List<byte[]> payloads = new ArrayList<>();
    private final List<Integer> flags = new ArrayList<>();
    private NetVm vm;

    @AfterEach
    void close()
    {
        if (null != vm)
        {
            vm.close();
        }
        taps.forEach(Tap::close);
    }

    @ParameterizedTest(name = "checksums left to the other side: {0}")
    @ValueSource(booleans = {false, true})
    void shouldTalkToTheKernel(final boolean leavesChecksums) throws Exception
    {
        open(1, leavesChecksums ? NetDriverSettings.USUAL :
            NetDriverSettings.USUAL.without(NetProtocol.F_CSUM).without(NetProtocol.F_GUEST_CSUM));
        final byte[] text = NetFrames.random(new Random(4), 900);
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(KERNEL, PORT)))
        {
            socket.setSoTimeout(LIMIT_MS);
            socket.send(new DatagramPacket(text, text.length, InetAddress.getByName(OURS), PORT));
            pump(1);
            assertArrayEquals(text, payloads.get(0));
            assertEquals(leavesChecksums ? NetHeader.FLAG_NEEDS_CSUM : 0, flags.get(0));

            final byte[] frame = frame(text, leavesChecksums);
            final NetHeader header = new NetHeader();
            if (leavesChecksums)
            {
                header.needsChecksum(UDP_OFFSET, 6);
            }
            assertTrue(vm.driver.send(0, new UnsafeBuffer(frame), 0, frame.length, header));
            vm.driver.flush();
            vm.work();
            final DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            socket.receive(answer);
            assertArrayEquals(text, Arrays.copyOf(answer.getData(), answer.getLength()));
        }
        assertEquals(1, vm.device.counters().sent());
        ip("link", "set", taps.get(0).name(), "down");
        final byte[] frame = frame(text, false);
        vm.driver.send(0, new UnsafeBuffer(frame), 0, frame.length);
        vm.driver.flush();
        vm.work();
        assertEquals(1, vm.device.counters().dropped(NetDrop.REFUSED), "the interface is down");
    }

    @Test
    void shouldUseSeveralQueues() throws Exception
    {
        open(3, NetDriverSettings.USUAL);
        assertEquals(3, vm.driver.pairs());
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(KERNEL, PORT)))
        {
            for (int count = 3; count >= 1; count -= 2)
            {
                vm.driver.setPairs(count);
                payloads.clear();
                for (int i = 0; i < 30; i++)
                {
                    // Each port another flow, which the kernel spreads over the queues that take part.
                    socket.send(new DatagramPacket(new byte[]{(byte)i}, 1, InetAddress.getByName(OURS), 1000 + i));
                }
                pump(30);
                assertEquals(30, payloads.size());
            }
        }
    }

    private void open(final int queues, final Features wanted) throws Exception
    {
        taps.add(Tap.open("bouncedma%d", queues > 1));
        for (int i = 1; i < queues; i++)
        {
            taps.add(Tap.open(taps.get(0).name(), true));
        }
        final List<TapPort> ports = IntStream.range(0, queues)
            .mapToObj((i) -> new TapPort(taps.get(i), queues > 1)).toList();
        vm = new NetVm(new NetDevice(NetSettings.of(NetFrames.MAC), ports),
            new NetDriverSettings(queues, 64, 2048, wanted), 4 * 1024 * 1024,
            (pair, buffer, offset, length, header) -> received(buffer, offset, length, header));
        vm.work();
        final String name = taps.get(0).name();
        ip("link", "set", name, "up");
        ip("addr", "add", KERNEL + "/30", "dev", name);
        ip("neigh", "add", OURS, "lladdr", NetSettings.macText(NetFrames.MAC), "dev", name);
    }

    /** UDP over IPv4 is kept; the kernel also talks about itself. */
    private void received(final DirectBuffer buffer, final int offset, final int length, final NetHeader header)
    {
        final byte[] frame = new byte[length];
        buffer.getBytes(offset, frame);
        if (length > PAYLOAD_OFFSET && 0x08 == frame[12] && 0x00 == frame[13] && 17 == frame[23])
        {
            final boolean needsChecksum = 0 != (header.flags() & NetHeader.FLAG_NEEDS_CSUM);
            final byte[] whole = needsChecksum ?
                NetFrames.checksummed(frame, header.csumStart(), header.csumOffset()) : frame;
            assertEquals(0, checksum(whole), "sum of pseudo header and UDP");
            payloads.add(Arrays.copyOfRange(frame, PAYLOAD_OFFSET, length));
            flags.add(header.flags());
        }
    }

    private void pump(final int count)
    {
        final long start = System.nanoTime();
        while (payloads.size() < count && System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(LIMIT_MS))
        {
            vm.work();
            vm.driver.doWork();
        }
        assertTrue(payloads.size() >= count, "came: " + payloads.size());
    }

    /** A frame from our address to the kernel's, with its UDP checksum or the sum of the pseudo header in its place. */
    private byte[] frame(final byte[] text, final boolean leavesChecksum) throws IOException
    {
        final byte[] frame = new byte[PAYLOAD_OFFSET + text.length];
        final UnsafeBuffer view = new UnsafeBuffer(frame);
        view.putBytes(0, hardwareAddress());
        view.putBytes(6, new byte[]{0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 0, 0x45, 0});
        putShort(frame, 16, frame.length - 14);
        frame[22] = 64;
        frame[23] = 17;
        view.putBytes(26, InetAddress.getByName(OURS).getAddress());
        view.putBytes(30, InetAddress.getByName(KERNEL).getAddress());
        System.arraycopy(NetFrames.checksummed(Arrays.copyOf(frame, UDP_OFFSET), 14, 10), 0, frame, 0, UDP_OFFSET);
        putShort(frame, UDP_OFFSET, PORT);
        putShort(frame, UDP_OFFSET + 2, PORT);
        putShort(frame, UDP_OFFSET + 4, text.length + 8);
        System.arraycopy(text, 0, frame, PAYLOAD_OFFSET, text.length);
        putShort(frame, UDP_OFFSET + 6, pseudoSum(frame));
        return leavesChecksum ? frame : NetFrames.checksummed(frame, UDP_OFFSET, 6);
    }

    private byte[] hardwareAddress() throws IOException
    {
        return NetworkInterface.getByName(taps.get(0).name()).getHardwareAddress();
    }

    private static int pseudoSum(final byte[] frame)
    {
        long sum = 17 + (frame.length - UDP_OFFSET);
        for (int i = 26; i < UDP_OFFSET; i += 2)
        {
            sum += (frame[i] & 0xff) << 8 | frame[i + 1] & 0xff;
        }
        return (int)((sum & 0xffff) + (sum >> 16));
    }

    /** Zero if the checksum is right. */
    private static int checksum(final byte[] frame)
    {
        long sum = pseudoSum(frame);
        for (int i = UDP_OFFSET; i < frame.length; i += 2)
        {
            sum += (frame[i] & 0xff) << 8 | (i + 1 < frame.length ? frame[i + 1] & 0xff : 0);
        }
        while (sum > 0xffff)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int)~sum & 0xffff;
    }

    private static void putShort(final byte[] frame, final int at, final int value)
    {
        frame[at] = (byte)(value >> 8);
        frame[at + 1] = (byte)value;
    }

    private static void ip(final String... arguments) throws Exception
    {
        final List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), () -> command + ": " + output);
    }
}
