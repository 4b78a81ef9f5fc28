/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * One figure of the suite: a benchmark, the bound that it is compared with, and how near to it is near enough.
 *
 * @param title     for people.
 * @param benchmark class and method, for example {@code MapBenchmark.toDevice}.
 * @param length    value of the parameter {@code length}, or null if it has none.
 * @param bound     benchmark of the bound, with the same parameter; null if the limit is in nanoseconds.
 * @param limit     the most that the figure may be, as a multiple of the bound or in nanoseconds; not a number if there
 *                  is none.
 */
public record Figure(String title, String benchmark, String length, String bound, double limit)
{
}
