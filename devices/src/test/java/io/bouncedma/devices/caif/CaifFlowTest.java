/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Flow control as in caif_virtio: off at the watermark or when the pool has no room, on when a quarter of the
 * descriptors is free and the reserve could be taken back.
 */
class CaifFlowTest
{
    private static final int RING_SIZE = 16;
    private static final int WATERMARK = 3;
    private static final byte[] LARGEST = new byte[CaifPair.MTU];

    private final List<CoherentBuffer> held = new ArrayList<>();
    private CaifPair pair;

    @AfterEach
    void close()
    {
        held.forEach(CoherentBuffer::close);
        if (null != pair)
        {
            pair.close();
        }
    }

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldGoOffAtTheWatermarkAndOnWithAQuarterOfTheRing(final Features features)
    {
        pair = new CaifPair(new CaifSettings(features, RING_SIZE, CaifPair.MTU, WATERMARK, 1));
        for (int i = 1; i < RING_SIZE - WATERMARK; i++)
        {
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, LARGEST));
            assertTrue(pair.host.isFlowOn(), "sent=" + i);
        }
        assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, LARGEST));
        assertFalse(pair.host.isFlowOn());
        assertEquals(List.of("off"), pair.atHost.events);
        assertEquals(CaifEnd.FLOW_OFF, CaifPair.send(pair.host, LARGEST));
        assertEquals(0, pair.host.doWork());
        assertEquals(List.of("off"), pair.atHost.events, "told once");

        assertTrue(pair.host.prepareToWait());
        pair.toHost.clear();
        assertEquals(RING_SIZE - WATERMARK, pair.modem.doWork());
        assertEquals(1, pair.toHost.clear(), "the modem rings for memory that comes back");
        assertTrue(pair.host.doWork() > 0);
        assertTrue(pair.host.isFlowOn());
        assertEquals(List.of("off", "on"), pair.atHost.events);
        assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, LARGEST));
        assertEquals(1, pair.host.flowOffs());
    }

    /** With packets of three descriptors flow goes off as soon as the next one might not fit. */
    @Test
    void shouldNeverFindTheRingFull()
    {
        pair = new CaifPair(new CaifSettings(Features.MANDATORY, RING_SIZE, CaifPair.MTU, 0, 1));
        int sent = 0;
        while (pair.modem.isFlowOn())
        {
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.modem, LARGEST));
            sent++;
        }
        assertEquals(RING_SIZE / 3, sent);
    }

    /** A few descriptors come free at a time: not on before a quarter is. */
    @Test
    void shouldStayOffUntilAQuarterIsFree()
    {
        pair = new CaifPair(new CaifSettings(Features.MANDATORY, 64, CaifPair.MTU, 1, 1),
            CaifMemory.of("host", CaifPair.HOST_PADDR, 512 * 1024),
            CaifMemory.of("modem", CaifPair.MODEM_PADDR, 512 * 1024));
        while (pair.host.isFlowOn())
        {
            CaifPair.send(pair.host, LARGEST);
        }
        final HandModem modem = new HandModem(pair);
        for (int free = 2; free <= 16; free++)
        {
            modem.complete();
            pair.host.doWork();
            assertFalse(pair.host.isFlowOn(), "free=" + free);
        }
        modem.complete();
        pair.host.doWork();
        assertTrue(pair.host.isFlowOn());
    }

    @Test
    void shouldSendFromTheReserveWhenThePoolRunsOut()
    {
        pair = new CaifPair(CaifPair.settings(Features.MANDATORY, RING_SIZE));
        fillHostPool();
        assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, LARGEST), "the reserve has room");
        assertFalse(pair.host.isFlowOn());
        pair.settle();
        assertEquals(1, pair.atModem.packets.size());
        assertEquals(1, pair.modem.received());
        assertTrue(pair.host.isFlowOn(), "what was sent from the reserve came back and is the reserve again");
        assertEquals(List.of("off", "on"), pair.atHost.events);
    }

    /** In caif_virtio flow would stay off for ever here: its mark reaches the ring's size. */
    @Test
    void shouldComeOnOnlyWhenTheReserveCouldBeTakenBack()
    {
        pair = new CaifPair(CaifPair.settings(Features.MANDATORY, RING_SIZE));
        for (int i = 0; i < 12; i++)
        {
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, new byte[64]));
        }
        fillHostPool();
        assertEquals(CaifEnd.ACCEPTED, CaifPair.send(pair.host, LARGEST));
        final HandModem modem = new HandModem(pair);
        modem.completeLast();
        assertEquals(1, pair.host.doWork(), "the reserve's memory came back, but too few descriptors are free");
        fillHostPool();
        for (int free = 5; free <= RING_SIZE; free++)
        {
            modem.complete();
            assertEquals(1, pair.host.doWork());
            assertFalse(pair.host.isFlowOn(), "free=" + free);
            assertEquals(CaifEnd.FLOW_OFF, CaifPair.send(pair.host, new byte[1]));
        }
        assertFalse(pair.host.prepareToWait(), "nobody rings for memory that another one gives back");
        held.forEach(CoherentBuffer::close);
        held.clear();
        assertEquals(1, pair.host.doWork());
        assertTrue(pair.host.isFlowOn());
        assertEquals(List.of("off", "on"), pair.atHost.events);
    }

    @Test
    void shouldRefuseToOpenWithoutRoomForTheReserve()
    {
        try (CaifMemory small = CaifMemory.of("small", CaifPair.HOST_PADDR, 8192))
        {
            final CaifSettings settings = new CaifSettings(
                Features.MANDATORY.with(FeatureBits.EVENT_IDX), RING_SIZE, CaifPair.MTU, 1, 6);
            final VirtioException e = assertThrows(VirtioException.class, () ->
                new CaifHost(small.dma, settings, new TestDoorbell(), new CaifPair.Log()));
            assertTrue(e.getMessage().contains("reserve"), e::getMessage);
            assertEquals(0, small.pool.usedBytes());
        }
    }

    /** Somebody else takes all of the host's pool but its reserve. */
    private void fillHostPool()
    {
        for (int length = 64 * 1024; length >= 64; length /= 2)
        {
            CoherentBuffer buffer = pair.hostMemory.dma.allocateCoherent(length, 1);
            while (null != buffer)
            {
                held.add(buffer);
                buffer = pair.hostMemory.dma.allocateCoherent(length, 1);
            }
        }
    }
}
