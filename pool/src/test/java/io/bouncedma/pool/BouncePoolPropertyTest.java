/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random sequences of allocate and free against a set of used bytes: no overlap, alignment kept, no block across an
 * extent, a refusal only with a true reason, everything back at the end.
 */
class BouncePoolPropertyTest
{
    private static final int SEEDS = 40;
    private static final int STEPS = 600;
    private static final int LENGTH = ScatteredRegion.LENGTH - Extent.ALIGNMENT;
    private static final int SLOT = BouncePool.SLOT_SIZE;

    private record Block(long handle, int index, int size, Owner owner)
    {
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldBehaveAsTheModel(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final Owner[] owners = {new Owner("a"), new Owner("b")};
        final List<Block> blocks = new ArrayList<>();
        final BitSet used = new BitSet();
        long highWater = 0;
        try (SharedRegion region = ScatteredRegion.open();
            BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH))
        {
            for (int step = 0; step < STEPS; step++)
            {
                if (blocks.isEmpty() || random.nextInt(100) < 55)
                {
                    allocate(random, pool, owners[random.nextInt(2)], blocks, used);
                }
                else
                {
                    final Block block = blocks.remove(random.nextInt(blocks.size()));
                    pool.free(block.handle(), block.owner());
                    used.clear(block.index() / SLOT, (block.index() + block.size()) / SLOT);
                }
                highWater = Math.max(highWater, (long)used.cardinality() * SLOT);
                assertEquals((long)used.cardinality() * SLOT, pool.usedBytes());
                assertEquals(highWater, pool.highWaterBytes());
            }
            for (final Block block : blocks)
            {
                pool.free(block.handle(), block.owner());
            }
            assertEquals(0, pool.usedBytes());
        }
    }

    private static void allocate(
        final SplittableRandom random,
        final BouncePool pool,
        final Owner owner,
        final List<Block> blocks,
        final BitSet used)
    {
        final int length = 1 + (random.nextInt(10) == 0 ? random.nextInt(100_000) : random.nextInt(8000));
        final int alignment = 1 << random.nextInt(13);
        final int size = BouncePool.blockSize(length);
        final long handle = pool.allocate(length, alignment, owner);
        if (handle < 0)
        {
            final Refusal.Reason reason = Refusal.Reason.of(handle);
            final int free = LENGTH - used.cardinality() * SLOT;
            assertEquals(-1, fit(pool, used, size, alignment), "refused though there is room");
            assertEquals(size > 80 * 1024, reason == Refusal.Reason.TOO_LARGE);
            assertEquals(size <= 80 * 1024 && size > free, reason == Refusal.Reason.EXHAUSTED);
            return;
        }
        final int index = pool.indexOf(handle);
        final int first = index / SLOT;
        assertTrue(used.get(first, first + size / SLOT).isEmpty(), "overlap");
        assertEquals(0, pool.busAddress(handle) % alignment);
        assertNotEquals(0, pool.busAddress(handle));
        assertFalse(size > pool.region().extents().runFromOffset(Extent.ALIGNMENT + index), "crosses an extent");
        used.set(first, first + size / SLOT);
        blocks.add(new Block(handle, index, size, owner));
    }

    private static int fit(final BouncePool pool, final BitSet used, final int size, final int alignment)
    {
        for (int index = 0; index + size <= LENGTH; index += SLOT)
        {
            final int slot = index / SLOT;
            if (0 == (Extent.ALIGNMENT + index) % alignment && used.get(slot, slot + size / SLOT).isEmpty() &&
                size <= pool.region().extents().runFromOffset(Extent.ALIGNMENT + index))
            {
                return index;
            }
        }
        return -1;
    }
}
