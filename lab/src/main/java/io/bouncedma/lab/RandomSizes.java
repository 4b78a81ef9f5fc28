/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.IntArrayList;

import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * Independent mappings of random sizes with random lives.
 */
final class RandomSizes
{
    private static final int MIN = 64;
    private static final int UNIFORM_MAX = 256 * 1024;
    private static final int POWER_LAW_MAX = 1 << 20;

    private RandomSizes()
    {
    }

    static void uniform(final WorkloadRecorder recorder)
    {
        generate(recorder, (random) -> random.nextInt(MIN, UNIFORM_MAX + 1));
    }

    /**
     * The exponent is 1: each doubling of the size has half as many mappings and as many bytes. Only divisions, since
     * the powers of {@link Math} may differ from one machine to the next, and traces may not.
     */
    static void powerLaw(final WorkloadRecorder recorder)
    {
        generate(recorder,
            (random) -> (int)(MIN / (1 - random.nextDouble() * (1 - (double)MIN / POWER_LAW_MAX))));
    }

    private static void generate(final WorkloadRecorder recorder, final ToIntFunction<SplittableRandom> size)
    {
        final SplittableRandom random = recorder.random();
        final IntArrayList live = new IntArrayList();
        final LiveTarget target = new LiveTarget(recorder);
        while (recorder.left() > 0)
        {
            target.drift();
            final int bytes = (int)Math.min(size.applyAsInt(random), recorder.limit());
            while (!live.isEmpty() && target.exceededWith(bytes))
            {
                recorder.unmap(live.fastUnorderedRemove(random.nextInt(live.size())));
            }
            live.addInt(recorder.map(bytes, recorder.direction(), recorder.pageOffset(bytes)));
        }
    }
}
