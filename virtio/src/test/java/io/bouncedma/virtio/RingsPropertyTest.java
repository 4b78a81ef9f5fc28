/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusAddressing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A driver role against a device role on queues of random features and sizes, with random chains, given back in random
 * order, with restarts of either side, resets of the queue and of the device: every buffer comes back once, with what
 * was written and nothing else, and nobody sleeps over anything.
 * <p>
 * {@code -Drings.seeds=1000} takes more seeds than the build, {@code -Drings.seed=1} begins with another one.
 */
class RingsPropertyTest
{
    private static final long FIRST_SEED = Long.getLong("rings.seed", 1);
    private static final long SEEDS = Long.getLong("rings.seeds", 48);
    private static final int STEPS = 4_000;
    private static final int INDEXES = 1 << 16;
    private static final int FIRST_GRANT = 0x9000_0000;

    private TestRegion shared;

    static LongStream seeds()
    {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @BeforeEach
    void open()
    {
        // Addresses with the uppermost bit: nobody may take one for a negative number.
        shared = TestRegion.of(1 << 22, BusAddressing.grants(FIRST_GRANT));
    }

    @AfterEach
    void close()
    {
        shared.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldGiveEveryBufferBackOnceWithItsBytes(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (QueueUnderTest queue = new QueueUnderTest(shared, random))
        {
            queue.open(QueueUnderTest.randomFeatures(random));
            for (int step = 0; step < STEPS; step++)
            {
                queue.step();
                switch (random.nextInt(STEPS))
                {
                    case 0, 1, 2, 3, 4, 5, 6, 7 -> queue.resetQueue();
                    case 8, 9, 10, 11, 12, 13, 14, 15 -> queue.open(QueueUnderTest.randomFeatures(random));
                    default ->
                    {
                        if (0 == random.nextInt(12))
                        {
                            queue.restart();
                        }
                    }
                }
            }
            queue.drain();
            assertTrue(queue.model.ended() > STEPS / 16, () -> "hardly any: " + queue.model.ended());
        }
    }

    /** From the first index of a split ring, or from any, past its last one. */
    @ParameterizedTest(name = "features {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void shouldGoOnPastTheEndOfTheIndex(final int bits)
    {
        final SplittableRandom random = new SplittableRandom(bits);
        Features features = Features.MANDATORY.with(FeatureBits.RING_RESET);
        features = 0 == (bits & 1) ? features : features.with(FeatureBits.EVENT_IDX);
        features = 0 == (bits & 2) ? features : features.with(FeatureBits.IN_ORDER);
        features = 0 == (bits & 4) ? features : features.with(FeatureBits.RING_PACKED);
        try (QueueUnderTest queue = new QueueUnderTest(shared, random))
        {
            queue.open(features);
            while (queue.model.ended() < INDEXES + INDEXES / 4)
            {
                queue.step();
            }
            queue.drain();
        }
    }

    /** A queue that was in flight when it was reset begins again like a new one. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {71, 72, 73, 74, 75, 76, 77, 78})
    void shouldBeginAgainAfterAResetInFlight(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (QueueUnderTest queue = new QueueUnderTest(shared, random))
        {
            for (int round = 0; round < 40; round++)
            {
                if (0 == round % 8)
                {
                    queue.open(QueueUnderTest.randomFeatures(random));
                }
                for (int step = random.nextInt(60); step > 0; step--)
                {
                    queue.step();
                }
                queue.resetQueue();
                assertEquals(0, queue.model.inFlight());
            }
            queue.drain();
        }
    }
}
