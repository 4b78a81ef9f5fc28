/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.Rings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A modem that writes what it likes on either ring: chains that are no packets are given back unread, a ring that can
 * not be takes the link down in both directions until it is reset.
 */
class CaifHostileTest
{
    private static final int RING_SIZE = 16;
    private static final Features SPLIT = Features.MANDATORY;
    private static final Features PACKED = SPLIT.with(FeatureBits.RING_PACKED);

    private CaifPair pair;

    /** What a modem writes into the ring that it is to receive by. */
    enum BadUse
    {
        SPLIT_ID_BEYOND(SPLIT), SPLIT_ID_FREE(SPLIT), SPLIT_INDEX_AHEAD(SPLIT),
        PACKED_ID_BEYOND(PACKED), PACKED_ID_FREE(PACKED);

        private final Features features;

        BadUse(final Features features)
        {
            this.features = features;
        }

        void write(final RawRing ring)
        {
            final OrderedMemory device = ring.device();
            switch (this)
            {
                case SPLIT_ID_BEYOND -> use(device, 5000, 1);
                case SPLIT_ID_FREE -> use(device, 9, 1);
                case SPLIT_INDEX_AHEAD -> use(device, 0, 1000);
                case PACKED_ID_BEYOND -> usePacked(ring.desc(0), 5000);
                case PACKED_ID_FREE -> usePacked(ring.desc(0), 9);
                default -> throw new AssertionError(this);
            }
        }

        private static void use(final OrderedMemory device, final int id, final int idx)
        {
            device.store32(4, id);
            device.store32(8, 0);
            device.storeRelease16(2, idx);
        }

        private static void usePacked(final OrderedMemory desc, final int id)
        {
            desc.store16(12, id);
            desc.storeRelease16(14, 1 << 7 | 1 << 15);
        }
    }

    /** What a modem writes into the ring that it sends on. */
    enum BadRing
    {
        SPLIT_INDEX_AHEAD(SPLIT), SPLIT_HEAD_BEYOND(SPLIT), SPLIT_HEAD_TWICE(SPLIT), PACKED_WITHOUT_END(PACKED);

        private final Features features;

        BadRing(final Features features)
        {
            this.features = features;
        }

        void write(final RawRing ring)
        {
            final OrderedMemory driver = ring.driver();
            switch (this)
            {
                case SPLIT_INDEX_AHEAD -> driver.storeRelease16(2, 1000);
                case SPLIT_HEAD_BEYOND ->
                {
                    driver.store16(4, RING_SIZE);
                    driver.storeRelease16(2, 1);
                }
                case SPLIT_HEAD_TWICE -> driver.storeRelease16(2, RING_SIZE + 1);
                case PACKED_WITHOUT_END ->
                {
                    for (int i = RING_SIZE - 1; i >= 0; i--)
                    {
                        ring.desc(i).storeRelease16(14, 1 << 7 | RawRing.NEXT);
                    }
                }
                default -> throw new AssertionError(this);
            }
        }
    }

