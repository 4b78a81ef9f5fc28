/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Base64;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@link RingFuzz} on random bytes. {@code -Dring.fuzz.steps=10000000} makes more steps a seed than the build,
 * {@code -Dring.fuzz.seed=1} takes other seeds, {@code -Dring.fuzz.input=...} takes the bytes of a failure instead.
 */
class RingFuzzTest
{
    private static final long STEPS = Long.getLong("ring.fuzz.steps", 250_000);
    private static final long FIRST_SEED = Long.getLong("ring.fuzz.seed", 21);
    private static final int SEEDS = 4;
    private static final int MAX_LENGTH = 4096;
    private static final String INPUT = System.getProperty("ring.fuzz.input");

    static LongStream seeds()
    {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldEndInGoodChainBadChainOrDeadRing(final long seed)
    {
        try (RingFuzz fuzz = new RingFuzz())
        {
            if (null != INPUT)
            {
                fuzz.run(Base64.getDecoder().decode(INPUT));
                return;
            }
            final SplittableRandom random = new SplittableRandom(seed);
            while (fuzz.steps() < STEPS)
            {
                final byte[] data = new byte[1 + random.nextInt(MAX_LENGTH)];
                random.nextBytes(data);
                run(fuzz, data);
            }
            for (final RingFuzz.Event event : RingFuzz.Event.values())
            {
                assertTrue(fuzz.counted(event) > STEPS / 5000, () -> event + " is rare: count=" + fuzz.counted(event));
            }
        }
    }

    private static void run(final RingFuzz fuzz, final byte[] data)
    {
        try
        {
            fuzz.run(data);
        }
        catch (final RuntimeException | AssertionError e)
        {
            throw new AssertionError("input=" + Base64.getEncoder().encodeToString(data), e);
        }
    }
}
