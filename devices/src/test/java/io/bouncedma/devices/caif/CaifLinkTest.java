/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CaifLinkTest
{
    private static final int RING_SIZE = 16;

    private final Random random = new Random(1);
    private CaifPair pair;

    @AfterEach
    void close()
    {
        if (null != pair)
        {
            pair.close();
        }
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldCarryPacketsOfAnyLengthBothWays(final Features features)
    {
        open(features);
        for (final int length : new int[]{1, 511, 512, 513, 1024, 1025, CaifPair.MTU})
        {
            final byte[] down = bytes(length);
            final byte[] up = bytes(length);
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, down));
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.modem, up));
            pair.settle();
            assertArrayEquals(down, pair.atModem.packets.removeFirst());
            assertArrayEquals(up, pair.atHost.packets.removeFirst());
        }
        assertTrue(pair.atHost.packets.isEmpty() && pair.atModem.packets.isEmpty());
        assertEquals(7, pair.host.sent());
        assertEquals(7, pair.host.received());
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldPublishOnlyMemoryOfItsOwn(final Features features)
    {
        open(features);
        for (int i = 0; i < 4; i++)
        {
            CaifPair.send(pair.host, CaifPair.packet(random));
            CaifPair.send(pair.modem, CaifPair.packet(random));
        }
        final List<RawRing.Descriptor> ofHost = new RawRing(pair.hostMemory, pair.host.ring()).descriptors();
        final List<RawRing.Descriptor> ofModem = new RawRing(pair.modemMemory, pair.modem.ring()).descriptors();
        assertTrue(ofHost.size() >= 4 && ofModem.size() >= 4, "host=" + ofHost + ", modem=" + ofModem);
        for (final RawRing.Descriptor descriptor : ofHost)
        {
            assertTrue(pair.hostMemory.pool.contains(descriptor.address(), descriptor.length()), descriptor::toString);
            assertFalse(pair.modemMemory.pool.contains(descriptor.address()), descriptor::toString);
            assertFalse(descriptor.has(RawRing.WRITE), descriptor::toString);
        }
        for (final RawRing.Descriptor descriptor : ofModem)
        {
            assertTrue(pair.modemMemory.pool.contains(descriptor.address(), descriptor.length()), descriptor::toString);
            assertFalse(pair.hostMemory.pool.contains(descriptor.address()), descriptor::toString);
            assertFalse(descriptor.has(RawRing.WRITE), descriptor::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldSendOnePieceFromTheHostAndAChainFromTheModem(final Features features)
    {
        open(features);
        CaifPair.send(pair.host, bytes(CaifPair.MTU));
        CaifPair.send(pair.modem, bytes(CaifPair.MTU));
        assertEquals(List.of(CaifPair.MTU), dataLengths(pair.hostMemory, pair.host.ring()));
        assertEquals(List.of(512, 512, 476), dataLengths(pair.modemMemory, pair.modem.ring()));
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldGiveBuffersBackWithNothingWritten(final Features features)
    {
        open(features);
        for (int i = 0; i < 3; i++)
        {
            CaifPair.send(pair.modem, bytes(100));
            CaifPair.send(pair.host, bytes(100));
            pair.host.doWork();
            pair.modem.doWork();
        }
        final List<Integer> nothing = Collections.nCopies(3, 0);
        assertEquals(nothing, new RawRing(pair.modemMemory, pair.modem.ring()).usedLengths(3));
        assertEquals(nothing, new RawRing(pair.hostMemory, pair.host.ring()).usedLengths(3));
        assertEquals(3, pair.modem.sent());
        pair.settle();
        final long ringAndReserve = idleBytes(pair.modem.ring());
        assertEquals(ringAndReserve, pair.modemMemory.pool.usedBytes(), "buffers of the modem came back");
    }

    /** The modem's memory is the modem's: of the host it gets nothing but what is used. */
    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldWriteNothingIntoTheOthersMemoryButThatItIsDone(final Features features)
    {
        open(features);
        for (int i = 0; i < 3; i++)
        {
            CaifPair.send(pair.modem, bytes(CaifPair.MTU));
        }
        CaifPair.send(pair.host, bytes(CaifPair.MTU));
        final byte[] before = pair.modemMemory.image();
        pair.host.doWork();
        pair.host.prepareToWait();
        final byte[] after = pair.modemMemory.image();
        assertFalse(Arrays.equals(before, after));
        final CaifRing ring = pair.modem.ring();
        final boolean isPacked = features.has(FeatureBits.RING_PACKED);
        final long device = pair.modemMemory.region.offsetOf(ring.device());
        final long desc = pair.modemMemory.region.offsetOf(ring.desc());
        for (int i = 0; i < before.length; i++)
        {
            final boolean isDeviceArea = i >= device && i < device + (isPacked ? 4 : 6 + 8 * RING_SIZE);
            final boolean isPackedRing = isPacked && i >= desc && i < desc + 16 * RING_SIZE;
            assertTrue(before[i] == after[i] || isDeviceArea || isPackedRing, "written at " + i);
        }
    }

    @Test
    void shouldLetOthersHaveATurn()
    {
        pair = new CaifPair(CaifPair.settings(Features.MANDATORY, 64));
        for (int i = 0; i < CaifEnd.QUOTA + 8; i++)
        {
            CaifPair.send(pair.host, bytes(10));
        }
        assertEquals(CaifEnd.QUOTA, pair.modem.doWork());
        assertEquals(8, pair.modem.doWork());
    }

    @Test
    void shouldHandOutPrivateCopies()
    {
        open(Features.MANDATORY);
        final byte[] packet = bytes(1000);
        CaifPair.send(pair.modem, packet);
        final long address = new RawRing(pair.modemMemory, pair.modem.ring()).desc(0).load64(0);
        final byte[][] seen = new byte[2][1000];
        final CaifMemory hostMemory = CaifMemory.of("other", CaifPair.HOST_PADDR, 256 * 1024);
        final CaifListener spoiler = (buffer, offset, length) ->
        {
            buffer.getBytes(offset, seen[0]);
            pair.modemMemory.at(address, 512).fill((byte)0x5a);
            buffer.getBytes(offset, seen[1]);
        };
        final CaifHost host =
            new CaifHost(hostMemory.dma, CaifPair.settings(Features.MANDATORY, RING_SIZE), pair.toModem, spoiler);
        host.join(pair.modemMemory.asPeerSeesIt, pair.modem.ring());
        assertEquals(1, host.doWork());
        assertArrayEquals(packet, seen[0]);
        assertArrayEquals(packet, seen[1]);
        host.close();
        hostMemory.close();
    }

    @Test
    void shouldRefusePacketsThatAreNone()
    {
        open(Features.MANDATORY);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[2 * CaifPair.MTU]);
        assertThrows(IllegalArgumentException.class, () -> pair.host.send(buffer, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> pair.host.send(buffer, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> pair.host.send(buffer, 0, CaifPair.MTU + 1));
        assertThrows(IndexOutOfBoundsException.class, () -> pair.host.send(buffer, CaifPair.MTU + 1, CaifPair.MTU));
        assertEquals(0, pair.host.sent());
        assertEquals(CaifEnd.ACCEPTED, pair.host.send(buffer, CaifPair.MTU, CaifPair.MTU));
    }

    @Test
    void shouldRefuseRingsThatAreNotInThePeersMemory()
    {
        open(Features.MANDATORY);
        assertThrows(IllegalStateException.class, pair::join);
        pair.host.reset();
        final CaifRing ring = pair.modem.ring();
        final CaifRing packed = new CaifRing(Features.MANDATORY.with(FeatureBits.RING_PACKED), ring.size(),
            ring.desc(), ring.driver(), ring.device());
        final CaifRing ofHost = pair.host.ring();
        final CaifRing odd = new CaifRing(ring.features(), 15, ring.desc(), ring.driver(), ring.device());
        for (final CaifRing wrong : List.of(packed, ofHost, odd))
        {
            assertThrows(IllegalArgumentException.class, () -> pair.host.join(pair.modemMemory.asPeerSeesIt, wrong));
            assertEquals(CaifState.DOWN, pair.host.state());
        }
        assertEquals(CaifEnd.NOT_UP, CaifPair.send(pair.host, bytes(1)));
        assertEquals(0, pair.host.doWork());
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldRingOnlyWhenTheOtherEndWaits(final Features features)
    {
        open(features);
        CaifPair.send(pair.host, bytes(10));
        pair.settle();
        pair.toModem.clear();
        // An event index that was never set asks for the first entry.
        pair.toHost.clear();
        for (int round = 0; round < 3 * RING_SIZE; round++)
        {
            assertTrue(pair.modem.prepareToWait());
            CaifPair.send(pair.host, bytes(10));
            assertEquals(1, pair.toModem.clear(), "round=" + round);
            assertFalse(pair.modem.prepareToWait(), "there is a packet");
            assertTrue(pair.modem.doWork() > 0);
            CaifPair.send(pair.host, bytes(10));
            assertEquals(0, pair.toModem.clear(), "nobody waits, round=" + round);
            assertTrue(pair.modem.doWork() > 0);
            assertEquals(0, pair.modem.doWork());
        }
        assertEquals(0, pair.toHost.clear(), "the host wants to know of nothing while flow is on");
    }

    @Test
    void shouldGoOnBehindAListenerThatThrows()
    {
        open(Features.MANDATORY);
        final CaifMemory hostMemory = CaifMemory.of("other", CaifPair.HOST_PADDR, 256 * 1024);
        final int[] calls = new int[1];
        final CaifEnd[] end = new CaifEnd[1];
        final CaifListener thrower = (buffer, offset, length) ->
        {
            calls[0]++;
            if (1 == calls[0])
            {
                throw new UnsupportedOperationException("from the listener");
            }
            assertThrows(IllegalStateException.class, end[0]::doWork);
            assertThrows(IllegalStateException.class, end[0]::reset);
        };
        end[0] =
            new CaifHost(hostMemory.dma, CaifPair.settings(Features.MANDATORY, RING_SIZE), pair.toModem, thrower);
        end[0].join(pair.modemMemory.asPeerSeesIt, pair.modem.ring());
        CaifPair.send(pair.modem, bytes(10));
        CaifPair.send(pair.modem, bytes(10));
        assertThrows(UnsupportedOperationException.class, end[0]::doWork);
        pair.modem.doWork();
        assertNotEquals(0, end[0].doWork());
        pair.modem.doWork();
        assertEquals(2, calls[0]);
        assertEquals(idleBytes(pair.modem.ring()), pair.modemMemory.pool.usedBytes());
        end[0].close();
        hostMemory.close();
    }

    @Test
    void shouldSendFromAListener()
    {
        open(Features.MANDATORY);
        final CaifMemory hostMemory = CaifMemory.of("other", CaifPair.HOST_PADDR, 256 * 1024);
        final CaifEnd[] end = new CaifEnd[1];
        final CaifListener echo = (buffer, offset, length) ->
            assertEquals(CaifEnd.ACCEPTED, end[0].send(buffer, offset, length));
        end[0] = new CaifHost(hostMemory.dma, CaifPair.settings(Features.MANDATORY, RING_SIZE), pair.toModem, echo);
        pair.modem.reset();
        end[0].join(pair.modemMemory.asPeerSeesIt, pair.modem.ring());
        pair.modem.join(hostMemory.asPeerSeesIt, end[0].ring());
        final byte[] packet = bytes(700);
        CaifPair.send(pair.modem, packet);
        end[0].doWork();
        pair.modem.doWork();
        assertArrayEquals(packet, pair.atModem.packets.removeFirst());
        end[0].close();
        hostMemory.close();
    }

    private void open(final Features features)
    {
        pair = new CaifPair(CaifPair.settings(features, RING_SIZE));
    }

    private byte[] bytes(final int length)
    {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** What the modem's pool holds when no packet is under way: the ring and the reserve. */
    private long idleBytes(final CaifRing ring)
    {
        final CaifMemory other = CaifMemory.of("idle", CaifPair.MODEM_PADDR, 256 * 1024);
        final CaifModem idle = new CaifModem(other.dma, CaifPair.settings(ring.features(), ring.size()),
            CaifPair.BUFFER_LENGTH, pair.toHost, pair.atModem);
        final long bytes = other.pool.usedBytes();
        idle.close();
        other.close();
        return bytes;
    }

    private static List<Integer> dataLengths(final CaifMemory memory, final CaifRing ring)
    {
        return new RawRing(memory, ring).descriptors().stream()
            .filter((descriptor) -> !descriptor.has(RawRing.INDIRECT))
            .map(RawRing.Descriptor::length).toList();
    }
}
