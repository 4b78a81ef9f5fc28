/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.HexDumpBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The messages on the wire, byte by byte, as vhost-user.rst has them and as QEMU and DPDK were seen to send them.
 */
class WireFormatTest
{
    private static final MemoryRegion REGION = new MemoryRegion(0x4000_0000L, 0x2000_0000L, 0x7ff7_5bff_f000L, 0x1000);

    /** "A vring state description". */
    @Test
    void shouldWriteAVringStateAsDocumented()
    {
        require("""
            01 00 00 00                 # index
            00 80 00 00                 # num
            """, new VringState(1, 0x8000), VringState::write, VringState::read);
        require("ff 00 00 00 ff ff ff ff", new VringState(255, 0xffff_ffffL), VringState::write, VringState::read);
    }

    /** "A vring address description", here one that QEMU sent. */
    @Test
    void shouldWriteAVringAddressAsDocumented()
    {
        final VringAddress address = new VringAddress(
            1, VringAddress.F_LOG, 0x7ff7_7bfd_c000L, 0x7ff7_7bfd_d000L, 0x7ff7_7bfd_c800L, 0x1ffd_e000L);
        require("""
            01 00 00 00                 # index
            01 00 00 00                 # flags: log
            00 c0 fd 7b f7 7f 00 00     # descriptor area
            00 d0 fd 7b f7 7f 00 00     # used ring: the device's
            00 c8 fd 7b f7 7f 00 00     # available ring: the driver's
            00 e0 fd 1f 00 00 00 00     # log
            """, address, VringAddress::write, VringAddress::read);
    }

    /** "A memory region description", behind eight bytes of padding. */
    @Test
    void shouldWriteAMemoryRegionAsDocumented()
    {
        require("""
            00 00 00 00 00 00 00 00     # padding
            00 00 00 40 00 00 00 00     # guest address
            00 00 00 20 00 00 00 00     # size
            00 f0 ff 5b f7 7f 00 00     # user address
            00 10 00 00 00 00 00 00     # offset in the file
            """, REGION, MemoryRegion::writeSingle, MemoryRegion::readSingle);
        final byte[] padded = encode(REGION::writeSingle);
        Arrays.fill(padded, 0, MemoryRegion.PADDING, (byte)0xa5);
        assertEquals(REGION, MemoryRegion.readSingle(Bytes.wrapForRead(padded)), "padding is not looked at");
    }

    /** "Multiple memory regions description". */
    @Test
    void shouldWriteAMemoryTableAsDocumented()
    {
        require("""
            02 00 00 00                 # regions
            00 00 00 00                 # padding
            00 00 00 40 00 00 00 00 00 00 00 20 00 00 00 00 00 f0 ff 5b f7 7f 00 00 00 10 00 00 00 00 00 00
            00 00 00 00 01 00 00 00 00 10 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
            """, List.of(REGION, new MemoryRegion(0x1_0000_0000L, 0x1000, 0x1_0000_0000L, 0)),
            MemoryRegion::writeTable, MemoryRegion::readTable);
        require("00 00 00 00 00 00 00 00", List.of(), MemoryRegion::writeTable, MemoryRegion::readTable);
    }

    /** "Log description". */
    @Test
    void shouldWriteALogAsDocumented()
    {
        require("""
            00 40 00 00 00 00 00 00     # size
            00 10 00 00 00 00 00 00     # offset
            """, new LogArea(0x4000, 0x1000), LogArea::write, LogArea::read);
        for (final LogArea area : List.of(new LogArea(0, 0), new LogArea(-1, 0), new LogArea(1, -1),
            new LogArea(Long.MAX_VALUE, 1)))
        {
            assertThrows(ProtocolException.class, () -> decode(encode(area::write), LogArea::read), area::toString);
        }
    }

