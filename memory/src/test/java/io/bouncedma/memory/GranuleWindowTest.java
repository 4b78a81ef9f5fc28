/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Sharing and unsharing of ranges, with a window that refuses, delays and keeps.
 */
class GranuleWindowTest
{
    private static final int GRANULE = 4 * Extent.ALIGNMENT;
    private static final int GRANULES = 16;
    private static final int STEPS = 2_000;

    private final GranuleWindow window = GranuleWindow.open((long)GRANULES * GRANULE, GRANULE);

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldShowThePeerOnlyWhatIsShared()
    {
        final long bus = window.busAddress(GRANULE);
        assertEquals(BusMemory.Translation.NOT_FOUND, find(bus, 1));
        assertEquals(Sharing.DONE, window.share(GRANULE, 2L * GRANULE));
        assertEquals(BusMemory.Translation.FOUND, find(bus, 2L * GRANULE));
        assertEquals(BusMemory.Translation.NOT_FOUND, find(bus, 2L * GRANULE + 1));
        assertEquals(2L * GRANULE, window.sharedBytes());
    }

    @Test
    void shouldAnswerAnUnshareLateAndCountTheGenerationAtOnce()
    {
        window.share(0, GRANULE);
        final long generation = window.generation();
        for (int i = 0; i < GranuleWindow.LATE; i++)
        {
            assertEquals(Sharing.PENDING, window.unshare(0, GRANULE));
            assertEquals(BusMemory.Translation.NOT_FOUND, find(window.busAddress(0), 1));
            assertNotEquals(generation, window.generation());
            assertEquals(GRANULE, window.sharedBytes(), "the peer can write it still");
        }
        assertEquals(Sharing.DONE, window.unshare(0, GRANULE));
        assertEquals(0, window.sharedBytes());
        assertEquals(Sharing.DONE, window.unshare(0, GRANULE));
        assertEquals(generation + 1, window.generation());
    }

    @Test
    void shouldKeepWhatThePeerUses()
    {
        window.share(0, 2L * GRANULE);
        window.peerUses(GRANULE + 1, true);
        final long generation = window.generation();
        final Sharing kept = window.unshare(0, 2L * GRANULE);
        assertEquals(Sharing.Status.IN_USE, kept.status());
        assertEquals("the peer uses granule 1", kept.reason());
        assertEquals(generation, window.generation());
        assertEquals(BusMemory.Translation.FOUND, find(window.busAddress(0), 2L * GRANULE));
        window.peerUses(GRANULE, false);
        assertEquals(Sharing.PENDING, window.unshare(0, 2L * GRANULE));
        // Back at once is not possible: the peer has yet to let it go.
        assertEquals(Sharing.PENDING, window.share(0, 2L * GRANULE));
    }

    @Test
    void shouldRefuseWhatIsNoRangeOfGranules()
    {
        for (final long[] range : new long[][]{{1, GRANULE}, {0, GRANULE - 1}, {0, 0}, {GRANULE / 2, GRANULE}})
        {
            final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> window.share(range[0], range[1]));
            assertTrue(e.getMessage().contains("name=granules"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> window.unshare(range[0], range[1]));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> window.share(0, window.length() + GRANULE));
        assertThrows(IndexOutOfBoundsException.class, () -> window.unshare(-GRANULE, GRANULE));
        window.close();
        assertThrows(IllegalStateException.class, () -> window.share(0, GRANULE));
    }

    @Test
    void shouldAlwaysBeSharedIfItSaysNothing()
    {
        try (Window always = ScatteredWindow.open())
        {
            final long generation = always.generation();
            assertTrue(always.share(0, Extent.ALIGNMENT).isDone());
            assertTrue(always.unshare(0, Extent.ALIGNMENT).isDone());
            assertEquals(generation, always.generation());
            assertThrows(IllegalArgumentException.class, () -> always.share(1, Extent.ALIGNMENT));
        }
    }

    /** Whatever is asked for, in whatever order: nothing that was refused is shared, and what is done is done. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldDoAsItSays(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int step = 0; step < STEPS; step++)
        {
            final long from = random.nextInt(GRANULES);
            final long offset = from * GRANULE;
            final long length = (1 + random.nextLong(GRANULES - from)) * GRANULE;
            window.peerUses(random.nextLong(window.length()), random.nextBoolean());
            final long before = window.sharedBytes();
            final long generation = window.generation();
            if (random.nextBoolean())
            {
                final Sharing shared = window.share(offset, length);
                assertEquals(shared.isDone(), BusMemory.Translation.FOUND == find(window.busAddress(offset), length));
                assertTrue(shared.isDone() || window.sharedBytes() <= before, () -> "refused and shared: " + shared);
                assertEquals(Sharing.Status.FAILED == shared.status(), !shared.reason().isEmpty());
                assertEquals(generation, window.generation());
            }
            else
            {
                final Sharing unshared = window.unshare(offset, length);
                assertTrue(!unshared.isDone() || BusMemory.Translation.FOUND != find(window.busAddress(offset), 1));
                assertTrue(Sharing.Status.IN_USE != unshared.status() || window.generation() == generation);
                assertTrue(window.sharedBytes() <= before);
            }
        }
        assertEquals(window.shares() / GranuleWindow.REFUSED, window.refusals());
        assertTrue(window.refusals() > 0);
    }

    private BusMemory.Translation find(final long bus, final long length)
    {
        return window.translate(bus, length, true, (memory, offset, bytes) -> assertEquals(length, bytes));
    }
}
