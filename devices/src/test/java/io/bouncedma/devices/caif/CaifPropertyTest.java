/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random packets both ways over rings of random features and sizes and pools that run out: what was accepted arrives,
 * once, in order and unaltered, and an end that waits is woken for it.
 */
class CaifPropertyTest
{
    private static final int STEPS = 10_000;

    private final Queue<byte[]> toModem = new ArrayDeque<>();
    private final Queue<byte[]> toHost = new ArrayDeque<>();
    private Random random;
    private CaifPair pair;
    private boolean isHostAsleep;
    private boolean isModemAsleep;

    static LongStream seeds()
    {
        return LongStream.range(1, 49);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldDeliverWhatWasAcceptedOnceAndInOrder(final long seed)
    {
        random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        pair = pair();
        try
        {
            for (int step = 0; step < STEPS; step++)
            {
                step();
            }
            finish();
        }
        finally
        {
            pair.close();
        }
    }

    private void step()
    {
        switch (random.nextInt(6))
        {
            case 0, 1 ->
            {
                send(pair.host, toModem);
                isHostAsleep &= pair.host.isFlowOn();
            }
            case 2, 3 ->
            {
                send(pair.modem, toHost);
                isModemAsleep &= pair.modem.isFlowOn();
            }
            case 4 ->
            {
                isHostAsleep &= 0 == pair.toHost.clear();
                if (!isHostAsleep)
                {
                    isHostAsleep = 0 == pair.host.doWork() && random.nextBoolean() && pair.host.prepareToWait();
                }
            }
            default ->
            {
                isModemAsleep &= 0 == pair.toModem.clear();
                if (!isModemAsleep)
                {
                    isModemAsleep = 0 == pair.modem.doWork() && random.nextBoolean() && pair.modem.prepareToWait();
                }
            }
        }
        requireArrived(pair.atHost, toHost);
        requireArrived(pair.atModem, toModem);
    }

    private void send(final CaifEnd end, final Queue<byte[]> model)
    {
        final byte[] packet = CaifPair.packet(random);
        final boolean wasOn = end.isFlowOn();
        final int result = CaifPair.send(end, packet);
        if (CaifEnd.ACCEPTED == result)
        {
            assertTrue(wasOn);
            model.add(packet);
        }
        else
        {
            assertEquals(CaifEnd.FLOW_OFF, result);
        }
    }

    /** Only who was rung for may work: whoever sleeps with something to do sleeps for ever. */
    private void finish()
    {
        int idle = 0;
        while (idle < 2)
        {
            isHostAsleep &= 0 == pair.toHost.clear();
            isModemAsleep &= 0 == pair.toModem.clear();
            final int work = (isHostAsleep ? 0 : pair.host.doWork()) + (isModemAsleep ? 0 : pair.modem.doWork());
            idle = 0 == work ? idle + 1 : 0;
            requireArrived(pair.atHost, toHost);
            requireArrived(pair.atModem, toModem);
        }
        assertTrue(toHost.isEmpty() && toModem.isEmpty(), "lost: toHost=" + toHost.size() + ", toModem=" +
            toModem.size());
        assertTrue(pair.host.isFlowOn() && pair.modem.isFlowOn(), "flow is off with nothing under way");
        assertEquals(0, pair.host.refused() + pair.modem.refused());
        assertEquals(pair.host.sent(), pair.modem.received());
        assertEquals(pair.modem.sent(), pair.host.received());
        assertTrue(pair.host.received() > 100 && pair.modem.received() > 100);
    }

    private static void requireArrived(final CaifPair.Log log, final Queue<byte[]> model)
    {
        for (final byte[] packet : log.packets)
        {
            assertTrue(!model.isEmpty(), "packet that was not sent");
            assertArrayEquals(model.remove(), packet);
        }
        log.packets.clear();
    }

    private CaifPair pair()
    {
        Features features = Features.MANDATORY;
        for (final int bit : new int[]{
            FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER})
        {
            features = random.nextBoolean() ? features.with(bit) : features;
        }
        int size = 4 + random.nextInt(61);
        size = features.has(FeatureBits.RING_PACKED) ? size : Integer.highestOneBit(size);
        final CaifSettings settings = new CaifSettings(
            features, size, CaifPair.MTU, random.nextInt(size / 4 + 1), 1 + random.nextInt(3));
        // From hardly more than ring and reserve to more than a full ring of the largest packets.
        final int poolLength = 16 * 1024 + random.nextInt(32) * 4096;
        if (random.nextInt(4) == 0)
        {
            final CaifMemory modemMemory = CaifMemory.half("modem", poolLength);
            return new CaifPair(settings, modemMemory.neighbour("host", poolLength), modemMemory);
        }
        return new CaifPair(settings, CaifMemory.of("host", CaifPair.HOST_PADDR, poolLength),
            CaifMemory.of("modem", CaifPair.MODEM_PADDR, poolLength));
    }
}
