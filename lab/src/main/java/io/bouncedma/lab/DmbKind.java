/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.Arrays;
import java.util.function.Function;

/**
 * Device memory buffers of virtio, all of the same length. A region is one device's alone: search for each by a trace
 * of that device.
 *
 * @param devices how many there are.
 * @param cpus    that the guest could have, one or more.
 */
public record DmbKind(int devices, int cpus) implements PoolKind
{
    private static final int PAGE_SIZE = DmbModel.PAGE_SIZE;
    /** A mapping is so small a part of its region at least. */
    private static final int PART = 8;
    private static final int MAX_AREA = 4096 * PAGE_SIZE;

    @Override
    public String name()
    {
        return "dmb";
    }

    @Override
    public int step()
    {
        return PAGE_SIZE;
    }

    @Override
    public long maxLength()
    {
        return DmbModel.MAX_LENGTH;
    }

    @Override
    public boolean servesCoherent()
    {
        return true;
    }

    @Override
    public long maxMapping(final TraceDirection direction, final int pageOffset, final int device)
    {
        return TraceDirection.COHERENT == direction ? MAX_AREA : MAX_AREA / 2;
    }

    @Override
    public long taken(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        return pages(bytes) * PAGE_SIZE;
    }

    @Override
    public long least(final long takenBytes, final int largestBytes)
    {
        // One page maps whatever the pool is; an eighth counts from two on.
        final long pages = pages(largestBytes);
        final long forLargest = pages > 1 ? pages * PAGE_SIZE * PART : 0;
        return Math.max(DmbModel.MIN_LENGTH, Math.max(takenBytes, forLargest) + PAGE_SIZE);
    }

    /**
     * With an area for each mapping that lives, one is free whenever another mapping is to come; the last is short. And
     * with one for each CPU they are as long as they can be.
     */
    @Override
    public long enough(final int liveMappings, final long largestTaken)
    {
        return Math.max(liveMappings + 2L, 2L * cpus) * MAX_AREA;
    }

    @Override
    public boolean fits(final Trace trace, final long length)
    {
        return CpuOrder.allFit(DmbShape.of(length, cpus).areas(),
            (order, seed) -> Replay.fits(trace, model(length, order, seed)));
    }

    @Override
    public int replays()
    {
        return 1 == cpus ? 1 : CpuOrder.TRIED;
    }

    @Override
    public <T> T with(final long length, final Function<MappingPolicy, T> work)
    {
        return work.apply(model(length, CpuOrder.ROUND_ROBIN, 0));
    }

    private DmbModel model(final long length, final CpuOrder order, final int seed)
    {
        final long[] lengths = new long[devices];
        Arrays.fill(lengths, length);
        return new DmbModel(lengths, cpus, order, seed);
    }

    private static long pages(final int bytes)
    {
        return Math.ceilDiv(bytes, PAGE_SIZE);
    }
}
