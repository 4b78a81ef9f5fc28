/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Which CPU maps next.
 */
class CpuOrderTest
{
    private static final int CPUS = 6;
    private static final int TURNS = 200;

    @Test
    void shouldTakeTurnsWhateverTheCountBecomes()
    {
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 0), orders(CpuOrder.ROUND_ROBIN, 0, 7, 1));
        assertEquals(CPUS - 1, CpuOrder.ROUND_ROBIN.cpu(-1, CPUS, 1), "beyond two thousand million maps");
        assertEquals(List.of(0, 0, 0), orders(CpuOrder.ONE, 0, 3, 1));
    }

    @Test
    void shouldScatterInAnotherOrderForEachSeed()
    {
        final Set<List<Integer>> orders = new HashSet<>();
        for (int seed = 0; seed < CpuOrder.SEEDS; seed++)
        {
            final List<Integer> order = orders(CpuOrder.SCATTERED, -TURNS / 2, TURNS, seed);
            assertEquals(Set.of(0, 1, 2, 3, 4, 5), Set.copyOf(order));
            orders.add(order);
        }
        assertEquals(CpuOrder.SEEDS, orders.size());
    }

    private static List<Integer> orders(final CpuOrder order, final int from, final int turns, final int seed)
    {
        return IntStream.range(from, from + turns).map(turn -> order.cpu(turn, CPUS, seed)).boxed().toList();
    }
}
