/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool that parts are added to and taken from at random while blocks are live, against a model of which bytes are
 * whose: nothing new in a part that is being retired, what it holds counted to the byte, refusals true, a reserve kept.
 */
class GrowthPropertyTest
{
    private static final int SEEDS = 30;
    private static final int STEPS = 1000;
    private static final int KIB = 1024;
    private static final int START = Extent.ALIGNMENT;
    private static final int RESERVE = 8 * KIB;

    private enum Life
    {
        ABSENT, PRESENT, RETIRING
    }

    /** A part of the region that joins and leaves as one; index counts from the pool's first byte. */
    private static final class Part
    {
        private final int offset;
        private final int length;
        private Life life = Life.ABSENT;

        private Part(final int offset, final int length)
        {
            this.offset = offset;
            this.length = length;
        }

        private int from()
        {
            return offset - START;
        }

        private int to()
        {
            return offset - START + length;
        }
    }

    private record Block(long handle, int index, int size, PoolClient client)
    {
    }

    private final List<Part> parts = List.of(new Part(START, 12 * KIB), new Part(16 * KIB, 16 * KIB),
        new Part(32 * KIB, 16 * KIB), new Part(48 * KIB, 36 * KIB), new Part(84 * KIB, 44 * KIB));
    private final List<Block> blocks = new ArrayList<>();
    private final BitSet used = new BitSet();

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldBehaveAsTheModel(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        parts.getFirst().life = Life.PRESENT;
        try (Window region = ScatteredWindow.open();
            BouncePool pool = new BouncePool("pool", region, START, parts.getFirst().length, random.nextBoolean());
            PoolClient modest = pool.open("modest", new ClientLimits(RESERVE, RESERVE), AddressRules.NONE);
            PoolClient free = pool.open("free"))
        {
            for (int step = 0; step < STEPS; step++)
            {
                switch (random.nextInt(12))
                {
                    case 0 -> grow(pool, parts.get(random.nextInt(parts.size())));
                    case 1 -> retire(pool, parts.get(random.nextInt(parts.size())));
                    case 2, 3, 4, 5, 6 -> free(random);
                    default -> allocate(random, random.nextInt(8) == 0 ? modest : free);
                }
                assertEquals(lengthOf(Life.PRESENT) + heldIn(Life.RETIRING), pool.length());
                assertEquals(used.cardinality(), pool.usedBytes());
            }
            while (!blocks.isEmpty())
            {
                free(random);
            }
            for (final Part part : parts)
            {
                if (Life.RETIRING == part.life)
                {
                    assertEquals(0, pool.retire(part.offset));
                    part.life = Life.ABSENT;
                }
            }
            pool.core().reclaim();
            assertEquals(lengthOf(Life.PRESENT), pool.statistics().free());
        }
    }

    private void grow(final BouncePool pool, final Part part)
    {
        if (Life.ABSENT == part.life)
        {
            pool.grow(part.offset, part.length);
            part.life = Life.PRESENT;
        }
    }

    private void retire(final BouncePool pool, final Part part)
    {
        if (Life.ABSENT == part.life)
        {
            return;
        }
        final int held = used.get(part.from(), part.to()).cardinality();
        final long freeElsewhere = free() - (Life.PRESENT == part.life ? part.length - held : 0);
        try
        {
            final long missing = reserved(part);
            assertEquals(held, pool.retire(part.offset));
            assertFalse(freeElsewhere < missing, "what is left can not keep the reserve");
            part.life = 0 == held ? Life.ABSENT : Life.RETIRING;
        }
        catch (final IllegalStateException e)
        {
            assertFalse(freeElsewhere >= reserved(part), e::getMessage);
        }
    }

    private void free(final SplittableRandom random)
    {
        if (!blocks.isEmpty())
        {
            final Block block = blocks.remove(random.nextInt(blocks.size()));
            block.client().free(block.handle());
            used.clear(block.index(), block.index() + block.size());
        }
    }

    private void allocate(final SplittableRandom random, final PoolClient client)
    {
        final int length = 1 + (random.nextInt(8) == 0 ? random.nextInt(50 * KIB) : random.nextInt(3000));
        final int size = BlockSize.of(length);
        final long handle = client.allocate(length);
        if (handle < 0)
        {
            checkRefusal(client, size, Refusal.Reason.of(handle));
            return;
        }
        final int index = client.indexOf(handle);
        final Part home = parts.stream()
            .filter(part -> part.from() <= index && index + size <= part.to()).findFirst().orElse(null);
        assertNotNull(home, "not in one part");
        assertEquals(Life.PRESENT, home.life, "from a part that is retired");
        assertTrue(used.get(index, index + size).isEmpty(), "overlap");
        used.set(index, index + size);
        blocks.add(new Block(handle, index, size, client));
    }

    private void checkRefusal(final PoolClient client, final int size, final Refusal.Reason reason)
    {
        final boolean modest = client.limits().quota() == RESERVE;
        final long available = free() - (modest ? 0 : reserved(null));
        switch (reason)
        {
            case TOO_LARGE -> assertTrue(parts.stream()
                .noneMatch(part -> Life.PRESENT == part.life && size <= part.length) ||
                size > (modest ? RESERVE : lengthOf(Life.PRESENT) - RESERVE), "an empty pool could serve it");
            case QUOTA -> assertTrue(modest && held(client) + size > RESERVE, "below its quota");
            case EXHAUSTED -> assertTrue(size > available, () -> "there are " + available);
            default -> assertFalse(parts.stream()
                .anyMatch(part -> Life.PRESENT == part.life && fits(part, size)), "there is room");
        }
    }

    private boolean fits(final Part part, final int size)
    {
        final int step = BlockSize.alignment(size);
        for (int index = part.from(); index + size <= part.to(); index += step)
        {
            final int next = used.nextSetBit(index);
            if (next < 0 || next >= index + size)
            {
                return true;
            }
        }
        return false;
    }

    /** What nobody uses in parts from which blocks are handed out. */
    private long free()
    {
        return parts.stream().filter(part -> Life.PRESENT == part.life)
            .mapToLong(part -> part.length - used.get(part.from(), part.to()).cardinality()).sum();
    }

    /** What is kept for one client beyond what it has in parts that serve, without one of them. */
    private long reserved(final Part without)
    {
        return Math.max(0, RESERVE - blocks.stream()
            .filter(block -> block.client().limits().quota() == RESERVE && parts.stream().anyMatch(part ->
                part != without && Life.PRESENT == part.life && part.from() <= block.index() &&
                block.index() < part.to()))
            .mapToLong(Block::size).sum());
    }

    private long heldIn(final Life life)
    {
        return parts.stream().filter(part -> life == part.life)
            .mapToLong(part -> used.get(part.from(), part.to()).cardinality()).sum();
    }

    private long held(final PoolClient client)
    {
        return blocks.stream().filter(block -> block.client() == client).mapToLong(Block::size).sum();
    }

    private long lengthOf(final Life life)
    {
        return parts.stream().filter(part -> life == part.life).mapToLong(part -> part.length).sum();
    }
}
