/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.MappingPolicy;
import io.bouncedma.lab.PoolPolicy;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbModel;
import io.bouncedma.lab.Trace;
import io.bouncedma.pool.BouncePool;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * The allocators that a trace can be replayed against, and what their pools may be like.
 */
enum StressPolicy
{
    /** The pool that is shipped here. */
    BOUNCE_DMA("bounce-dma", PoolPolicy.STEP, BouncePool.MAX_LENGTH),
    /** A model of the kernel's. */
    SWIOTLB("swiotlb", SwiotlbModel.SEGMENT_SIZE, SwiotlbModel.MAX_LENGTH);

    private final String label;
    private final int step;
    private final long maxLength;

    StressPolicy(final String label, final int step, final long maxLength)
    {
        this.label = label;
        this.step = step;
        this.maxLength = maxLength;
    }

    static StressPolicy named(final String name)
    {
        return Arrays.stream(values()).filter(policy -> policy.label.equals(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such policy: name=" + name + ", expected one of " +
                Arrays.stream(values()).map(StressPolicy::label).toList()));
    }

    String label()
    {
        return label;
    }

    /**
     * Bytes of which the length of a pool is a multiple.
     */
    int step()
    {
        return step;
    }

    long maxLength()
    {
        return maxLength;
    }

    /**
     * Check a length that the user gave.
     */
    void requireLength(final long bytes)
    {
        if (bytes < step || bytes > maxLength || 0 != bytes % step)
        {
            throw new UsageException("--pool " + bytes + " can not be; give a multiple of " + step + " bytes from " +
                ByteSize.describe(step) + " to " + ByteSize.describe(maxLength) + " for " + label);
        }
    }

    /**
     * The most bytes of one mapping at a page offset that this allocator grants in a pool of any size.
     */
    long maxMapping(final int minAlignMask, final int pageOffset)
    {
        return SWIOTLB == this ?
            SwiotlbModel.maxMapping(minAlignMask) :
            BouncePool.MAX_LENGTH - (pageOffset & minAlignMask);
    }

    /**
     * Do something with an empty pool that is gone afterwards.
     */
    <T> T with(final long length, final int minAlignMask, final Function<MappingPolicy, T> work)
    {
        if (SWIOTLB == this)
        {
            return work.apply(new SwiotlbModel(length, minAlignMask));
        }
        try (PoolPolicy policy = new PoolPolicy(length, minAlignMask))
        {
            return work.apply(policy);
        }
    }

    SmallestPool.Result search(final Trace trace, final int minAlignMask, final LongConsumer progress)
    {
        return SWIOTLB == this ?
            SmallestPool.ofSwiotlb(trace, minAlignMask, progress) :
            SmallestPool.ofBouncePool(trace, minAlignMask, progress);
    }
}
