/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What went wrong in Linux's swiotlb and can not here: a test for each misuse that its code lets through and for each
 * of its bugs and limits, as far as they are a matter of the pool.
 */
class SwiotlbBugsTest
{
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int PAGE = 4096;
    private static final int LENGTH = 8 * MIB;

    private final Window region = WideWindow.open(LENGTH + PAGE);
    private final BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH);
    private final PoolClient client = pool.open("device");

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        region.close();
    }

    /** Misuse: a second free of slots that were allocated again silently frees those of the new owner. */
    @Test
    void shouldNotLetASecondFreeTakeTheNewOwnersBlock()
    {
        final PoolClient other = pool.open("other");
        for (final int length : new int[]{64, 2048, 4096, 256 * KIB})
        {
            final long first = client.allocate(length);
            final int index = client.indexOf(first);
            client.free(first);
            assertThrows(IllegalStateException.class, () -> client.free(first));
            final long again = client.allocate(length);
            assertEquals(index, client.indexOf(again));
            assertMessage("stale", () -> client.free(first));
            client.free(again);
            pool.core().reclaim();
            final long others = other.allocate(length);
            assertEquals(index, other.indexOf(others));
            assertThrows(IllegalStateException.class, () -> client.free(first));
            assertThrows(IllegalStateException.class, () -> client.free(again));
            assertTrue(other.has(others));
            other.free(others);
            pool.core().reclaim();
        }
        other.close();
    }

    /** Misuse: there is no generation check. Here no handle comes back, however its block went and came. */
    @Test
    void shouldNeverHandOutAHandleTwice()
    {
        final SplittableRandom random = new SplittableRandom(1);
        final List<Long> ended = new ArrayList<>();
        for (int i = 0; i < 3000; i++)
        {
            final long block = client.allocate(2048);
            assertFalse(ended.contains(block), "seed 1, step " + i + ": handle 0x" + Long.toHexString(block));
            ended.add(block);
            client.free(block);
            if (0 == random.nextInt(4))
            {
                pool.core().reclaim();
            }
        }
    }

    /** Misuse: the free of an interior address frees the tail and leaks the head. Here an address is no handle. */
    @Test
    void shouldFreeNothingButWholeBlocks()
    {
        final long[] blocks = {client.allocate(8 * KIB), client.allocate(8 * KIB), client.allocate(8 * KIB)};
        final List<Long> live = Arrays.stream(blocks).boxed().toList();
        int freed = 0;
        for (final long block : blocks)
        {
            for (int piece = 0; piece < 200; piece++)
            {
                final long forged = block & -1L << 26 | piece;
                freed += !live.contains(forged) && client.tryFree(forged, 0, 0) ? 1 : 0;
            }
            freed += client.tryFree(client.busAddress(block) + 2 * KIB, 0, 0) ? 1 : 0;
            freed += client.tryFree(client.indexOf(block) + 2 * KIB, 0, 0) ? 1 : 0;
        }
        assertEquals(0, freed);
        assertEquals(3 * 8 * KIB, pool.usedBytes());
        for (final long block : blocks)
        {
            client.free(block);
        }
    }

    /** Misuse: any device of the same pool can free any slot. */
    @Test
    void shouldNotLetAStrangerFreeABlock()
    {
        final PoolClient stranger = pool.open("stranger");
        final long block = client.allocate(PAGE);
        assertMessage("another client", () -> stranger.free(block));
        assertFalse(stranger.tryRetire(block));
        assertFalse(stranger.has(block));
        assertTrue(client.has(block));
        client.free(block);
        stranger.close();
    }

    /** Misuse: a request for nothing is a BUG_ON. */
    @Test
    void shouldSurviveARequestForNothing()
    {
        assertThrows(IllegalArgumentException.class, () -> client.allocate(0));
        assertThrows(IllegalArgumentException.class, () -> client.allocate(-1));
        assertThrows(IllegalArgumentException.class, () -> client.allocate(PAGE, 5, 0));
        assertEquals(0, pool.usedBytes());
    }

    /** Misuse: a request that is too large scans every slot with the lock held before it fails. */
    @Test
    void shouldRefuseTheImpossibleWhateverIsFree()
    {
        final int blocks = 2000;
        final long[] held = new long[blocks];
        for (int i = 0; i < blocks; i++)
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(LENGTH + 1));
            assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(BouncePool.MAX_BLOCK));
            held[i] = client.allocate(PAGE);
        }
        for (int i = 0; i < blocks; i += 2)
        {
            client.free(held[i]);
            assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(LENGTH + 1));
        }
        for (int i = 1; i < blocks; i += 2)
        {
            client.free(held[i]);
        }
    }

    /** Slot data is not scrubbed on free. Here a pool does if asked, also what was there before the pool. */
    @Test
    void shouldLeaveNothingBehindInAPoolThatScrubs()
    {
        final long secret = client.allocate(PAGE);
        pool.view().setMemory(client.indexOf(secret), PAGE, (byte)0x5a);
        client.free(secret);
        client.close();
        pool.close();
        try (BouncePool clean = new BouncePool("clean", region, PAGE, PAGE, true);
            PoolClient user = clean.open("user"))
        {
            final long block = user.allocate(PAGE);
            assertZero(clean, user.indexOf(block), PAGE);
            clean.view().setMemory(user.indexOf(block), PAGE, (byte)0x5a);
            user.free(block);
            assertZero(clean, 0, PAGE);
            region.view(2 * PAGE, PAGE).setMemory(0, PAGE, (byte)0x5a);
            clean.grow(2 * PAGE, PAGE);
            assertZero(clean, 0, 2 * PAGE);
        }
    }

    /** Global lock, 20347fca71a3: two threads do not meet in their daily work, as neither gets what is hot for one. */
    @Test
    void shouldKeepTheHotBlocksOfThreadsApart()
    {
        final long mine = client.allocate(PAGE);
        final int index = client.indexOf(mine);
        client.free(mine);
        final long other = onAnotherThread(() ->
        {
            final long block = client.allocate(PAGE);
            client.free(block);
            return block;
        });
        assertNotEquals(index, client.indexOf(other));
        final long again = client.allocate(PAGE);
        assertEquals(index, client.indexOf(again));
        client.free(again);
    }

    /** 04867a7a3332: after allocations that were not page-aligned a stale hint gave the same page out twice. */
    @Test
    void shouldNeverGiveAPageOutTwice()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            final SplittableRandom random = new SplittableRandom(seed);
            final BitSet used = new BitSet();
            final List<Long> blocks = new ArrayList<>();
            final List<Integer> sizes = new ArrayList<>();
            for (int step = 0; step < 400; step++)
            {
                if (blocks.size() > 200 || !blocks.isEmpty() && random.nextInt(3) == 0)
                {
                    final int which = random.nextInt(blocks.size());
                    final long block = blocks.remove(which);
                    final int index = client.indexOf(block);
                    used.clear(index, index + sizes.remove(which));
                    client.free(block);
                    continue;
                }
                final boolean pages = random.nextBoolean();
                final int length = pages ? PAGE * (1 + random.nextInt(4)) : 1 + random.nextInt(6000);
                final long block = client.allocate(length, pages ? PAGE - 1 : 0, 0);
                final int index = client.indexOf(block);
                assertTrue(used.get(index, index + BlockSize.of(length)).isEmpty(), "twice, seed " + seed);
                assertEquals(0, pages ? client.busAddress(block) & PAGE - 1 : 0, "not aligned, seed " + seed);
                used.set(index, index + BlockSize.of(length));
                blocks.add(block);
                sizes.add(BlockSize.of(length));
            }
            blocks.forEach(client::free);
        }
    }

    /** CVE-2023-52790, 53c87e846e33: a pool smaller than a segment was initialised as if it were a whole one. */
    @Test
    void shouldStayInsideATinyPool()
    {
        client.close();
        pool.close();
        region.view(0, 3 * PAGE).setMemory(0, 3 * PAGE, (byte)0x11);
        try (BouncePool tiny = new BouncePool("tiny", region, PAGE, PAGE);
            PoolClient user = tiny.open("user"))
        {
            final List<Long> blocks = new ArrayList<>();
            long block = user.allocate(64);
            while (block > 0)
            {
                blocks.add(block);
                tiny.view().setMemory(user.indexOf(block), 64, (byte)0x22);
                block = user.allocate(64);
            }
            assertEquals(Refusal.Reason.EXHAUSTED.code(), block);
            assertEquals(PAGE / 64, blocks.size());
            assertEquals(0x11, region.view(0, 3 * PAGE).getByte(PAGE - 1));
            assertEquals(0x11, region.view(0, 3 * PAGE).getByte(2 * PAGE));
            blocks.forEach(user::free);
            final long whole = user.allocate(PAGE);
            assertTrue(whole > 0, () -> user.explain(PAGE).toString());
            assertEquals(Refusal.Reason.TOO_LARGE.code(), user.allocate(PAGE + 1));
            user.free(whole);
        }
    }

    /** 256 KiB cap: abe420bfae52, Hailo-8 (160 slots), AMDESE/AMDSEV#281 (sz: 2097152). */
    @Test
    void shouldServeMoreThanASegment()
    {
        for (final int length : new int[]{256 * KIB + 1, 160 * 2 * KIB, 2 * MIB, LENGTH})
        {
            final long block = client.allocate(length, PAGE - 1, 0);
            assertTrue(block > 0, () -> client.explain(length).toString());
            client.free(block);
        }
    }

    /** coreos-assembler#3435: "full" with 28249 of 32768 slots used; Dstack-TEE/dstack#1192: nothing named it. */
    @Test
    void shouldTellFragmentedFromExhaustedAndNameTheHolders()
    {
        final PoolClient greedy = pool.open("greedy");
        final int count = LENGTH / (64 * KIB);
        final long[] blocks = new long[count];
        for (int i = 0; i < count; i++)
        {
            blocks[i] = greedy.allocate(64 * KIB);
        }
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(256 * KIB));
        for (int i = 0; i < count; i += 2)
        {
            greedy.free(blocks[i]);
        }
        assertEquals(Refusal.Reason.FRAGMENTED.code(), client.allocate(256 * KIB));
        final Refusal refusal = client.explain(256 * KIB);
        assertSame(Refusal.Reason.FRAGMENTED, refusal.reason());
        assertEquals(LENGTH / 2, refusal.free());
        assertEquals(64 * KIB, refusal.largestRun());
        assertEquals(List.of(new Refusal.Holder("greedy", LENGTH / 2)), refusal.holders());
        for (int i = 1; i < count; i += 2)
        {
            greedy.free(blocks[i]);
        }
        greedy.close();
        final long block = client.allocate(LENGTH);
        assertTrue(block > 0, "free runs join across segments");
        client.free(block);
    }

    /** Pool too big (AMDSEV#116), never shrinks (dynamic swiotlb): here a pool starts small, grows and gives back. */
    @Test
    void shouldGrowAndShrink()
    {
        client.close();
        pool.close();
        try (BouncePool small = new BouncePool("small", region, PAGE, PAGE);
            PoolClient user = small.open("user"))
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), user.allocate(MIB));
            small.grow(2 * PAGE, MIB);
            final long block = user.allocate(MIB);
            assertTrue(block > 0);
            assertEquals(MIB, small.retire(2 * PAGE));
            user.free(block);
            assertEquals(0, small.retire(2 * PAGE));
            assertEquals(PAGE, small.length());
            assertEquals(Refusal.Reason.TOO_LARGE.code(), user.allocate(MIB));
        }
    }

    /** Drivers that leak (raspberrypi/linux#3164, rtl8192ee#3) take the pool from everybody. */
    @Test
    void shouldKeepALeakingClientFromTheOthers()
    {
        final PoolClient leaking = pool.open("leaking", ClientLimits.quota(MIB), AddressRules.NONE);
        final PoolClient modest = pool.open("modest", new ClientLimits(MIB, MIB), AddressRules.NONE);
        final List<Long> leaked = new ArrayList<>();
        final List<Long> rest = new ArrayList<>();
        assertEquals(Refusal.Reason.QUOTA.code(), takeAll(leaking, leaked));
        assertEquals(MIB, leaking.usedBytes());
        assertEquals(Refusal.Reason.EXHAUSTED.code(), takeAll(client, rest));
        assertEquals(LENGTH - 2 * MIB, client.usedBytes());
        for (int i = 0; i < 1000; i++)
        {
            final long block = modest.allocate(MIB);
            assertTrue(block > 0, () -> modest.explain(MIB).toString());
            modest.free(block);
        }
        leaked.forEach(leaking::free);
        rest.forEach(client::free);
        leaking.close();
        modest.close();
    }

    private static int takeAll(final PoolClient taker, final List<Long> blocks)
    {
        long block = taker.allocate(PAGE);
        while (block > 0)
        {
            blocks.add(block);
            block = taker.allocate(PAGE);
        }
        return (int)block;
    }

    private static void assertZero(final BouncePool pool, final int index, final int length)
    {
        final byte[] bytes = new byte[length];
        pool.view().getBytes(index, bytes);
        assertArrayEquals(new byte[length], bytes);
    }


    private static long onAnotherThread(final LongSupplier work)
    {
        return CompletableFuture.supplyAsync(work::getAsLong, task -> new Thread(task).start()).join();
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
