/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a walk over a pool costs those who use the pool, and what it says when parts of it go.
 */
class PoolWalkTest
{
    private static final int START = Extent.ALIGNMENT;
    private static final int PART = 256 * Extent.ALIGNMENT;
    private static final int LENGTH = 2 * PART;
    /** Longer than those that are cut many at a time, which are one piece until one of them joins the free runs. */
    private static final int SIZE = 128;

    private record Piece(long offset, long length, boolean isFree)
    {
    }

    private final Window window = WideWindow.open(START + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, START, PART);
    private final PoolClient client = pool.open("device");

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        window.close();
    }

    /** In pieces, not in time: a lock is held while so many are copied, and for none of those of another slice. */
    @Test
    void shouldTellInSlicesOfBoundedSize()
    {
        pool.grow(START + PART, PART);
        final long first = client.allocate(Extent.ALIGNMENT);
        final int count = 10_000;
        final long[] blocks = allocate(count);
        final PoolWalk walk = pool.walk();
        int slices = 0;
        int told = 0;
        boolean isMore = true;
        while (isMore)
        {
            final List<Piece> pieces = new ArrayList<>();
            isMore = walk.next((offset, length, isFree) -> pieces.add(new Piece(offset, length, isFree)));
            assertTrue(pieces.size() <= PoolWalk.SLICE);
            told += pieces.size();
            slices++;
        }
        assertEquals(1 + count + 1, told, "blocks and the rest");
        assertEquals((told + PoolWalk.SLICE - 1) / PoolWalk.SLICE, slices, "the last of a part is not a slice");
        free(blocks);
        client.free(first);
    }

    /** Many small parts do not make a slice of their own each, so that a walk ends. */
    @Test
    void shouldFillASliceFromSeveralParts()
    {
        for (int at = 0; at < 16; at++)
        {
            pool.grow(START + PART + at * Extent.ALIGNMENT, Extent.ALIGNMENT);
        }
        assertEquals(17, pieces(pool.walk()).size());
        final PoolWalk walk = pool.walk();
        assertFalse(walk.next((offset, length, isFree) -> assertTrue(isFree)));
    }

    @Test
    void shouldHoldNoLockWhileItTells() throws InterruptedException
    {
        final long[] blocks = allocate(2 * PoolWalk.SLICE);
        final AtomicBoolean seen = new AtomicBoolean();
        try (PoolWalk walk = pool.walk())
        {
            walk.next((offset, length, isFree) ->
            {
                if (!seen.getAndSet(true))
                {
                    runElsewhere(this::allocateAndFree);
                }
            });
            runElsewhere(this::allocateAndFree);
        }
        assertTrue(seen.get());
        free(blocks);
    }

    @Test
    void shouldGoOnAfterItsVisitorThrew()
    {
        final long[] blocks = allocate(2 * PoolWalk.SLICE);
        final PoolWalk walk = pool.walk();
        final IllegalStateException thrown = new IllegalStateException();
        IllegalStateException caught = null;
        try
        {
            walk.next((offset, length, isFree) ->
            {
                throw thrown;
            });
        }
        catch (final IllegalStateException e)
        {
            caught = e;
        }
        assertEquals(thrown, caught);
        assertEquals(PoolWalk.SLICE + 1, pieces(walk).size());
        free(blocks);
    }

    @Test
    void shouldLetSeveralWalkAtOnceAndEndInTheMidst()
    {
        final long[] blocks = allocate(3 * PoolWalk.SLICE);
        final PoolWalk first = pool.walk();
        final PoolWalk second = pool.walk();
        final PoolWalk third = pool.walk();
        for (final PoolWalk walk : List.of(first, second, third))
        {
            assertTrue(walk.next((offset, length, isFree) -> assertFalse(isFree)));
        }
        second.close();
        second.close();
        assertEquals(List.of(), pieces(second));
        free(blocks);
        takeBack();
        assertEquals(List.of(new Piece(PoolWalk.SLICE * SIZE, PART - PoolWalk.SLICE * SIZE, true)), pieces(first));
        assertEquals(pieces(pool.walk()), List.of(new Piece(0, PART, true)));
        assertEquals(List.of(new Piece(PoolWalk.SLICE * SIZE, PART - PoolWalk.SLICE * SIZE, true)), pieces(third));
    }

    /** It stands in the midst of a run that was joined, and what is taken of that lies before, around and behind. */
    @Test
    void shouldStayWhereItIsWhenARunIsCut()
    {
        final long[] blocks = allocate(2 * PoolWalk.SLICE);
        final PoolWalk walk = pool.walk();
        walk.next((offset, length, isFree) -> assertFalse(isFree));
        free(blocks);
        takeBack();
        final int stand = PoolWalk.SLICE * SIZE;
        final long before = client.allocate(Extent.ALIGNMENT);
        final long around = client.allocate(stand);
        final long behind = client.allocate(SIZE);
        assertEquals(List.of(
            new Piece(stand, Extent.ALIGNMENT, false),
            new Piece(stand + Extent.ALIGNMENT, SIZE, false),
            new Piece(stand + Extent.ALIGNMENT + SIZE, PART - stand - Extent.ALIGNMENT - SIZE, true)), pieces(walk));
        free(new long[] {before, around, behind});
    }

    /** The smallest blocks are cut many at a time, and are one piece until one of them joins the free runs. */
    @Test
    void shouldStayWhereItIsWhenTheSmallestBlocksBecomePieces()
    {
        final long[] blocks = allocate(PoolWalk.SLICE);
        final long first = client.allocate(SIZE / 2);
        final long second = client.allocate(SIZE / 2);
        final int stand = PoolWalk.SLICE * SIZE;
        assertEquals(stand, client.offsetOf(first));
        assertEquals(stand + SIZE / 2, client.offsetOf(second));
        final PoolWalk walk = pool.walk();
        assertTrue(walk.next((offset, length, isFree) -> assertFalse(isFree)));
        client.free(first);
        takeBack();
        assertEquals(stand + SIZE / 2, client.offsetOf(second));
        assertEquals(SIZE / 2, client.size(second));
        assertEquals(List.of(
            new Piece(stand, SIZE / 2, true),
            new Piece(stand + SIZE / 2, SIZE / 2, false),
            new Piece(stand + SIZE, PART - stand - SIZE, true)), pieces(walk));
        client.free(second);
        free(blocks);
    }

    /** The room for the pieces of a part that is gone is another part's at once. */
    @Test
    void shouldTellNothingOfAPartThatIsGone()
    {
        final long[] blocks = allocate(2 * PoolWalk.SLICE);
        final PoolWalk walk = pool.walk();
        assertTrue(walk.next((offset, length, isFree) -> assertFalse(isFree)));
        free(blocks);
        pool.grow(START + PART, PART);
        assertEquals(0, pool.retire(START));
        final long[] others = allocate(4 * PoolWalk.SLICE);
        assertEquals(List.of(), pieces(walk));
        assertEquals(others.length + 1, pieces(pool.walk()).size());
        free(others);
    }

    @Test
    void shouldWalkOverAPoolThatIsClosed()
    {
        final long[] blocks = allocate(2 * PoolWalk.SLICE);
        final PoolWalk walk = pool.walk();
        walk.next((offset, length, isFree) -> assertFalse(isFree));
        free(blocks);
        client.close();
        pool.close();
        assertEquals(List.of(new Piece(PoolWalk.SLICE * SIZE, PART - PoolWalk.SLICE * SIZE, true)), pieces(walk));
    }

    @Test
    void shouldNotBeLostAmongThreadsThatAllocate() throws InterruptedException
    {
        final AtomicBoolean end = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++)
        {
            final SplittableRandom random = new SplittableRandom(i);
            threads.add(Thread.ofPlatform().uncaughtExceptionHandler((thread, e) -> failure.set(e)).start(() ->
            {
                final long[] held = new long[512];
                while (!end.get())
                {
                    final int at = random.nextInt(held.length);
                    held[at] = 0 < held[at] ? freed(held[at]) : client.allocate(random.nextInt(1, 2048));
                }
                free(held);
            }));
        }
        try
        {
            for (int walk = 0; walk < 200; walk++)
            {
                final long[] last = {0};
                final PoolWalk walking = pool.walk();
                boolean isMore = true;
                while (isMore)
                {
                    isMore = walking.next((offset, length, isFree) ->
                    {
                        assertEquals(last[0], offset, "each byte once");
                        assertTrue(length > 0);
                        last[0] = offset + length;
                    });
                }
                assertEquals(PART, last[0]);
            }
        }
        finally
        {
            end.set(true);
            for (final Thread thread : threads)
            {
                thread.join();
            }
        }
        assertNull(failure.get());
    }

    private long[] allocate(final int count)
    {
        final long[] blocks = new long[count];
        for (int i = 0; i < count; i++)
        {
            blocks[i] = client.allocate(SIZE);
            assertTrue(blocks[i] > 0);
        }
        return blocks;
    }

    private void free(final long[] blocks)
    {
        for (final long block : blocks)
        {
            if (block > 0)
            {
                client.free(block);
            }
        }
    }

    private long freed(final long block)
    {
        client.free(block);
        return 0;
    }

    /** One that no hot block serves. */
    private void allocateAndFree()
    {
        client.free(client.allocate(16 * Extent.ALIGNMENT));
        takeBack();
    }

    /** Whoever is refused what the pool could serve if nobody had anything takes back what is hot. */
    private void takeBack()
    {
        final List<Long> parts = new ArrayList<>();
        for (long part = client.allocate(PART); part > 0; part = client.allocate(PART))
        {
            parts.add(part);
        }
        parts.forEach(client::free);
    }

    private static void runElsewhere(final Runnable action)
    {
        final AtomicBoolean done = new AtomicBoolean();
        final Thread thread = Thread.ofPlatform().daemon().start(() ->
        {
            action.run();
            done.set(true);
        });
        try
        {
            thread.join(TestLimits.millis(10_000));
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
        assertTrue(done.get(), "waits for a lock");
    }

    private static List<Piece> pieces(final PoolWalk walk)
    {
        final List<Piece> pieces = new ArrayList<>();
        boolean isMore = true;
        while (isMore)
        {
            isMore = walk.next((offset, length, isFree) -> pieces.add(new Piece(offset, length, isFree)));
        }
        return pieces;
    }
}
