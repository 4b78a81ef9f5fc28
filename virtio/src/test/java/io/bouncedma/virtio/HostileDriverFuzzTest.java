/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.pool.BusAddressing;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random rings for the device role: whatever it finds, it ends in a good chain, a bad chain or a dead ring.
 */
final class HostileDriverFuzzTest
{
    private static final int SIZE = 8;
    private static final long BASE = 0x1_0000_0000L;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {21, 22, 23, 24})
    void shouldEndInGoodChainBadChainOrDeadRing(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final int[] ends = new int[3];
        try (TestRegion shared = TestRegion.of(1 << 16, BusAddressing.basePlusOffset(BASE)))
        {
            for (int round = 0; round < 1000; round++)
            {
                try (RingPair ring = new RingPair(shared, SIZE))
                {
                    attack(ring, random, ends);
                }
            }
        }
        assertTrue(ends[0] > 100 && ends[1] > 100 && ends[2] > 100,
            "one-sided: good=" + ends[0] + ", bad=" + ends[1] + ", dead=" + ends[2]);
    }

    private static void attack(final RingPair ring, final SplittableRandom random, final int[] ends)
    {
        final byte[] bytes = new byte[64];
        int idx = 0;
        try
        {
            for (int step = 0; step < 30; step++)
            {
                scribble(ring, random);
                idx += random.nextInt(20) == 0 ? random.nextInt(0x10000) : random.nextInt(3);
                ring.availIdx(idx);
                ring.availEntry(random.nextInt(SIZE), random.nextInt(40) == 0 ? random.nextInt(0x10000) : step % SIZE);
                while (ring.device.poll(ring.chain))
                {
                    final boolean isGood = null == ring.chain.fault();
                    ends[isGood ? 0 : 1]++;
                    assertEquals(isGood, ring.chain.readable() + ring.chain.writable() > 0);
                    ring.chain.read(0, bytes, 0, Math.min(bytes.length, ring.chain.readable()));
                    final int written = Math.min(bytes.length, ring.chain.writable());
                    ring.chain.write(0, bytes, 0, written);
                    ring.device.complete(ring.chain, written);
                }
                ring.device.publish();
                ring.device.enableKicks();
            }
        }
        catch (final RingException e)
        {
            ends[2]++;
        }
    }

    private static void scribble(final RingPair ring, final SplittableRandom random)
    {
        for (int i = 0; i < SIZE; i++)
        {
            final long address = switch (random.nextInt(12))
            {
                case 0 -> random.nextLong();
                case 1 -> BASE + random.nextInt(-64, 64);
                case 2 -> BASE + (1 << 16) - random.nextInt(64);
                default -> ring.bus(random.nextInt(0x7000));
            };
            final int length = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(1, 64);
            final int flags = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(4);
            ring.desc(i, address, length, flags, random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(SIZE));
        }
    }
}
