/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Walks slice by slice over a pool that changes at random in between, against a model of which bytes are whose: no byte
 * is told twice, and those that nothing happened to are told once, as they are.
 */
class PoolWalkPropertyTest
{
    private static final int START = Extent.ALIGNMENT;
    private static final int PART = 32 * Extent.ALIGNMENT;
    private static final int LENGTH = 3 * PART;
    private static final int WALKS = 60;
    private static final int UNIT = 8;

    private record Held(long handle, int from, int to)
    {
    }

    private final Window window = WideWindow.open(START + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, START, PART);
    private final PoolClient client = pool.open("device");
    private final List<Held> blocks = new ArrayList<>();
    /* One bit for each eight bytes. */
    private final BitSet used = new BitSet();
    private final BitSet usedBefore = new BitSet();
    private final BitSet changed = new BitSet();
    private final BitSet told = new BitSet();
    private boolean hasSecond;

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        window.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldTellWhatDoesNotChangeOnceAndAsItIs(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        pool.grow(START + LENGTH - PART, PART);
        for (int walk = 0; walk < WALKS; walk++)
        {
            final int most = random.nextInt(1, 600);
            while (blocks.size() < most)
            {
                allocate(random.nextInt(1, 700));
            }
            while (blocks.size() > most)
            {
                free(random.nextInt(blocks.size()));
            }
            reclaim();
            walk(random, 0 == walk % 3 ? 0 : random.nextInt(1, 80));
        }
        while (!blocks.isEmpty())
        {
            free(0);
        }
    }

    private void walk(final SplittableRandom random, final int changes)
    {
        changed.clear();
        told.clear();
        usedBefore.clear();
        usedBefore.or(used);
        hasSecond = random.nextBoolean();
        final BitSet expected = new BitSet();
        expected.set(0, PART / UNIT);
        expected.set((LENGTH - PART) / UNIT, LENGTH / UNIT);
        if (hasSecond)
        {
            pool.grow(START + PART, PART);
            expected.set(PART / UNIT, 2 * PART / UNIT);
        }
        try (PoolWalk walk = pool.walk())
        {
            assertEquals(LENGTH, walk.span());
            while (walk.next(this::see))
            {
                change(random, changes);
            }
            assertFalse(walk.next((offset, length, isFree) -> see(0, LENGTH, isFree)), "the walk had ended");
        }
        expected.andNot(changed);
        final BitSet missing = (BitSet)expected.clone();
        missing.andNot(told);
        assertTrue(missing.isEmpty(), () -> "not told: " + missing);
        retireSecond();
    }

    private void see(final long offset, final long length, final boolean isFree)
    {
        assertTrue(length > 0 && offset >= 0 && offset + length <= LENGTH, () -> offset + "+" + length);
        for (int unit = (int)(offset / UNIT); unit < (offset + length) / UNIT; unit++)
        {
            assertFalse(told.get(unit), "told twice");
            told.set(unit);
            assertTrue(changed.get(unit) || isFree != usedBefore.get(unit), "not as it is");
        }
    }

    private void change(final SplittableRandom random, final int changes)
    {
        for (int i = 0; i < changes; i++)
        {
            if (random.nextBoolean() || blocks.isEmpty())
            {
                allocate(random.nextInt(1, 700));
            }
            else
            {
                free(random.nextInt(blocks.size()));
            }
        }
        if (changes > 0 && random.nextBoolean())
        {
            reclaim();
        }
        if (changes > 0 && 0 == random.nextInt(4))
        {
            retireSecond();
        }
    }

    private void allocate(final int length)
    {
        final long handle = client.allocate(length);
        if (handle > 0)
        {
            final int index = client.indexOf(handle);
            final Held held = new Held(handle, index / UNIT, (index + BlockSize.of(length)) / UNIT);
            blocks.add(held);
            used.set(held.from, held.to);
            changed.set(held.from, held.to);
            if (BlockSize.MINIMUM == BlockSize.of(length))
            {
                // It may be of a slab, all of which is taken with it.
                final int inSlab = (int)handle & PieceTable.CHUNK - 1;
                final int first = held.from - inSlab * BlockSize.SMALLEST;
                changed.set(Math.max(0, first), Math.max(held.to, first + PieceTable.CHUNK * BlockSize.SMALLEST));
            }
        }
    }

    private void free(final int number)
    {
        final Held held = blocks.set(number, blocks.getLast());
        blocks.removeLast();
        client.free(held.handle);
        used.clear(held.from, held.to);
        changed.set(held.from, held.to);
    }

    /** Whoever is refused what the pool could serve if nobody had anything takes back what is hot. */
    private void reclaim()
    {
        final List<Long> parts = new ArrayList<>();
        for (long part = client.allocate(PART); part > 0; part = client.allocate(PART))
        {
            parts.add(part);
        }
        parts.forEach(client::free);
    }

    /** What is held in it is freed; it leaves the pool, and another one may get the table's room for its pieces. */
    private void retireSecond()
    {
        if (hasSecond)
        {
            for (int i = blocks.size() - 1; i >= 0; i--)
            {
                if (blocks.get(i).from >= PART / UNIT && blocks.get(i).from < 2 * PART / UNIT)
                {
                    free(i);
                }
            }
            assertEquals(0, pool.retire(START + PART));
            changed.set(PART / UNIT, 2 * PART / UNIT);
            hasSecond = false;
        }
    }
}
