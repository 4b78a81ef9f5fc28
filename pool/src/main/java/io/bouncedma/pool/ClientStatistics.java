/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

/**
 * One client's figures.
 *
 * @param name            of the client.
 * @param used            bytes in its blocks now.
 * @param hot             bytes that it freed last and gets back first.
 * @param highWater       the most bytes that it used at one time.
 * @param limits          its quota and its reserve.
 * @param allocations     blocks taken so far.
 * @param frees           blocks given back so far.
 * @param bytesToDevice   bounced into blocks that are given back by now.
 * @param bytesFromDevice bounced out of them.
 * @param refusals        by reason, in the order of {@link Refusal.Reason}.
 * @param classes         by size, only those that were ever used.
 */
public record ClientStatistics(
    String name,
    long used,
    long hot,
    long highWater,
    ClientLimits limits,
    long allocations,
    long frees,
    long bytesToDevice,
    long bytesFromDevice,
    List<Long> refusals,
    List<SizeClassStatistics> classes)
{
}
