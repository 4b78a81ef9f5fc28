/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Where virtio's device memory buffers would put mappings: a region for each device, in whole pages of 4 KiB. A model
 * of {@code drivers/virtio/virtio_dmb.c} as it was proposed with the feature bit {@code VIRTIO_F_DMB} (RFC of 9 August
 * 2026, <a href="https://lore.kernel.org/lkml/20260809182010.32931-1-graf@amazon.com/">Linux</a>, and
 * <a href="https://github.com/oasis-tcs/virtio-spec/issues/248">the specification</a>): areas with a lock each, a CPU
 * begins in its own, next fit from a hint that goes behind every claim and back to every release; a mapping is an
 * eighth of the region or half an area at most. Rings and other coherent memory lie in the region, too, without that
 * limit but in one area. The pages that a later revision withholds for queues with nothing published are not modelled,
 * nor is the one after it, which has no areas.
 * <p>
 * A page is wasted for each small mapping, whatever its offset in its page: the offset is not kept.
 * <p>
 * Not thread-safe.
 */
public final class DmbModel implements MappingPolicy
{
    /** Bytes of a page of the guest. */
    public static final int PAGE_SIZE = 4096;
    /** The shortest region: four pages beside the first, which is never used. */
    public static final long MIN_LENGTH = 5L * PAGE_SIZE;
    /** The longest region that is modelled: 64 GiB, in bytes. */
    public static final long MAX_LENGTH = 1L << 36;

    private final List<DmbRegion> regions = new ArrayList<>();
    /** Where the region of each device begins when they lie behind each other, and where the last one ends. */
    private final long[] bases;
    private long usedBytes;

    /**
     * Create empty regions.
     *
     * @param lengths bytes of each device's, in the order of {@link Trace#devices()}: multiples of 4096 from
     *                {@link #MIN_LENGTH} to {@link #MAX_LENGTH}.
     * @param cpus    that the guest could have, one or more.
     * @param order   the CPUs that map.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public DmbModel(final long[] lengths, final int cpus, final CpuOrder order)
    {
        this(lengths, cpus, order, 0);
    }

    /** As above, with the seed of an order that is scattered. */
    DmbModel(final long[] lengths, final int cpus, final CpuOrder order, final int seed)
    {
        bases = new long[lengths.length + 1];
        for (int device = 0; device < lengths.length; device++)
        {
            regions.add(new DmbRegion(DmbShape.of(lengths[device], cpus), cpus, order, seed));
            bases[device + 1] = bases[device] + lengths[device];
        }
    }

    @Override
    public String name()
    {
        return "dmb";
    }

    /**
     * The sum of all regions.
     */
    @Override
    public long length()
    {
        return bases[regions.size()];
    }

    @Override
    public boolean servesCoherent()
    {
        return true;
    }

    @Override
    public long map(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        final int page = regions.get(device).map(bytes, TraceDirection.COHERENT == direction);
        if (page < 0)
        {
            return page;
        }
        usedBytes += (long)Math.ceilDiv(bytes, PAGE_SIZE) * PAGE_SIZE;
        return bases[device] + (page + 1L) * PAGE_SIZE;
    }

    @Override
    public void unmap(final long address)
    {
        final int found = Arrays.binarySearch(bases, address);
        final int device = found >= 0 ? found : -found - 2;
        if (device < 0 || device >= regions.size() || 0 != address % PAGE_SIZE)
        {
            throw new IllegalStateException("no mapping begins there: address=" + address + "; unmap what map " +
                "returned, once");
        }
        final DmbRegion region = regions.get(device);
        final int before = region.used();
        region.unmap((int)((address - bases[device]) / PAGE_SIZE) - 1);
        usedBytes -= (long)(before - region.used()) * PAGE_SIZE;
    }

    @Override
    public long usedBytes()
    {
        return usedBytes;
    }

    /**
     * The longest of all regions: another device may not have it.
     */
    @Override
    public long largestFreeRun()
    {
        final long[] largest = new long[1];
        freeRuns(run -> largest[0] = Math.max(largest[0], run));
        return largest[0];
    }

    @Override
    public void usage(final int[] buckets)
    {
        Arrays.fill(buckets, 0);
        for (int device = 0; device < regions.size(); device++)
        {
            final BitSet bitmap = regions.get(device).bitmap();
            final long base = bases[device] + PAGE_SIZE;
            for (int page = bitmap.nextSetBit(0); page >= 0;)
            {
                final int end = bitmap.nextClearBit(page);
                UsageBuckets.add(buckets, length(), base + (long)page * PAGE_SIZE, base + (long)end * PAGE_SIZE);
                page = bitmap.nextSetBit(end);
            }
        }
    }

    /**
     * Runs end at the borders of areas, which no mapping crosses.
     */
    @Override
    public void freeRuns(final LongConsumer sizes)
    {
        for (final DmbRegion region : regions)
        {
            for (int area = 0; area < region.shape().areas(); area++)
            {
                final int base = area * region.shape().areaPages();
                final int end = base + region.shape().areaLength(area);
                for (int page = region.bitmap().nextClearBit(base); page < end;)
                {
                    final int set = region.bitmap().nextSetBit(page);
                    final int stop = set < 0 ? end : Math.min(end, set);
                    sizes.accept((long)(stop - page) * PAGE_SIZE);
                    page = region.bitmap().nextClearBit(stop);
                }
            }
        }
    }
}
