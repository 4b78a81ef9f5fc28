/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Blocks that are copied out of when they are freed, and filled when they are taken.
 */
class CopyOutTest
{
    private static final int LENGTH = 100;

    private final Window window = ScatteredWindow.open();
    private final byte[] target = new byte[LENGTH + 2];

    @AfterEach
    void close()
    {
        window.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCopyAndFreeOnce(final boolean scrubs)
    {
        try (BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, Extent.ALIGNMENT, scrubs);
            PoolClient client = pool.open("device"))
        {
            final long block = filled(client);
            assertTrue(client.bounce().tryFree(block, 7, 2, target, 1, LENGTH - 2));
            requireCopied(2, LENGTH - 2);
            assertEquals(0, client.usedBytes());
            assertEquals(7, client.statistics().bytesToDevice());
            assertEquals(LENGTH - 2, client.statistics().bytesFromDevice());
            final long other = filled(client);
            Arrays.fill(target, (byte)0);
            assertFalse(client.bounce().tryFree(block, 0, 0, target, 0, 1), "a stale handle");
            assertFalse(client.bounce().tryFree(-1, 0, 0, target, 0, 1), "no handle");
            assertArrayEquals(new byte[LENGTH + 2], target);
            client.free(other);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCopyWhatAnotherThreadHasTaken(final boolean scrubs)
    {
        try (BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, Extent.ALIGNMENT, scrubs);
            PoolClient client = pool.open("device"))
        {
            final long block = CompletableFuture.supplyAsync(() -> filled(client)).join();
            assertTrue(client.bounce().tryFree(block, 0, 0, target, 1, LENGTH));
            requireCopied(0, LENGTH);
            assertEquals(0, client.usedBytes());
            assertFalse(client.bounce().tryFree(block, 0, 0, target, 1, LENGTH));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldChangeNothingIfThereAreNoSuchBytes(final boolean scrubs)
    {
        try (BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, Extent.ALIGNMENT, scrubs);
            PoolClient client = pool.open("device"))
        {
            final long block = filled(client);
            final int size = client.size(block);
            assertFalse(client.bounce().tryFree(block, 0, size - 1, target, 0, 2));
            assertFalse(client.bounce().tryFree(block, 0, -1, target, 0, 2));
            assertThrows(IndexOutOfBoundsException.class,
                () -> client.bounce().tryFree(block, 0, 0, target, LENGTH, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> client.bounce().tryFree(block, 0, 0, target, -1, 3));
            assertArrayEquals(new byte[LENGTH + 2], target);
            assertTrue(client.bounce().tryFree(block, 0, size - 1, target, 0, 1), "it is live still");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldZeroAllButAPart(final boolean scrubs)
    {
        try (BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, Extent.ALIGNMENT, scrubs);
            PoolClient client = pool.open("device"))
        {
            final long block = filled(client);
            final int index = client.indexOf(block);
            assertEquals(client.address(block) + 3, client.bounce().clearAround(block, 3, LENGTH - 4));
            for (int i = 0; i < client.size(block); i++)
            {
                assertEquals(i >= 3 && i < LENGTH - 1 ? i + 1 : 0, pool.view().getByte(index + i), "byte " + i);
            }
            client.bounce().clearAround(block, 0, 0);
            assertEquals(scrubs ? 4 : 0, pool.view().getByte(index + 3), "a pool that scrubs has zeroed it before");
            assertThrows(IndexOutOfBoundsException.class,
                () -> client.bounce().clearAround(block, 3, client.size(block)));
            client.free(block);
        }
    }

    private static long filled(final PoolClient client)
    {
        final long block = client.allocate(LENGTH);
        for (int i = 0; i < client.size(block); i++)
        {
            client.pool().view().putByte(client.indexOf(block) + i, (byte)(i + 1));
        }
        return block;
    }

    private void requireCopied(final int first, final int length)
    {
        final byte[] expected = new byte[LENGTH + 2];
        for (int i = 0; i < length; i++)
        {
            expected[1 + i] = (byte)(first + i + 1);
        }
        assertArrayEquals(expected, target);
    }
}
