/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.GranuleWindow;
import io.bouncedma.memory.Sharing;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools in a window that is shared by granules, with a peer that refuses, takes its time and keeps: nothing is handed
 * out of a granule that is not back since it was somebody else's, and what was refused leaves nothing behind.
 */
class GranulePoolsTest
{
    private static final int GRANULE = 4 * Extent.ALIGNMENT;
    private static final int GRANULES = 12;
    private static final int POOLS = 2;
    private static final int STEPS = 6_000;
    /** Nobody's, in the model. */
    private static final int FREE = -1;

    private final GranuleWindow granules = GranuleWindow.open((long)GRANULES * GRANULE, GRANULE);
    /** The same, which takes its time for so many shares. */
    private final Window window = (Window)Proxy.newProxyInstance(Window.class.getClassLoader(),
        new Class<?>[]{Window.class}, (proxy, method, arguments) -> call(method, arguments));
    private int pending;

    private final BouncePool[] pools = new BouncePool[POOLS];
    private final PoolClient[] clients = new PoolClient[POOLS];
    private final List<Block> blocks = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private final int[] owners = new int[GRANULES];
    private final boolean[] used = new boolean[GRANULES];
    private SplittableRandom random = new SplittableRandom(0);

    @AfterEach
    void close()
    {
        granules.close();
    }

