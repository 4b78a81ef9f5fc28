/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

/**
 * The figures of the blocks between two powers of two.
 *
 * @param smallest    bytes of the smallest block of the class, a power of two.
 * @param held        bytes in such blocks now, hot ones included.
 * @param highWater   the most bytes that were held at one time.
 * @param allocations such blocks taken so far.
 * @param refusals    such requests refused so far, by reason, in the order of {@link Refusal.Reason}.
 */
public record SizeClassStatistics(long smallest, long held, long highWater, long allocations, List<Long> refusals)
{
}
