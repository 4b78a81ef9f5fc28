/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;

import java.util.List;
import java.util.function.Function;

/**
 * Pools as they are shipped here, one for all devices.
 *
 * @param masks   of the devices.
 * @param devices as {@link Trace#devices()}.
 */
public record BouncePoolKind(DeviceMasks masks, List<String> devices) implements PoolKind
{
    private static final int LEAD_MASK = BlockSize.MINIMUM - 1;

    @Override
    public String name()
    {
        return "bounce-dma";
    }

    @Override
    public int step()
    {
        return PoolPolicy.STEP;
    }

    @Override
    public long maxLength()
    {
        return BouncePool.MAX_LENGTH;
    }

    @Override
    public boolean servesCoherent()
    {
        return true;
    }

    @Override
    public long maxMapping(final TraceDirection direction, final int pageOffset, final int device)
    {
        return BouncePool.MAX_BLOCK - lead(direction, pageOffset, device);
    }

    @Override
    public long taken(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        final int lead = lead(direction, pageOffset, device);
        return bytes > BouncePool.MAX_BLOCK - lead ? bytes : BlockSize.of(lead + bytes);
    }

    @Override
    public long least(final long takenBytes, final int largestBytes)
    {
        return takenBytes;
    }

    /**
     * Of twice as much as the mappings take if each takes as much as the largest, at a place of its own, one run is
     * free that is long enough.
     */
    @Override
    public long enough(final int liveMappings, final long largestTaken)
    {
        return 2L * liveMappings * (largestTaken + DeviceMasks.MAX + 1);
    }

    @Override
    public boolean fits(final Trace trace, final long length)
    {
        return with(length, policy -> Replay.fits(trace, policy));
    }

    @Override
    public <T> T with(final long length, final Function<MappingPolicy, T> work)
    {
        try (PoolPolicy policy = new PoolPolicy(length, masks, devices))
        {
            return work.apply(policy);
        }
    }

    /** What a block has before a mapping, so that this begins where its device wants it. */
    private int lead(final TraceDirection direction, final int pageOffset, final int device)
    {
        return TraceDirection.COHERENT == direction ? 0 : pageOffset & masks.of(devices.get(device)) & LEAD_MASK;
    }
}
