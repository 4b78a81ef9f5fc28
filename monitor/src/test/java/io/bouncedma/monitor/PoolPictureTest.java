/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.PoolWalk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a picture shows and what drawing one costs: how many pieces of the pool at a time, whatever it has.
 */
class PoolPictureTest
{
    private static final int START = Extent.ALIGNMENT;
    private static final int LENGTH = 256 * Extent.ALIGNMENT;
    /** Longer than those that are cut many at a time, which are one piece until one of them joins the free runs. */
    private static final int SIZE = 128;
    private static final int COUNT = 10 * PoolWalk.SLICE;
    private static final int PART = LENGTH / CountersFile.PICTURE_PARTS;

    @TempDir
    private Path directory;

    private final Window window = WideWindow.open(START + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, START, LENGTH);
    private final PoolClient client = pool.open("device");
    private final long[] blocks = IntStream.range(0, COUNT).mapToLong((i) -> client.allocate(SIZE)).toArray();

    @AfterEach
    void close()
    {
        Arrays.stream(blocks).filter((block) -> block > 0).forEach(client::free);
        client.close();
        pool.close();
        window.close();
    }

    @Test
    void shouldDrawAFewPiecesAtATime()
    {
        try (PoolPicture picture = new PoolPicture(pool))
        {
            for (int i = 0; i < COUNT / PoolWalk.SLICE; i++)
            {
                assertTrue(picture.slice(), "slice " + i);
                assertEquals(0, picture.span(), "not before it is finished");
            }
            assertFalse(picture.slice(), "the free rest");
            assertEquals(LENGTH, picture.span());
            assertEquals(COUNT * SIZE, Arrays.stream(picture.used()).sum());
            assertEquals(PART, picture.used()[COUNT * SIZE / PART - 1]);
            assertEquals(0, picture.used()[COUNT * SIZE / PART]);
        }
    }

    @Test
    void shouldShowThePictureThatIsFinishedWhileTheNextOneIsDrawn()
    {
        try (PoolPicture picture = new PoolPicture(pool))
        {
            draw(picture);
            final long[] before = picture.used().clone();
            for (int i = 0; i < COUNT; i += 2)
            {
                client.free(blocks[i]);
                blocks[i] = 0;
            }
            assertTrue(client.allocate(LENGTH) < 0, "so that nothing is hot");
            assertTrue(picture.slice());
            assertEquals(LENGTH, picture.span());
            assertEquals(Arrays.toString(before), Arrays.toString(picture.used()));
            draw(picture);
            assertEquals(COUNT * SIZE / 2, Arrays.stream(picture.used()).sum());
            assertEquals(PART / 2, picture.used()[0]);
        }
    }

    /** A round over several pools; one that goes meanwhile is not drawn again. */
    @Test
    void shouldDrawThePoolsOneAfterTheOther()
    {
        try (PoolPictures pictures = new PoolPictures();
            Window other = WideWindow.open(2 * START);
            BouncePool small = new BouncePool("small", other, START, START))
        {
            assertTrue(pictures.isDone());
            pictures.begin(List.of(pool, small));
            for (int i = 0; i <= COUNT / PoolWalk.SLICE; i++)
            {
                assertNull(pictures.of(pool));
                pictures.slice();
            }
            assertEquals(LENGTH, pictures.of(pool).span());
            assertNull(pictures.of(small));
            pictures.slice();
            assertEquals(START, pictures.of(small).span());
            assertTrue(pictures.isDone());
            pictures.begin(List.of(small));
            assertNull(pictures.of(pool));
            pictures.slice();
            assertTrue(pictures.isDone());
        }
    }

    @Test
    void shouldBeginAgainInTheMidst()
    {
        try (PoolPictures pictures = new PoolPictures())
        {
            pictures.begin(List.of(pool));
            pictures.slice();
            pictures.begin(List.of(pool));
            int slices = 0;
            while (!pictures.isDone())
            {
                pictures.slice();
                slices++;
            }
            assertEquals(COUNT / PoolWalk.SLICE + 1, slices);
        }
    }

    @Test
    void shouldDrawOneSliceInADutyCycle() throws IOException
    {
        final Path path = directory.resolve("counters");
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            assertEquals(1, monitor.doWork());
            assertEquals(COUNT * SIZE, file.read().counters().get("pool pool: used bytes"), "figures do not wait");
            int cycles = 1;
            final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestLimits.seconds(10));
            while (file.read().pictures().isEmpty() && System.nanoTime() - end < 0)
            {
                cycles += monitor.doWork();
                Thread.onSpinWait();
            }
            final CountersSnapshot.Picture picture = file.read().pictures().getFirst();
            assertEquals(COUNT * SIZE / PART, picture.shares().stream().filter((share) -> 1 == share).count());
            assertTrue(cycles > COUNT / PoolWalk.SLICE, "cycles: " + cycles);
        }
    }

    /** Whoever asks for it gets all of it now, and not what was drawn before. */
    @Test
    void shouldDrawAllAnewWhenAsked() throws IOException
    {
        final Path path = directory.resolve("counters");
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            monitor.doWork();
            client.free(blocks[0]);
            blocks[0] = 0;
            assertTrue(client.allocate(LENGTH) < 0, "so that nothing is hot");
            monitor.publish();
            assertTrue(file.read().pictures().getFirst().shares().getFirst() < 1);
        }
    }

    private static void draw(final PoolPicture picture)
    {
        boolean isMore = true;
        while (isMore)
        {
            isMore = picture.slice();
        }
    }
}
