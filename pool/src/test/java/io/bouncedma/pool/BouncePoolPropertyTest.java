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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random sequences of allocate and free by clients with limits and address rules, against a set of used bytes: no
 * overlap, alignment and rules kept, no block across an extent, a refusal only with a true reason, everything back at
 * the end.
 */
class BouncePoolPropertyTest
{
    private static final int SEEDS = 40;
    private static final int STEPS = 1000;
    private static final int LENGTH = ScatteredWindow.LENGTH - Extent.ALIGNMENT;
    private static final int LARGEST = 80 * 1024;
    private static final int QUOTA = 40 * 1024;
    private static final int RESERVE = 10_000;

    private record Held(long handle, int index, int size, PoolClient client)
    {
    }

    private final List<Held> blocks = new ArrayList<>();
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
        long highWater = 0;
        long had = 0;
        try (Window region = ScatteredWindow.open();
            BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH, random.nextBoolean());
            PoolClient free = pool.open("free");
            PoolClient limited = pool.open("limited", new ClientLimits(QUOTA, RESERVE), AddressRules.NONE);
            PoolClient nvme = pool.open("nvme", ClientLimits.NONE, new AddressRules(4095, 16383, -1)))
        {
            final PoolClient[] clients = {free, limited, nvme};
            for (int step = 0; step < STEPS; step++)
            {
                final long before = pool.core().locked(pool.core().ledger()::heldUnits) << BlockSize.UNIT_SHIFT;
                final int usedBefore = used.cardinality();
                // Waves of growth and decline, so that the pool is roomy at times and full at others.
                final int growth = 0 == (step / 200 & 1) ? 65 : 40;
                if (blocks.isEmpty() || random.nextInt(100) < growth)
                {
                    allocate(random, clients[random.nextInt(clients.length)]);
                }
                else
                {
                    final Held block = blocks.remove(random.nextInt(blocks.size()));
                    block.client().free(block.handle());
                    used.clear(block.index(), block.index() + block.size());
                }
                highWater = Math.max(highWater, used.cardinality());
                assertEquals(used.cardinality(), pool.usedBytes());
                // Hot blocks may be taken back right after one was taken, and the smallest come many at a time.
                final int more = Math.max(0, used.cardinality() - usedBefore);
                had = Math.max(had, before + (BlockSize.MINIMUM == more ? PieceTable.CHUNK * more : more));
                assertTrue(pool.highWaterBytes() >= highWater, "high-water mark below what was used");
                assertTrue(pool.highWaterBytes() <= had, "high-water mark above what clients ever had");
            }
            for (final Held block : blocks)
            {
                block.client().free(block.handle());
            }
            assertEquals(0, pool.usedBytes());
            pool.core().reclaim();
            assertEquals(LARGEST, pool.statistics().largestRun(), "free runs do not join");
            assertEquals(LENGTH, pool.statistics().free());
        }
    }

    private void allocate(final SplittableRandom random, final PoolClient client)
    {
        final int length = 1 + switch (random.nextInt(8))
        {
            case 0 -> random.nextInt(100_000);
            case 1, 2 -> random.nextInt(600);
            default -> 512 * random.nextInt(16);
        };
        final boolean nvme = client.rules().minAlignMask() > 0;
        final int alignMask = nvme ? 4095 : random.nextInt(3) > 0 ? 0 : (1 << random.nextInt(13)) - 1;
        final long low = nvme ? random.nextInt(4) * 512L : 0;
        final int size = BlockSize.of(length);
        final long handle = client.allocate(length, alignMask, low);
        if (handle < 0)
        {
            checkRefusal(client, size, alignMask, low, Refusal.Reason.of(handle));
            return;
        }
        final int index = client.indexOf(handle);
        final long bus = client.busAddress(handle);
        assertTrue(used.get(index, index + size).isEmpty(), "overlap");
        assertTrue(rulesHold(client, bus, size, alignMask, low), () -> "address 0x" + Long.toHexString(bus));
        assertNotEquals(0, bus);
        assertEquals(Extent.ALIGNMENT + index, bus);
        assertFalse(size > client.pool().window().extents().runFromOffset(bus), "crosses an extent");
        used.set(index, index + size);
        blocks.add(new Held(handle, index, size, client));
    }

    private void checkRefusal(
        final PoolClient client, final int size, final int alignMask, final long low, final Refusal.Reason reason)
    {
        final long held = held(client.name());
        final long keptForOthers = "limited".equals(client.name()) ? 0 :
            Math.max(0, RESERVE - held("limited"));
        final long free = LENGTH - used.cardinality() - keptForOthers;
        final BitSet nothing = new BitSet();
        switch (reason)
        {
            case TOO_LARGE -> assertFalse(size <= client.limits().quota() &&
                size <= LENGTH - ("limited".equals(client.name()) ? 0 : RESERVE) &&
                fits(nothing, client, size, alignMask, low), "an empty pool could serve it");
            case QUOTA -> assertTrue(held + size > client.limits().quota(), () -> "holds only " + held);
            case EXHAUSTED -> assertTrue(size > free, () -> "free are " + free);
            default -> assertFalse(fits(used, client, size, alignMask, low), "there is room");
        }
    }

    private long held(final String client)
    {
        return blocks.stream().filter(block -> block.client().name().equals(client)).mapToLong(Held::size).sum();
    }

    private static boolean fits(
        final BitSet used, final PoolClient client, final int size, final int alignMask, final long low)
    {
        int index = used.nextClearBit(0) + 7 & -8;
        while (index + size <= LENGTH)
        {
            final long bus = Extent.ALIGNMENT + index;
            final int next = used.nextSetBit(index);
            if (next >= 0 && next < index + size)
            {
                index = used.nextClearBit(next) + 7 & -8;
            }
            else if (rulesHold(client, bus, size, alignMask, low) &&
                size <= client.pool().window().extents().runFromOffset(bus))
            {
                return true;
            }
            else
            {
                index += 8;
            }
        }
        return false;
    }

    private static boolean rulesHold(
        final PoolClient client, final long bus, final int size, final int alignMask, final long low)
    {
        final int own = BlockSize.alignment(size) - 1;
        final long boundary = client.rules().boundaryMask();
        return 0 == (bus - low & alignMask & ~own) && 0 == (bus & own) &&
            (boundary < 0 || (bus & boundary) + size <= boundary + 1);
    }
}
