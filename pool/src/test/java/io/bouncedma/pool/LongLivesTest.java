/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Field;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What only shows after hours, or in a pool that is cut into pieces, or when something is thrown: reached here from
 * inside.
 */
class LongLivesTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 1 << 20;
    private static final int PIECE = 2048;
    /** A thread that does nothing else has freed so many blocks in an hour. */
    private static final long FREES = 1L << 37;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final PoolClient client = pool.open("device");

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        window.close();
    }

    @Test
    void shouldFreeMoreBlocksThanAnIntCounts() throws ReflectiveOperationException
    {
        final Object hot = field(Stripe.class, "hot").get(client.member().stripes().mine());
        field(HotStacks.class, "frees").setLong(hot, FREES - 1);
        for (int i = 0; i < 1000; i++)
        {
            client.free(client.allocate(64));
        }
        assertEquals(FREES + 999, client.statistics().frees());
    }

    /** No run is long enough for many of the smallest blocks at a time: what was tried for them leaves nothing. */
    @Test
    void shouldNotNeedMoreAndMorePrivateMemoryInAPoolThatIsCutIntoPieces()
    {
        final long[] pieces = new long[LENGTH / PIECE];
        for (int i = 0; i < pieces.length; i++)
        {
            pieces[i] = client.allocate(PIECE);
        }
        for (int i = 0; i < pieces.length; i += 2)
        {
            client.free(pieces[i]);
        }
        pool.core().reclaim();
        final long before = pool.statistics().metadataBytes();
        final long[] small = new long[4096];
        for (int i = 0; i < small.length; i++)
        {
            small[i] = client.allocate(64);
        }
        final long grown = pool.statistics().metadataBytes() - before;
        for (int i = 0; i < small.length; i++)
        {
            client.free(small[i]);
        }
        for (int i = 1; i < pieces.length; i += 2)
        {
            client.free(pieces[i]);
        }
        assertTrue(grown <= 32L * small.length, () -> grown + " bytes for " + small.length + " blocks");
    }

    /** As if there was no memory for what a free needs: here its arena refuses. */
    @Test
    void shouldLoseNoBlockWhenAFreeThrows() throws Exception
    {
        final Arena arena = pool.core().arenas().arenas()[0];
        final Field changing = field(Arena.class, "changing");
        final long block = client.allocate(LENGTH);
        changing.setBoolean(arena, true);
        assertThrows(IllegalStateException.class, () -> client.free(block));
        assertTrue(client.has(block));
        final Thread other = Thread.ofPlatform().start(
            () -> assertThrows(IllegalStateException.class, () -> client.free(block)));
        other.join();
        assertTrue(client.has(block));
        assertEquals(LENGTH, pool.usedBytes());
        changing.setBoolean(arena, false);
        client.free(block);
        assertEquals(0, pool.usedBytes());
    }

    /** A handle that has ended stays so: who tries again gives the block back once. */
    @Test
    void shouldNotLetARetiredHandleLiveAgainWhenItsBlockCanNotBeKept() throws Exception
    {
        final Arena arena = pool.core().arenas().arenas()[0];
        final Field changing = field(Arena.class, "changing");
        final long block = client.allocate(LENGTH);
        assertTrue(client.tryRetire(block));
        changing.setBoolean(arena, true);
        assertThrows(IllegalStateException.class, () -> client.recycle(block, 0, 0));
        changing.setBoolean(arena, false);
        assertFalse(client.has(block));
        client.recycle(block, 0, 0);
        assertFalse(client.has(block));
        assertEquals(0, pool.usedBytes());
    }

    private static Field field(final Class<?> owner, final String name) throws NoSuchFieldException
    {
        final Field field = owner.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }
}
