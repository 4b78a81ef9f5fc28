/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.BitUtil;

import java.util.List;
import java.util.function.Function;

/**
 * Pools of the kernel's swiotlb. A search tries them with one area, in steps of a segment: such as a restricted pool
 * can be, and finer than the default pool can. Others have a guest's areas where the kernel could make such a pool.
 *
 * @param masks        of the devices.
 * @param devices      as {@link Trace#devices()}.
 * @param isRestricted whether coherent memory is taken from it.
 * @param cpus         that the guest could have, one or more.
 */
public record SwiotlbKind(DeviceMasks masks, List<String> devices, boolean isRestricted, int cpus) implements PoolKind
{
    private static final int SLOT_MASK = SwiotlbPool.SLOT_SIZE - 1;

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
            BitUtil.align((long)bytes, Trace.PAGE_SIZE) :
            BitUtil.align((long)bytes + (pageOffset & mask(device) & SLOT_MASK), SwiotlbPool.SLOT_SIZE);
    }

    @Override
    public long least(final long takenBytes, final int largestBytes)
    {
        return takenBytes;
    }

    /**
     * With a segment for each mapping that lives and one more, two are free whenever another mapping is to come. With
     * a mask the search may not see the last place that it comes to ({@link SwiotlbModel}), but it sees one of two.
     */
    @Override
    public long enough(final int liveMappings, final long largestTaken)
    {
        return (liveMappings + 1L) * SwiotlbPool.SEGMENT_SIZE;
    }

    @Override
    public boolean fits(final Trace trace, final long length)
    {
        return Replay.fits(trace, model(isRestricted ? SwiotlbPool.restricted(length) : SwiotlbPool.ofOneArea(length)));
    }

    @Override
    public <T> T with(final long length, final Function<MappingPolicy, T> work)
    {
        final boolean hasAreas = !isRestricted && length == made(length);
        return work.apply(model(hasAreas ? booted(length) :
            isRestricted ? SwiotlbPool.restricted(length) : SwiotlbPool.ofOneArea(length)));
    }

    /**
     * What the kernel makes of a length that is asked for.
     *
     * @param length bytes, one or more.
     * @return bytes, no fewer.
     */
    public long made(final long length)
    {
        return booted(length).length();
    }

    private SwiotlbPool booted(final long length)
    {
        return SwiotlbPool.booted(Math.ceilDiv(length, SwiotlbPool.SLOT_SIZE), 0, cpus);
    }

    private SwiotlbModel model(final SwiotlbPool pool)
    {
        return new SwiotlbModel(pool, CpuOrder.ROUND_ROBIN, masks, devices);
    }

    private int mask(final int device)
    {
        return masks.of(devices.get(device));
    }
}
