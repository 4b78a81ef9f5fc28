/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.List;
import java.util.function.Function;

/**
 * Pools of the kernel's swiotlb with one area, in steps of a segment: such as a restricted pool can be, and finer than
 * the default pool can.
 *
 * @param masks        of the devices.
 * @param devices      as {@link Trace#devices()}.
 * @param isRestricted whether coherent memory is taken from it.
 */
public record SwiotlbKind(DeviceMasks masks, List<String> devices, boolean isRestricted) implements PoolKind
{
    private static final int SLOT_MASK = SwiotlbPool.SLOT_SIZE - 1;
    private static final int PAGE_MASK = Trace.PAGE_SIZE - 1;

    @Override
    public String name()
    {
        return isRestricted ? "restricted-dma-pool" : "swiotlb";
    }

    @Override
    public int step()
    {
        return SwiotlbPool.SEGMENT_SIZE;
    }

    @Override
    public long maxLength()
    {
        return SwiotlbPool.MAX_LENGTH;
    }

    @Override
    public boolean servesCoherent()
    {
        return isRestricted;
    }

    @Override
    public long maxMapping(final TraceDirection direction, final int pageOffset, final int device)
    {
        return TraceDirection.COHERENT == direction ?
            SwiotlbPool.SEGMENT_SIZE : SwiotlbModel.maxMapping(mask(device));
    }

    @Override
    public long taken(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        return TraceDirection.COHERENT == direction ?
            (long)bytes + PAGE_MASK & ~PAGE_MASK :
            (long)bytes + (pageOffset & mask(device) & SLOT_MASK) + SLOT_MASK & ~SLOT_MASK;
    }

    @Override
    public long least(final long takenBytes, final int largestBytes)
    {
        return takenBytes;
    }

    /**
     * With a segment for each mapping that lives, one is free whenever another mapping is to come.
     */
    @Override
    public long enough(final int liveMappings, final long largestTaken)
    {
        return (long)liveMappings * SwiotlbPool.SEGMENT_SIZE;
    }

    @Override
    public boolean fits(final Trace trace, final long length)
    {
        return with(length, policy -> Replay.fits(trace, policy));
    }

    @Override
    public <T> T with(final long length, final Function<MappingPolicy, T> work)
    {
        final SwiotlbPool pool = isRestricted ? SwiotlbPool.restricted(length) : SwiotlbPool.ofOneArea(length);
        return work.apply(new SwiotlbModel(pool, CpuOrder.ONE, masks, devices));
    }

    private int mask(final int device)
    {
        return masks.of(devices.get(device));
    }
}
