/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.Map;

/**
 * One figure of a run, of each round.
 *
 * @param kind   what it tells.
 * @param unit   of the values, for people.
 * @param inputs what was set for it: runs with others can not be compared.
 * @param values one for each round.
 */
record BenchSeries(Kind kind, String unit, Map<String, Object> inputs, double[] values)
{
    /** What a figure tells. */
    enum Kind
    {
        /** What something costs: more is slower. */
        COST,
        /** What the machine takes for the same without us. */
        BOUND,
        /** What is allocated on the Java heap. */
        HEAP
    }
}
