/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * What a replay came to.
 *
 * @param policy        name of the policy.
 * @param poolBytes     size of the pool, bytes.
 * @param peakLiveBytes the most bytes that drivers had mapped at one time, refused mappings not counted.
 * @param peakUsedBytes the most bytes that the policy took for them.
 * @param maps          how many mappings were asked for, the refused ones included.
 * @param refusals      how many were refused.
 * @param nanos         how long it took, observer included.
 */
public record ReplayResult(
    String policy, long poolBytes, long peakLiveBytes, long peakUsedBytes, long maps, long refusals, long nanos)
{
}
