/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.Base64;
import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;

/**
 * {@link RingFuzz} on the bytes of a seed, behind an interface that classes of another loader know.
 */
public final class RingFuzzSeed implements LongBinaryOperator
{
    static final int MAX_LENGTH = 4096;

    /** Nothing to give. */
    public RingFuzzSeed()
    {
    }

    /**
     * Go some steps and fail if anything happened that must not, or if something that may is rare.
     *
     * @param seed  of the bytes.
     * @param steps at least.
     * @return steps.
     */
    @Override
    public long applyAsLong(final long seed, final long steps)
    {
        try (RingFuzz fuzz = new RingFuzz())
        {
            final SplittableRandom random = new SplittableRandom(seed);
            while (fuzz.steps() < steps)
            {
                final byte[] data = new byte[1 + random.nextInt(MAX_LENGTH)];
                random.nextBytes(data);
                run(fuzz, data);
            }
            for (final RingFuzz.Event event : RingFuzz.Event.values())
            {
                if (fuzz.counted(event) <= steps / 5000)
                {
                    throw new AssertionError(event + " is rare: count=" + fuzz.counted(event));
                }
            }
            return fuzz.steps();
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
