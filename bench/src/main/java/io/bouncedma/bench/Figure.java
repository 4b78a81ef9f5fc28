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
 * @param parameter name and value, for example {@code length=64}, several with a semicolon in between, or null if it
 *                  has none.
 * @param bound     benchmark of the bound, with the same parameter if it has it; null if the limit is in nanoseconds.
 * @param limit     the most that the figure may be, as a multiple of the bound or in nanoseconds; not a number if there
 *                  is none.
 */
public record Figure(String title, String benchmark, String parameter, String bound, double limit)
{
}
