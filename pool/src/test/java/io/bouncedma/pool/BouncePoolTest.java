/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.pool.handles.HandleTags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BouncePoolTest
{
    private static final int KIB = 1024;
    private static final int LENGTH = ScatteredWindow.LENGTH - Extent.ALIGNMENT;

    private final Window region = ScatteredWindow.open();
    private final BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH);
    private final PoolClient client = pool.open("device");

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        region.close();
    }

    @Test
    void shouldServeADeviceWithTheWidestBoundary()
    {
        final AddressRules rules = new AddressRules(0, Long.MAX_VALUE, -1);
        assertTrue(rules.allow(Long.MAX_VALUE - 63, 64));
        assertFalse(rules.allow(Long.MAX_VALUE - 62, 64));
        try (PoolClient device = pool.open("wide", ClientLimits.NONE, rules))
        {
            device.free(device.allocate(4 * KIB));
        }
    }

    @Test
    void shouldGiveNoLiveClientsTagToAnother()
    {
        final long block = client.allocate(64);
        final int tag = (int)(block >>> HandleTags.SHIFT);
        assertEquals(client.number(), tag);
        int released = 0;
        try (PoolClient other = pool.open("other"))
        {
            released = other.number();
            assertFalse(other.has(block));
        }
        int given = 0;
        for (int i = 0; i < HandleTags.MAXIMUM; i++)
        {
            final int next = HandleTags.OF_PROCESS.take(this);
            assertNotEquals(tag, next);
            given += released == next ? 1 : 0;
            // As late as possible.
            assertTrue(released != next || i > HandleTags.MAXIMUM - 1000, "given again after " + i);
            HandleTags.OF_PROCESS.release(this, next);
        }
        assertEquals(1, given);
        client.free(block);
    }

    @Test
    void shouldNotRunOutOfTagsBeforeAllAreTaken()
    {
        final HandleTags tags = new HandleTags();
        for (int i = 1; i <= HandleTags.MAXIMUM; i++)
        {
            assertEquals(i, tags.take(this));
        }
        assertMessage("maximum=131071", () -> tags.take(this));
        tags.release(pool, 7);
        assertMessage("maximum=131071", () -> tags.take(this));
        tags.release(this, 7);
        assertEquals(7, tags.take(pool));
        tags.release(this, 7);
        assertMessage("maximum=131071", () -> tags.take(this));
    }

    @Test
    void shouldRefuseToContainBusAddressZero()
    {
        final Window other = ScatteredWindow.open();
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new BouncePool("zero", other, 0, Extent.ALIGNMENT));
        assertTrue(e.getMessage().contains("bus address 0"), e.getMessage());
        other.close();
    }

    @Test
    void shouldRefuseAPartThatAnotherPoolHas()
    {
        assertThrows(IllegalArgumentException.class,
            () -> new BouncePool("other", region, 2 * Extent.ALIGNMENT, Extent.ALIGNMENT));
    }

    @Test
    void shouldWasteLessThanAnEighthOfEveryBlock()
    {
        for (int length = 57; length < 300_000; length++)
        {
            final int size = BlockSize.of(length);
            assertTrue(size >= length && (size - length) * 8 < size, "length " + length + ", size " + size);
            assertEquals(0, size % 8);
        }
        assertEquals(BlockSize.MINIMUM, BlockSize.of(1));
    }

    @Test
    void shouldTellWhatIsWrongWithAHandleAndChangeNothing()
    {
        final PoolClient stranger = pool.open("stranger");
        final long block = client.allocate(3000);
        final long other = client.allocate(3000);
        assertMessage("another client", () -> stranger.free(block));
        assertMessage("stale", () -> client.free(block + (1L << 26)));
        assertMessage("not a block of this pool", () -> client.free(-1));
        assertMessage("not a block of this pool", () -> client.free(block + 100_000));
        assertMessage("not a block of this pool", () -> client.free(0));
        assertEquals(2 * 3008, pool.usedBytes());
        client.free(block);
        assertMessage("free already", () -> client.free(block));
        // The handle that who comes next will have.
        assertMessage("stale", () -> client.free(block + (1L << 26)));
        assertEquals(3008, pool.usedBytes());
        client.free(other);
        pool.core().reclaim();
        assertMessage("free already", () -> client.free(other));
        stranger.close();
    }

    @Test
    void shouldTellAStaleHandleFromTheBlockThatTookItsPlace()
    {
        final long first = client.allocate(1);
        client.free(first);
        final long second = client.allocate(1);
        assertEquals(client.indexOf(first), client.indexOf(second));
        assertMessage("stale", () -> client.free(first));
        assertFalse(client.has(first));
        assertTrue(client.has(second));
        client.free(second);
    }

    @Test
    void shouldHandOutTheBlockThatWasFreedLast()
    {
        final long[] blocks = {client.allocate(1024), client.allocate(1024), client.allocate(1024)};
        final int[] order = {1, 2, 0};
        for (final int i : order)
        {
            client.free(blocks[i]);
        }
        for (int i = order.length - 1; i >= 0; i--)
        {
            final long again = client.allocate(1000);
            assertEquals(client.indexOf(blocks[order[i]]), client.indexOf(again));
            blocks[order[i]] = again;
        }
        for (final long block : blocks)
        {
            client.free(block);
        }
    }

    @Test
    void shouldRefuseNothingBecauseOfHotBlocks()
    {
        final PoolClient other = pool.open("other");
        for (int size = 64; size <= 4096; size += 64)
        {
            client.free(client.allocate(size));
        }
        assertTrue(pool.statistics().hot() > 0);
        final long most = other.allocate(80 * KIB);
        assertTrue(most > 0, () -> other.explain(80 * KIB).toString());
        other.free(most);
        other.close();
    }

    @Test
    void shouldNotRetireWhatReservesNeed()
    {
        final PoolClient keeper = pool.open("keeper", new ClientLimits(Long.MAX_VALUE, 80 * KIB), AddressRules.NONE);
        final long block = keeper.allocate(80 * KIB);
        assertMessage("reserves need this extent", () -> pool.retire(48 * KIB));
        keeper.free(block);
        final long again = keeper.allocate(80 * KIB);
        assertTrue(again > 0);
        keeper.free(again);
        assertMessage("reserves need this extent", () -> pool.retire(48 * KIB));
        assertEquals(0, pool.retire(16 * KIB));
        keeper.close();
    }

    @Test
    void shouldTellWhyItRefuses()
    {
        final PoolClient greedy = pool.open("greedy");
        final long most = client.allocate(80 * KIB);
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(80 * KIB + 1));
        final long a = greedy.allocate(12 * KIB);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(32 * KIB + 1));
        final long b = greedy.allocate(32 * KIB);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1));
        final Refusal refusal = client.explain(1);
        assertSame(Refusal.Reason.EXHAUSTED, refusal.reason());
        assertEquals(0, refusal.free());
        assertEquals(List.of(new Refusal.Holder("device", 80 * KIB), new Refusal.Holder("greedy", 44 * KIB)),
            refusal.holders());
        greedy.free(a);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(12 * KIB + 1));
        assertEquals(12 * KIB, client.explain(1).largestRun());
        client.free(most);
        greedy.free(b);
        greedy.close();
        assertEquals(LENGTH, pool.highWaterBytes());
        final SizeClassStatistics smallest = client.statistics().classes().getFirst();
        assertEquals(List.of(1L, 0L, 0L, 0L), smallest.refusals());
        assertEquals(2, pool.statistics().refusals(Refusal.Reason.EXHAUSTED) - 1);
    }

    @Test
    void shouldExplainWhatWasAskedForWithItsAlignment()
    {
        final int mask = (1 << 20) - 1;
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(4 * KIB, mask, 64));
        final Refusal never = client.explain(4 * KIB, mask, 64);
        assertSame(Refusal.Reason.TOO_LARGE, never.reason());
        assertEquals(0, never.most());
        assertEquals(80 * KIB, client.explain(4 * KIB).most());
        assertSame(Refusal.Reason.TOO_LARGE, client.explain(Integer.MAX_VALUE).reason());
        try (PoolClient modest = pool.open("modest", ClientLimits.quota(4 * KIB), AddressRules.NONE))
        {
            final Refusal tooMuch = modest.explain(4 * KIB + 1);
            assertSame(Refusal.Reason.TOO_LARGE, tooMuch.reason());
            assertEquals(4 * KIB, tooMuch.most());
            assertEquals(4 * KIB, tooMuch.free());
            assertEquals(4 * KIB, tooMuch.largestRun(), "behind each other can not be more than is free");
        }
    }

    @Test
    void shouldTellFragmentedFromExhausted()
    {
        final long[] blocks = new long[LENGTH / 2048];
        for (int i = 0; i < blocks.length; i++)
        {
            blocks[i] = client.allocate(2048);
            assertTrue(blocks[i] >= 0);
        }
        for (int i = 0; i < blocks.length; i += 2)
        {
            client.free(blocks[i]);
        }
        assertEquals(Refusal.Reason.FRAGMENTED.code(), client.allocate(4096));
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(80 * KIB));
        for (int i = 1; i < blocks.length; i += 2)
        {
            client.free(blocks[i]);
        }
    }

    @Test
    void shouldKeepAGreedyClientFromStarvingTheOthers()
    {
        final PoolClient greedy = pool.open("greedy", ClientLimits.quota(64 * KIB), AddressRules.NONE);
        final PoolClient modest = pool.open("modest", new ClientLimits(Long.MAX_VALUE, 8 * KIB), AddressRules.NONE);
        final long a = greedy.allocate(64 * KIB);
        assertEquals(Refusal.Reason.QUOTA.code(), greedy.allocate(1));
        final long b = client.allocate(32 * KIB);
        final long c = client.allocate(12 * KIB);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(8 * KIB + 64), "8 KiB are kept for another");
        assertEquals(8 * KIB, client.explain(1).free());
        final long d = client.allocate(8 * KIB);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1));
        final long e = modest.allocate(8 * KIB);
        assertTrue(e > 0, () -> modest.explain(8 * KIB).toString());
        greedy.free(a);
        client.free(b);
        client.free(c);
        client.free(d);
        modest.free(e);
        greedy.close();
        modest.close();
        assertThrows(IllegalArgumentException.class,
            () -> pool.open("hog", new ClientLimits(LENGTH + 64L, LENGTH + 64L), AddressRules.NONE));
    }

    @Test
    void shouldNotCareWhatAPeerWritesIntoTheWindow()
    {
        final SplittableRandom random = new SplittableRandom(7);
        final byte[] garbage = new byte[ScatteredWindow.LENGTH];
        final long[] blocks = new long[10];
        for (int round = 0; round < 50; round++)
        {
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = client.allocate(1 + random.nextInt(4000));
            }
            random.nextBytes(garbage);
            region.view(0, ScatteredWindow.LENGTH).putBytes(0, garbage);
            for (final long block : blocks)
            {
                client.free(block);
            }
            assertEquals(0, pool.usedBytes());
        }
    }

    @Test
    void shouldScrubFreedBlocksIfAsked()
    {
        client.close();
        pool.close();
        try (BouncePool scrubbed = new BouncePool("scrubbed", region, Extent.ALIGNMENT, LENGTH, true);
            PoolClient user = scrubbed.open("user"))
        {
            final long block = user.allocate(300);
            final int index = user.indexOf(block);
            scrubbed.view().setMemory(index, 320, (byte)7);
            user.free(block);
            for (int i = 0; i < 320; i++)
            {
                assertEquals(0, scrubbed.view().getByte(index + i));
            }
        }
    }

    @Test
    void shouldNameWhoHoldsMostFirst()
    {
        try (PoolClient little = pool.open("little"); PoolClient much = pool.open("much");
            PoolClient some = pool.open("some"); PoolClient nothing = pool.open("nothing"))
        {
            final long[] blocks = {little.allocate(64), much.allocate(256), some.allocate(128)};
            assertEquals(List.of(new Refusal.Holder("much", 256), new Refusal.Holder("some", 128),
                new Refusal.Holder("little", 64)), pool.holders());
            little.free(blocks[0]);
            much.free(blocks[1]);
            some.free(blocks[2]);
            assertEquals(List.of(), pool.holders());
            nothing.free(nothing.allocate(64));
        }
    }

    @Test
    void shouldNotCloseWhileSomebodyHoldsBlocks()
    {
        final long block = client.allocate(1);
        assertMessage("Holder[name=device, bytes=64]", pool::close);
        assertMessage("client has blocks", client::close);
        client.free(block);
        client.close();
        assertMessage("client is closed", () -> client.allocate(64));
        pool.close();
        assertThrows(IllegalStateException.class, () -> pool.open("late"));
    }

    @Test
    void shouldKnowThePoolsBusAddressesAndSayWhoHoldsWhatOnUnregister()
    {
        final PoolSet set = PoolSet.of(pool);
        final int version = set.version();
        assertThrows(IllegalArgumentException.class, () -> set.register(pool));
        assertTrue(pool.contains(Extent.ALIGNMENT));
        assertTrue(pool.contains(ScatteredWindow.LENGTH - 1));
        assertFalse(pool.contains(Extent.ALIGNMENT - 1));
        assertFalse(pool.contains(ScatteredWindow.LENGTH));
        assertEquals(List.of(pool), set.pools());
        final long block = client.allocate(128);
        assertEquals(List.of(new Refusal.Holder("device", 128)), set.unregister(pool));
        assertNotEquals(version, set.version());
        client.free(block);
        assertEquals(List.of(), set.pools());
        assertThrows(IllegalArgumentException.class, () -> set.unregister(pool));
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
