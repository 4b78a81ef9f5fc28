/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What a client took from the free runs, has and was refused, by the size class of the blocks. Thread-safe.
 */
final class ClassCounts
{
    private final AtomicLongArray held = new AtomicLongArray(HotBlocks.sizeClasses());
    private final AtomicLongArray peak = new AtomicLongArray(HotBlocks.sizeClasses());
    private final AtomicLongArray refusals =
        new AtomicLongArray(HotBlocks.sizeClasses() * Refusal.Reason.count());

    void take(final int units)
    {
        final int sizeClass = HotBlocks.sizeClass(units);
        peak.accumulateAndGet(sizeClass, held.addAndGet(sizeClass, units), Math::max);
    }

    void give(final int units)
    {
        held.addAndGet(HotBlocks.sizeClass(units), -units);
    }

    /**
     * Count and record a refusal, if it is one.
     *
     * @param result a handle, or the code of a reason.
     * @return the result.
     */
    long count(final PoolClient<?> client, final int length, final long result)
    {
        if (result < 0)
        {
            final int sizeClass = HotBlocks.sizeClass(BlockSize.of(length) >> BlockSize.UNIT_SHIFT);
            refusals.incrementAndGet(sizeClass * Refusal.Reason.count() - (int)result - 1);
            RefusalEvent.emit(client.pool().name(), client.name(), length, (int)result);
        }
        return result;
    }

    /** Units that are out of the free runs now. */
    long held(final int sizeClass)
    {
        return held.get(sizeClass);
    }

    /** The most units that were out at one time. */
    long peak(final int sizeClass)
    {
        return peak.get(sizeClass);
    }

    long refusals(final int sizeClass, final int reason)
    {
        return refusals.get(sizeClass * Refusal.Reason.count() + reason);
    }
}
