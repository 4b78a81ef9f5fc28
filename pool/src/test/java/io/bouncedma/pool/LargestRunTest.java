/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.Test;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The longest free run among many that are nearly as long, which nobody looks through with the pool locked.
 */
class LargestRunTest
{
    private static final int START = Extent.ALIGNMENT;
    private static final int LENGTH = 256 * Extent.ALIGNMENT;
    private static final int LONG = 4160;
    private static final int SHORT = 4096;

    @Test
    void shouldBeExactAmongAFewAndWithinThreePercentAmongMany()
    {
        try (Window window = WideWindow.open(START + LENGTH);
            BouncePool pool = new BouncePool("pool", window, START, LENGTH);
            PoolClient client = pool.open("device"))
        {
            final long[] blocks = new long[200];
            final long[] between = new long[blocks.length];
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = client.allocate(0 == i ? LONG : SHORT);
                between[i] = client.allocate(2 * BlockSize.MINIMUM);
            }
            final long rest = client.allocate((int)pool.statistics().largestRun());
            free(client, blocks, 0, 64);
            assertEquals(LONG, pool.statistics().largestRun());
            free(client, blocks, 64, blocks.length);
            assertEquals(SHORT, pool.statistics().largestRun(), "the long one is behind too many");
            Arrays.stream(between).forEach(client::free);
            client.free(rest);
        }
    }

    private static void free(final PoolClient client, final long[] blocks, final int from, final int to)
    {
        Arrays.stream(blocks, from, to).forEach(client::free);
        assertTrue(client.allocate(LENGTH) < 0, "so that nothing is hot");
    }
}