    /** "An IOTLB message"; QEMU leaves garbage in the last six bytes. */
    @Test
    void shouldWriteAnIotlbMessageAsDocumented()
    {
        final IotlbMessage update =
            new IotlbMessage(0xffff_f000L, 0x1000, 0x7fb3_ec77_a000L, 3, IotlbMessage.UPDATE);
        require("""
            00 f0 ff ff 00 00 00 00     # iova
            00 10 00 00 00 00 00 00     # size
            00 a0 77 ec b3 7f 00 00     # user address
            03 02                       # permission: read and write; type: update
            00 00 00 00 00 00           # padding
            """, update, IotlbMessage::write, IotlbMessage::read);
        final byte[] seen = HexFormat.of().parseHex("00f0ffff00000000001000000000000000a077ecb37f00000302723c18eab4d4");
        assertEquals(update, decode(seen, IotlbMessage::read));
    }

    /** "Virtio device config space", here what QEMU asks for. */
    @Test
    void shouldWriteAConfigRangeAsDocumented()
    {
        final Bytes<?> bytes = Bytes.wrapForRead(bytes("""
            02 00 00 00                 # offset
            03 00 00 00                 # size
            01 00 00 00                 # flags: migration
            aa bb cc
            """));
        final ConfigRange range = ConfigRange.read(bytes);
        assertEquals(new ConfigRange(2, 3, ConfigRange.MIGRATION), range);
        assertEquals(3, bytes.readRemaining(), "the bytes are still to be read");
        assertArrayEquals(bytes("02 00 00 00 03 00 00 00 01 00 00 00"), encode(range::write));
    }

    /** "Inflight description", here QEMU's request and libvhost-user's reply. */
    @Test
    void shouldWriteAnInFlightAreaAsDocumented()
    {
        require("""
            00 00 00 00 00 00 00 00     # size
            00 00 00 00 00 00 00 00     # offset
            01 00                       # queues
            80 00                       # queue size
            00 00 00 00                 # padding
            """, new InFlightArea(0, 0, 1, 128), InFlightArea::write, InFlightArea::read);
        require("40 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 80 00 00 00 00 00",
            new InFlightArea(2112, 0, 1, 128), InFlightArea::write, InFlightArea::read);
        require("00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff fe ff 00 00 00 00",
            new InFlightArea(0, 0, 65535, 65534), InFlightArea::write, InFlightArea::read);
    }

    @Test
    void shouldWriteADoorbellAsDocumented()
    {
        assertEquals(0x05, VringFd.payload(5, true));
        assertEquals(0x105, VringFd.payload(5, false));
        assertTrue(VringFd.hasFd(0x05));
        assertFalse(VringFd.hasFd(0x105));
        assertEquals(255, VringFd.index(0x1ff));
        assertThrows(ProtocolException.class, () -> VringFd.index(0x200));
        assertThrows(ProtocolException.class, () -> VringFd.index(-1));
    }

    @Test
    void shouldKeepNoCopyOfDescriptorsThatCanNotAllBePassed()
    {
        final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (MessageSocket near = new MessageSocket(pair.get(0)); UnixSocket far = pair.get(1);
            EventFd one = EventFd.create("one"))
        {
            final EventFd two = EventFd.create("two");
            two.close();
            final List<Fd> passed = List.of(one.fd(), two.fd());
            // The run fails if the first one's copy stays.
            assertThrows(IllegalStateException.class, () -> near.send(1, 0, (to) -> to.writeLong(1), passed));
            assertEquals(UnixSocket.WOULD_BLOCK, far.receive(new byte[1], new ArrayList<>()));
        }
    }

    /** "Header", with descriptors that come with its first byte, in pieces of any size. */
    @Test
    void shouldSendAndReceiveAMessageAsDocumented()
    {
        final byte[] expected = bytes("""
            09 00 00 00                 # SET_VRING_ADDR
            0d 00 00 00                 # version 1, REPLY, NEED_REPLY
            28 00 00 00                 # size
            01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00
            04 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00
            """);
        final VringAddress address = new VringAddress(1, 0, 2, 3, 4, 5);
        final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (MessageSocket near = new MessageSocket(pair.get(0)); UnixSocket far = pair.get(1);
            EventFd event = EventFd.create("passed"))
        {
            near.send(9, Message.REPLY | Message.NEED_REPLY, address::write, List.of(event.fd(), event.fd()));
            final byte[] actual = new byte[100];
            final List<Fd> passed = new ArrayList<>();
            assertEquals(expected.length, far.receive(actual, passed));
            assertArrayEquals(expected, Arrays.copyOf(actual, expected.length));
            assertEquals(2, passed.size());
            for (int piece = 1; piece <= expected.length; piece++)
            {
                try (Message message = pass(far, near, expected, passed, piece))
                {
                    assertEquals(9, message.request());
                    assertTrue(message.isReply());
                    assertTrue(message.needsReply());
                    assertEquals(address, VringAddress.read(message.payload()));
                    message.takeFd().close();
                    assertTrue(message.hasFd());
                }
            }
            passed.forEach(Fd::close);
        }
    }

