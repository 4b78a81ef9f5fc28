/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import org.agrona.BufferUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random mappings of a device that needs some low bits of each address kept and no boundary crossed: on the heap those
 * of the offset count, outside it those of the address.
 */
class MinAlignPropertyTest
{
    private static final int SEEDS = 30;
    private static final int STEPS = 400;
    private static final int CAPACITY = 20_000;
    private static final int BOUNDARY = 32 * 1024 - 1;

    private record Live(long mapping, byte[] expected)
    {
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldKeepTheLowBitsAndTheBytes(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final int mask = (1 << random.nextInt(17)) - 1;
        final AddressRules rules = new AddressRules(mask, BOUNDARY, -1);
        final byte[] bytes = new byte[CAPACITY];
        random.nextBytes(bytes);
        final ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY).put(bytes);
        final List<Live> live = new ArrayList<>();
        int mapped = 0;
        try (TwoPools window = new TwoPools();
            DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools).rules(rules)))
        {
            for (int step = 0; step < STEPS; step++)
            {
                if (!live.isEmpty() && random.nextInt(5) < 2)
                {
                    check(window, dma, live.remove(random.nextInt(live.size())));
                    continue;
                }
                final int offset = random.nextInt(CAPACITY);
                final int most = random.nextInt(3) > 0 ? 700 : CAPACITY;
                final int length = 1 + random.nextInt(Math.min(most, CAPACITY - offset));
                final boolean heap = random.nextBoolean();
                final long mapping = heap ? dma.map(bytes, offset, length, Direction.TO_DEVICE) :
                    dma.map(direct, offset, length, Direction.TO_DEVICE);
                if (mapping > 0)
                {
                    mapped++;
                    final long bus = dma.busAddress(mapping);
                    final long low = heap ? offset : BufferUtil.address(direct) + offset;
                    assertEquals(low & mask, bus & mask, () -> "mask=" + mask + ", length=" + length);
                    assertTrue((bus & BOUNDARY) + length <= BOUNDARY + 1, "crosses the boundary");
                    live.add(new Live(mapping, Arrays.copyOfRange(bytes, offset, offset + length)));
                }
            }
            live.forEach(each -> check(window, dma, each));
            assertTrue(mapped > STEPS / 8, "too few to tell anything: " + mapped);
        }
    }

    private static void check(final TwoPools window, final DmaDevice dma, final Live live)
    {
        assertArrayEquals(live.expected(),
            window.deviceReads(dma.busAddress(live.mapping()), live.expected().length));
        dma.unmap(live.mapping());
    }
}
