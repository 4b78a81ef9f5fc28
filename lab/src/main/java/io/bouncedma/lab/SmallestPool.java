/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * Searches the smallest pool that replays a trace without a refusal.
 * <p>
 * Whether a trace fits is not monotonous in the size of the pool, so sizes are tried upwards one by one from what is
 * live at the peak, and the first that fits counts. A trial ends at its first refusal.
 */
public final class SmallestPool
{
    /** A pool that is so many times larger than the peak of live bytes is not searched for. */
    private static final int HOPELESS = 64;

    private SmallestPool()
    {
    }

    /**
     * What a search found.
     *
     * @param policy        the allocator's name.
     * @param peakLiveBytes the most bytes that the trace has mapped at one time.
     * @param poolBytes     the smallest pool.
     * @param trials        pools that were tried.
     */
    public record Result(String policy, long peakLiveBytes, long poolBytes, int trials)
    {
        /**
         * How much of the pool carries bytes at the peak.
         *
         * @return peak divided by pool, at most 1; 0 for an empty trace.
         */
        public double efficiency()
        {
            return (double)peakLiveBytes / poolBytes;
        }
    }

    /**
     * Search for this library's pool.
     *
     * @param trace        to replay.
     * @param minAlignMask of the device.
     * @param progress     told each size that is tried.
     * @return what was found, or null if no pool up to 1 GiB or 64 times the peak does.
     * @throws IllegalArgumentException if the mask is out of its range.
     */
    public static Result ofBouncePool(final Trace trace, final int minAlignMask, final LongConsumer progress)
    {
        return search("bounce-dma", trace, PoolPolicy.STEP, 1 << 30, progress, length ->
        {
            try (PoolPolicy policy = new PoolPolicy(length, minAlignMask))
            {
                return Replay.fits(trace, policy);
            }
        });
    }

    /**
     * Search for the kernel's.
     *
     * @param trace        to replay.
     * @param minAlignMask of the device.
     * @param progress     told each size that is tried.
     * @return what was found, or null if no pool up to 64 times the peak does.
     * @throws IllegalArgumentException if a mapping is larger than swiotlb allows, or the mask is out of its range.
     */
    public static Result ofSwiotlb(final Trace trace, final int minAlignMask, final LongConsumer progress)
    {
        final int most = SwiotlbModel.maxMapping(minAlignMask);
        for (int i = 0; i < trace.size(); i++)
        {
            if (trace.bytes(i) > most)
            {
                throw new IllegalArgumentException("swiotlb maps at most " + most + " bytes at a time with this " +
                    "mask, whatever its size: bytes=" + trace.bytes(i) + ", minAlignMask=" + minAlignMask);
            }
        }
        return search("swiotlb", trace, SwiotlbModel.SEGMENT_SIZE, SwiotlbModel.MAX_LENGTH, progress,
            length -> Replay.fits(trace, new SwiotlbModel(length, minAlignMask)));
    }

    private static Result search(
        final String policy,
        final Trace trace,
        final int step,
        final long largest,
        final LongConsumer progress,
        final LongPredicate fits)
    {
        final long peak = trace.peakLiveBytes();
        final long first = Math.max(1, (peak + step - 1) / step) * step;
        final long last = Math.min(largest, Math.max(first, HOPELESS * peak));
        int trials = 0;
        for (long length = first; length <= last; length += step)
        {
            progress.accept(length);
            trials++;
            if (fits.test(length))
            {
                return new Result(policy, peak, length, trials);
            }
        }
        return null;
    }
}