    @AfterEach
    void close()
    {
        pair.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldDisableTheLinkWhenTheModemUsesWhatItDoesNotHave(final BadUse bad)
    {
        open(bad.features);
        CaifPair.send(pair.host, new byte[100]);
        CaifPair.send(pair.modem, new byte[100]);
        bad.write(new RawRing(pair.hostMemory, pair.host.ring()));
        pair.host.doWork();
        assertEquals(0, pair.host.received(), "nor does it take what came by the ring that is well");
        requireDisabledUntilReset();
    }

    @ParameterizedTest
    @EnumSource
    void shouldDisableTheLinkInSendToo(final BadUse bad)
    {
        open(bad.features);
        CaifPair.send(pair.host, new byte[100]);
        bad.write(new RawRing(pair.hostMemory, pair.host.ring()));
        assertEquals(CaifEnd.NOT_UP, CaifPair.send(pair.host, new byte[100]));
        requireDisabledUntilReset();
    }

    @ParameterizedTest
    @EnumSource
    void shouldDisableTheLinkWhenTheModemSendsWhatCanNotBe(final BadRing bad)
    {
        open(bad.features);
        CaifPair.send(pair.host, new byte[100]);
        bad.write(new RawRing(pair.modemMemory, pair.modem.ring()));
        pair.host.doWork();
        requireDisabledUntilReset();
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldGiveBackUnreadWhatIsNoPacketAndGoOn(final Features features)
    {
        open(features);
        final DriverRing modem = byHand();
        final long inside = pair.modemMemory.pool.busAddress(256 * 1024);
        final long end = pair.modemMemory.region.busAddress(pair.modemMemory.region.length() - 1);
        final long[] bad = {
            0, 1, CaifPair.HOST_PADDR + 4096, end - 98, end + 1, -1, Long.MIN_VALUE, Long.MAX_VALUE - 50};
        int chains = 0;
        for (final long address : bad)
        {
            chains = add(modem, chains, new long[]{address}, new int[]{100}, 1);
            pair.host.doWork();
        }
        // In a later buffer of a chain; longer than the MTU; to be written; to be read and written.
        chains = add(modem, chains, new long[]{inside, end}, new int[]{100, 2}, 2);
        chains = add(modem, chains, new long[]{inside}, new int[]{CaifPair.MTU + 1}, 1);
        chains = add(modem, chains, new long[]{inside, inside}, new int[]{CaifPair.MTU, 1}, 2);
        chains = add(modem, chains, new long[]{inside}, new int[]{100}, 0);
        chains = add(modem, chains, new long[]{inside, inside}, new int[]{100, 100}, 1);
        pair.host.doWork();
        assertEquals(chains, pair.host.refused());
        assertEquals(0, pair.host.received());
        assertEquals(CaifState.UP, pair.host.state());
        for (int i = 0; i < chains; i++)
        {
            assertTrue(modem.poll());
            assertEquals(0, modem.written());
        }
        pair.modemMemory.at(inside, 4).fill((byte)7);
        add(modem, chains, new long[]{inside, inside + 2}, new int[]{1, 1}, 2);
        assertEquals(1, pair.host.doWork());
        assertArrayEquals(new byte[]{7, 7}, pair.atHost.packets.removeFirst());
    }

    static LongStream seeds()
    {
        return LongStream.range(1, 33);
    }

    /** Whatever bytes there are in rings and memory: no exception, no packet that is too long, an end to every call. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldSurviveNoise(final long seed)
    {
        final Random random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        open(CaifPair.features().toList().get(random.nextInt(8)));
        for (int round = 0; round < 200; round++)
        {
            final boolean isTx = random.nextBoolean();
            spoil(random, isTx ? pair.hostMemory : pair.modemMemory, isTx ? pair.host.ring() : pair.modem.ring());
            CaifPair.send(pair.host, CaifPair.packet(random));
            for (int i = 0; i < 4; i++)
            {
                assertTrue(pair.host.doWork() <= CaifEnd.QUOTA + RING_SIZE + 1);
            }
            pair.host.prepareToWait();
            assertTrue(pair.atHost.packets.stream().allMatch((packet) -> packet.length <= CaifPair.MTU));
            pair.atHost.packets.clear();
            if (CaifState.UP != pair.host.state())
            {
                pair.host.reset();
                pair.modem.reset();
                pair.join();
            }
        }
    }

    private static void spoil(final Random random, final CaifMemory memory, final CaifRing ring)
    {
        final long[] areas = {ring.desc(), ring.driver(), ring.device()};
        final int writes = 1 + random.nextInt(4);
        for (int i = 0; i < writes; i++)
        {
            final OrderedMemory at = new OrderedMemory(memory.at(areas[random.nextInt(3)], 64));
            final int offset = 2 * random.nextInt(32);
            at.store16(offset, random.nextBoolean() ? random.nextInt(RING_SIZE) : random.nextInt());
        }
    }

    /** Neither ring is touched, read or written any more; then both ends start again. */
    private void requireDisabledUntilReset()
    {
        assertEquals(CaifState.DISABLED, pair.host.state());
        assertTrue(pair.host.fault().matches("(driver made|device used) .*"), pair.host::fault);
        assertEquals(List.of("disabled"), pair.atHost.events);
        final byte[] hostMemory = pair.hostMemory.image();
        final byte[] modemMemory = pair.modemMemory.image();
        final int packets = pair.atHost.packets.size();
        assertEquals(CaifEnd.NOT_UP, CaifPair.send(pair.host, new byte[100]));
        assertEquals(0, pair.host.doWork());
        assertTrue(pair.host.prepareToWait());
        assertEquals(packets, pair.atHost.packets.size());
        assertArrayEquals(hostMemory, pair.hostMemory.image());
        assertArrayEquals(modemMemory, pair.modemMemory.image());
        assertEquals(List.of("disabled"), pair.atHost.events);

        pair.host.reset();
        pair.modem.reset();
        assertNull(pair.host.fault());
        pair.join();
        final byte[] packet = {1, 2, 3};
        pair.atHost.packets.clear();
        pair.atModem.packets.clear();
        CaifPair.send(pair.host, packet);
        CaifPair.send(pair.modem, packet);
        pair.settle();
        assertArrayEquals(packet, pair.atHost.packets.removeFirst());
        assertArrayEquals(packet, pair.atModem.packets.removeFirst());
    }

    private void open(final Features features)
    {
        pair = new CaifPair(CaifPair.settings(features, RING_SIZE));
    }

    /** The driver role on the modem's ring, played by hand. */
    private DriverRing byHand()
    {
        final CaifRing where = pair.modem.ring();
        return Rings.driver(where.features(), where.in(pair.modemMemory.region));
    }

    private static int add(
        final DriverRing ring, final int chains, final long[] addresses, final int[] lengths, final int readable)
    {
        if (!ring.hasRoom(addresses.length))
        {
            throw new AssertionError("no room: chains=" + chains);
        }
        ring.add(addresses, lengths, readable, addresses.length - readable, chains);
        ring.publish();
        return chains + 1;
    }
}