    @Test
    void shouldHandNothingOutThatIsNotShared()
    {
        try (BouncePool pool = new BouncePool("pool", window, 0, GRANULE); PoolClient client = pool.open("device"))
        {
            pending = 2;
            assertEquals(2 * GRANULE, pool.grow(GRANULE, 2 * GRANULE));
            assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(2 * GRANULE));
            assertEquals(GRANULE, pool.length());
            // Claimed, for nobody else to have it, and not to be added otherwise.
            assertThrows(IllegalArgumentException.class, () -> new BouncePool("other", window, 2 * GRANULE, GRANULE));
            assertThrows(IllegalArgumentException.class, () -> pool.grow(GRANULE, GRANULE));
            assertEquals(2 * GRANULE, pool.grow(GRANULE, 2 * GRANULE));
            assertEquals(0, pool.grow(GRANULE, 2 * GRANULE));
            client.free(client.allocate(2 * GRANULE));
            assertEquals(3 * GRANULE, pool.length());
        }
    }

    @Test
    void shouldGiveUpWhatTakesTooLongToShare()
    {
        try (BouncePool pool = new BouncePool("pool", window, 0, GRANULE))
        {
            pending = 1;
            assertEquals(GRANULE, pool.grow(GRANULE, GRANULE));
            assertEquals(0, pool.retire(GRANULE));
            new BouncePool("other", window, GRANULE, GRANULE).close();
            pending = 1;
            assertEquals(GRANULE, pool.grow(2 * GRANULE, GRANULE));
        }
        // It was closed in the midst of that.
        new BouncePool("other", window, 2 * GRANULE, GRANULE).close();
    }

    @Test
    void shouldTakeWhatWasSharedAheadOfIt()
    {
        pending = 1;
        assertThrows(IllegalStateException.class, () -> new BouncePool("pool", window, 0, GRANULE));
        pending = 1;
        assertEquals(Sharing.PENDING, window.share(0, GRANULE));
        assertEquals(Sharing.DONE, window.share(0, GRANULE));
        new BouncePool("pool", window, 0, GRANULE).close();
    }

    /** The peer is not done with what a pool left behind: the next one gets it only then. */
    @Test
    void shouldKeepFromTheNextPoolWhatThePeerUses()
    {
        new BouncePool("pool", window, 0, 2 * GRANULE).close();
        for (int late = 1; late < GranuleWindow.LATE; late++)
        {
            assertThrows(IllegalStateException.class, () -> new BouncePool("next", window, GRANULE, GRANULE));
        }
        final BouncePool next = new BouncePool("next", window, GRANULE, GRANULE);
        granules.peerUses(GRANULE, true);
        next.close();
        for (int i = 0; i < 10; i++)
        {
            final String message = assertThrows(
                IllegalStateException.class, () -> new BouncePool("next", window, 0, 3 * GRANULE)).getMessage();
            assertTrue(message.contains("not back") && message.contains("other=pool next"), message);
        }
        assertEquals(GRANULE, window.users().leavingBytes());
        granules.peerUses(GRANULE, false);
        for (int late = 0; late < GranuleWindow.LATE; late++)
        {
            assertEquals(GRANULE, window.users().leavingBytes());
        }
        assertEquals(0, window.users().leavingBytes());
        new BouncePool("next", window, 0, 3 * GRANULE).close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldHandOutNothingThatThePeerHasStill(final long seed)
    {
        random = new SplittableRandom(seed);
        Arrays.fill(owners, FREE);
        for (int step = 0; step < STEPS; step++)
        {
            step(random.nextInt(POOLS));
        }
        for (int i = 0; i < GRANULES; i++)
        {
            peerUses(i, false);
        }
        for (int pool = 0; pool < POOLS; pool++)
        {
            close(pool);
        }
        for (int late = 0; late <= GranuleWindow.LATE; late++)
        {
            granules.users().leavingBytes();
        }
        assertEquals(0, granules.users().leavingBytes());
        assertEquals(0, granules.sharedBytes());
        assertTrue(granules.refusals() > 0);
    }

    private void step(final int pool)
    {
        pending = 0 == random.nextInt(6) ? 1 : 0;
        switch (null == pools[pool] ? 0 : random.nextInt(16))
        {
            case 0 -> openOrClose(pool);
            case 1, 2, 3 -> grow(pool);
            case 4, 5 -> retire(pool);
            case 6, 7, 8, 9 -> allocate(pool);
            case 10, 11, 12 -> free(pool);
            default -> peerUses(random.nextInt(GRANULES), random.nextBoolean());
        }
        final long leaving = 0 == random.nextInt(32) ? granules.users().leavingBytes() : (long)GRANULES * GRANULE;
        long owned = 0;
        for (final int owner : owners)
        {
            owned += FREE == owner ? 0 : GRANULE;
        }
        assertTrue(granules.sharedBytes() <= owned + leaving, "shared for nobody: " + granules.sharedBytes());
    }

    private void openOrClose(final int pool)
    {
        if (null != pools[pool])
        {
            close(pool);
            return;
        }
        final Part part = randomPart(pool, 0);
        if (adds(part, () -> pools[pool] = new BouncePool("pool " + pool, window, part.offset(), part.length())))
        {
            join(part, true);
            clients[pool] = pools[pool].open("device");
        }
    }

    private void close(final int pool)
    {
        if (null != pools[pool] && random.nextBoolean() && blocks.stream().anyMatch(block -> pool == block.pool))
        {
            pools[pool].abandon();
        }
        else if (null != pools[pool])
        {
            blocks.stream().filter(block -> pool == block.pool).forEach(block -> clients[pool].free(block.handle));
            pools[pool].close();
        }
        pools[pool] = null;
        blocks.removeIf(block -> pool == block.pool);
        parts.stream().filter(part -> pool == part.pool).forEach(part -> own(part, FREE));
        parts.removeIf(part -> pool == part.pool);
    }

    private void grow(final int pool)
    {
        final Part begun = parts.stream().filter(part -> pool == part.pool && part.isPending).findAny().orElse(null);
        final Part part = null == begun ? randomPart(pool, pools[pool].busAddress(0) & 0xffff_ffffL) : begun;
        final boolean[] isIn = new boolean[1];
        if (null == begun ? adds(part, () -> isIn[0] = 0 == pools[pool].grow(part.offset(), part.length())) :
            again(part, isIn))
        {
            parts.remove(part);
            join(part, isIn[0]);
        }
        else if (null != begun)
        {
            parts.remove(part);
            own(part, FREE);
        }
    }

    private boolean again(final Part part, final boolean[] isIn)
    {
        final long refusals = granules.refusals();
        try
        {
            isIn[0] = 0 == pools[part.pool].grow(part.offset(), part.length());
            return true;
        }
        catch (final IllegalStateException e)
        {
            assertEquals(refusals + 1, granules.refusals(), e::getMessage);
            return false;
        }
    }

    /** Try to add a part: it can be refused for what the model and the window say, and only for that. */
    private boolean adds(final Part part, final Runnable add)
    {
        final long refusals = granules.refusals();
        final boolean isPending = pending > 0;
        boolean isOwned = false;
        for (int i = part.from; i < part.to; i++)
        {
            isOwned |= FREE != owners[i];
        }
        try
        {
            add.run();
            assertFalse(isOwned, "added twice");
            return true;
        }
        catch (final IllegalArgumentException e)
        {
            assertTrue(isOwned, e::getMessage);
            return false;
        }
        catch (final IllegalStateException e)
        {
            assertTrue(granules.refusals() > refusals || e.getMessage().contains("not back") ||
                isPending && e.getMessage().contains("takes its time"), e::getMessage);
            return false;
        }
    }

    private void join(final Part part, final boolean isIn)
    {
        part.isPending = !isIn;
        parts.add(part);
        own(part, part.pool);
        for (int i = part.from; i < part.to && isIn; i++)
        {
            assertFalse(used[i], "the peer uses a granule still that was somebody else's: " + i);
        }
    }

    private void own(final Part part, final int owner)
    {
        Arrays.fill(owners, part.from, part.to, owner);
    }

    private void retire(final int pool)
    {
        final List<Part> own = parts.stream().filter(part -> pool == part.pool).toList();
        if (own.isEmpty())
        {
            return;
        }
        final Part part = own.get(random.nextInt(own.size()));
        final long left = pools[pool].retire(part.offset());
        part.isRetired = true;
        final long held = blocks.stream()
            .filter(block -> block.at >= part.offset() && block.at < part.offset() + part.length())
            .mapToLong(block -> BlockSize.of(block.length)).sum();
        assertTrue(0 == held ? 0 == left || part.length() == left : held == left, held + " held, " + left + " left");
        if (0 == left)
        {
            parts.remove(part);
            own(part, FREE);
        }
    }

    private void allocate(final int pool)
    {
        final int length = 1 + random.nextInt(2 * GRANULE);
        final long handle = clients[pool].allocate(length);
        if (handle < 0)
        {
            return;
        }
        final long at = clients[pool].offsetOf(handle) + pools[pool].busAddress(0) - window.busAddress(0);
        assertTrue(isSeen(clients[pool].busAddress(handle), length));
        assertTrue(parts.stream().anyMatch(part -> pool == part.pool && !part.isPending && !part.isRetired &&
            at >= part.offset() && at + length <= part.offset() + part.length()), "from no part of the pool: " + at);
        assertTrue(blocks.stream().noneMatch(block -> at < block.at + block.length && block.at < at + length));
        blocks.add(new Block(pool, handle, at, length));
    }

    private void free(final int pool)
    {
        final List<Block> own = blocks.stream().filter(block -> pool == block.pool).toList();
        if (!own.isEmpty())
        {
            final Block block = own.get(random.nextInt(own.size()));
            clients[pool].free(block.handle);
            blocks.remove(block);
        }
    }

    /** It can begin to use only what it sees. */
    private void peerUses(final int granule, final boolean does)
    {
        final long bus = window.busAddress((long)granule * GRANULE);
        if (!does || isSeen(bus, 1))
        {
            used[granule] = does;
            granules.peerUses((long)granule * GRANULE, does);
        }
    }

    private boolean isSeen(final long bus, final int length)
    {
        final List<Long> pieces = new ArrayList<>();
        return BusMemory.Translation.FOUND ==
            granules.translate(bus, length, true, (memory, offset, bytes) -> pieces.add(offset));
    }

    private Part randomPart(final int pool, final long behind)
    {
        final int first = (int)(behind / GRANULE);
        final int from = first + random.nextInt(GRANULES - first);
        return new Part(pool, from, from + 1 + random.nextInt(Math.min(4, GRANULES - from)));
    }

    private Object call(final Method method, final Object... arguments) throws Throwable
    {
        if ("share".equals(method.getName()) && pending > 0)
        {
            pending--;
            return Sharing.PENDING;
        }
        try
        {
            return method.invoke(granules, arguments);
        }
        catch (final InvocationTargetException e)
        {
            throw e.getCause();
        }
    }

    private record Block(int pool, long handle, long at, int length)
    {
    }

    private static final class Part
    {
        private final int pool;
        private final int from;
        private final int to;
        private boolean isPending;
        private boolean isRetired;

        Part(final int pool, final int from, final int to)
        {
            this.pool = pool;
            this.from = from;
            this.to = to;
        }

        long offset()
        {
            return (long)from * GRANULE;
        }

        long length()
        {
            return (long)(to - from) * GRANULE;
        }
    }
}
