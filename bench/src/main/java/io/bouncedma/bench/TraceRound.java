/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * What one round of a trace measured. Times are CPU time of the thread, as others use the machine, too.
 *
 * @param passes       how often the trace was replayed by either side.
 * @param bounceNanos  that map and unmap took, of all passes, with their copies.
 * @param copyNanos    that the bare copies took, of all passes.
 * @param heapBytes    that map and unmap allocated on the Java heap, of all passes.
 * @param watched      how many calls, and as many rows of bare copies, were looked at alone, in passes of their own.
 * @param longestNanos of such a map or unmap.
 * @param longestCopy  nanoseconds of such a bare copy.
 */
public record TraceRound(
    int passes,
    long bounceNanos,
    long copyNanos,
    long heapBytes,
    long watched,
    long longestNanos,
    long longestCopy)
{
    /**
     * The price.
     *
     * @return the time of map and unmap over that of the bare copies.
     */
    public double ratio()
    {
        return (double)bounceNanos / Math.max(1, copyNanos);
    }
}