    /** Send a message in pieces and receive it; the descriptors come with the first one. */
    private static Message pass(
        final UnixSocket from, final MessageSocket to, final byte[] bytes, final List<Fd> fds, final int piece)
    {
        for (int at = 0; at < bytes.length; at += piece)
        {
            assertNull(to.receive());
            from.send(bytes, at, Math.min(piece, bytes.length - at), 0 == at ? fds : List.of());
        }
        final Message message = to.receive();
        assertNotNull(message);
        assertNull(to.receive());
        return message;
    }

    /** By number: those of vhost-user.rst, "Front-end message types". */
    @Test
    void shouldNumberTheRequestsAsDocumented()
    {
        final List<Integer> known =
            IntStream.range(-1, 300).filter((id) -> null != FrontendRequest.of(id)).boxed().toList();
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22, 24, 25, 31, 32, 34,
            36, 37, 38, 39, 40), known);
        for (final FrontendRequest request : FrontendRequest.values())
        {
            assertEquals(request, FrontendRequest.of(request.id()));
        }
        assertNull(FrontendRequest.of(Integer.MIN_VALUE));
        assertNull(FrontendRequest.of(Integer.MAX_VALUE));
        assertEquals(BackendRequest.IOTLB_MSG, BackendRequest.of(1));
        assertEquals(BackendRequest.CONFIG_CHANGE_MSG, BackendRequest.of(2));
        assertNull(BackendRequest.of(3));
    }

    @ParameterizedTest
    @EnumSource(PayloadShape.class)
    void shouldTakeNoOtherLength(final PayloadShape shape)
    {
        final int[] lengths = switch (shape)
        {
            case NONE -> new int[]{0};
            case U64, VRING_STATE -> new int[]{8};
            case VRING_ADDRESS, MEMORY_REGION -> new int[]{40};
            case LOG -> new int[]{16};
            case IOTLB -> new int[]{32};
            case IN_FLIGHT -> new int[]{24};
            case MEMORY_TABLE -> IntStream.rangeClosed(0, 8).map((regions) -> 8 + 32 * regions).toArray();
            case CONFIG -> IntStream.rangeClosed(12, 12 + 256).toArray();
        };
        assertArrayEquals(lengths, IntStream.rangeClosed(0, Message.MAX_PAYLOAD).filter(shape::fits).toArray());
        assertTrue(shape.describe().startsWith(Integer.toString(lengths[0])), shape.describe());
    }

    private static <T> void require(
        final String dump, final T value, final Writer<T> writer, final Function<Bytes<?>, T> reader)
    {
        assertArrayEquals(bytes(dump), encode((to) -> writer.write(value, to)));
        assertEquals(value, decode(bytes(dump), reader));
    }

    private static <T> T decode(final byte[] bytes, final Function<Bytes<?>, T> reader)
    {
        final Bytes<?> from = Bytes.wrapForRead(bytes);
        final T value = reader.apply(from);
        assertEquals(0, from.readRemaining());
        return value;
    }

    private static byte[] encode(final Consumer<Bytes<?>> writer)
    {
        final Bytes<?> to = Bytes.allocateElasticOnHeap();
        writer.accept(to);
        return to.toByteArray();
    }

    private static byte[] bytes(final String dump)
    {
        return HexDumpBytes.fromText(dump).toByteArray();
    }

    /** A record's way to write itself. */
    private interface Writer<T>
    {
        void write(T value, Bytes<?> to);
    }
}
