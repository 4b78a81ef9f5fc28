/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BouncePoolTest
{
    private static final int SLOT = BouncePool.SLOT_SIZE;
    private static final int LENGTH = ScatteredRegion.LENGTH - Extent.ALIGNMENT;

    private final SharedRegion region = ScatteredRegion.open();
    private final BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH);
    private final Owner owner = new Owner("device");

    @AfterEach
    void close()
    {
        pool.close();
        region.close();
    }

    @Test
    void shouldRefuseToContainBusAddressZero()
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new BouncePool("zero", region, 0, Extent.ALIGNMENT));
        assertTrue(e.getMessage().contains("bus address 0"), e.getMessage());
    }

    @Test
    void shouldTellWhatIsWrongWithAHandleAndChangeNothing()
    {
        final long block = pool.allocate(3 * SLOT, 1, owner);
        assertMessage("another owner", () -> pool.free(block, new Owner("stranger")));
        assertMessage("interior", () -> pool.free(block + 1, owner));
        assertMessage("free", () -> pool.free(block + 3, owner));
        assertMessage("stale", () -> pool.free(block + (1L << 32), owner));
        assertMessage("not a block of this pool", () -> pool.free(-1, owner));
        assertMessage("not a block of this pool", () -> pool.free(LENGTH / SLOT, owner));
        assertEquals(3L * SLOT, pool.usedBytes());
        pool.free(block, owner);
        assertMessage("stale", () -> pool.free(block, owner));
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void shouldTellAStaleHandleFromTheBlockThatTookItsPlace()
    {
        final long first = pool.allocate(1, 1, owner);
        pool.free(first, owner);
        final long second = pool.allocate(1, 1, owner);
        assertEquals(pool.indexOf(first), pool.indexOf(second));
        assertMessage("stale", () -> pool.free(first, owner));
        pool.free(second, owner);
    }

    @Test
    void shouldTellWhyItRefuses()
    {
        final long most = pool.allocate(80 * 1024, 1, owner);
        assertEquals(Refusal.Reason.TOO_LARGE.code(), pool.allocate(80 * 1024 + 1, 1, owner));
        final Owner greedy = new Owner("greedy");
        final long a = pool.allocate(12 * 1024, 1, greedy);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), pool.allocate(32 * 1024 + 1, 1, owner));
        final long b = pool.allocate(32 * 1024, 1, greedy);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), pool.allocate(1, 1, owner));
        final Refusal refusal = pool.explain(1);
        assertSame(Refusal.Reason.EXHAUSTED, refusal.reason());
        assertEquals(0, refusal.free());
        assertEquals(List.of(new Refusal.Holder("device", 80 * 1024), new Refusal.Holder("greedy", 44 * 1024)),
            refusal.holders());
        pool.free(a, greedy);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), pool.allocate(12 * 1024 + 1, 1, owner));
        assertEquals(12 * 1024, pool.explain(1).largestRun());
        pool.free(most, owner);
        pool.free(b, greedy);
        assertEquals(LENGTH, pool.highWaterBytes());
    }

    @Test
    void shouldTellFragmentedFromExhausted()
    {
        final int count = 80 * 1024 / SLOT;
        final long[] blocks = new long[LENGTH / SLOT];
        for (int i = 0; i < blocks.length; i++)
        {
            blocks[i] = pool.allocate(SLOT, 1, owner);
            assertTrue(blocks[i] >= 0);
        }
        for (int i = 0; i < blocks.length; i += 2)
        {
            pool.free(blocks[i], owner);
        }
        assertEquals(Refusal.Reason.FRAGMENTED.code(), pool.allocate(2 * SLOT, 1, owner));
        assertEquals(Refusal.Reason.EXHAUSTED.code(), pool.allocate(count * SLOT, 1, owner));
        for (int i = 1; i < blocks.length; i += 2)
        {
            pool.free(blocks[i], owner);
        }
    }

    @Test
    void shouldNotCareWhatAPeerWritesIntoTheWindow()
    {
        final SplittableRandom random = new SplittableRandom(7);
        final byte[] garbage = new byte[ScatteredRegion.LENGTH];
        final long[] blocks = new long[10];
        for (int round = 0; round < 50; round++)
        {
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = pool.allocate(1 + random.nextInt(4000), 1, owner);
            }
            random.nextBytes(garbage);
            region.view(0, ScatteredRegion.LENGTH).putBytes(0, garbage);
            for (final long block : blocks)
            {
                pool.free(block, owner);
            }
            assertEquals(0, pool.usedBytes());
        }
    }

    @Test
    void shouldNotCloseWhileSomebodyHoldsBlocks()
    {
        final long block = pool.allocate(1, 1, owner);
        assertMessage("Holder[name=device, bytes=2048]", pool::close);
        pool.free(block, owner);
        pool.close();
        assertThrows(IllegalStateException.class, () -> pool.allocate(1, 1, owner));
    }

    @Test
    void shouldFindPoolsByBusAddressAndRefuseOverlaps()
    {
        final PoolSet set = PoolSet.of(pool);
        assertThrows(IllegalArgumentException.class, () -> set.register(pool));
        try (BouncePool other = new BouncePool("other", region, 2 * Extent.ALIGNMENT, Extent.ALIGNMENT))
        {
            assertThrows(IllegalArgumentException.class, () -> set.register(other));
        }
        assertSame(pool, set.find(Extent.ALIGNMENT));
        assertSame(pool, set.find(ScatteredRegion.LENGTH - 1));
        assertNull(set.find(Extent.ALIGNMENT - 1));
        assertNull(set.find(ScatteredRegion.LENGTH));
        set.unregister(pool);
        assertNull(set.find(Extent.ALIGNMENT));
        assertThrows(IllegalArgumentException.class, () -> set.unregister(pool));
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
