/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongArrayList;

/**
 * Lists of memory that are mapped by one event: a mapping for each element, as swiotlb makes one. They live and end
 * together. What ends a list has neither sizes nor addresses of the device but the memory's, so a list is found by its
 * device and its first memory. Not thread-safe.
 */
final class DmaLists
{
    private final Counts counts;
    private final LiveMappings live;
    private final RecordedDevices devices;
    private final LongArrayList addresses = new LongArrayList();
    private final LongArrayList sizes = new LongArrayList();
    private final LongArrayList physicals = new LongArrayList();
    private final IntArrayList kinds = new IntArrayList();

    DmaLists(final Counts counts, final LiveMappings live, final RecordedDevices devices)
    {
        this.counts = counts;
        this.live = live;
        this.devices = devices;
    }

    void map(final long time, final Fields fields)
    {
        fields.list(Fields.Key.DMA_ADDRS, addresses);
        fields.list(Fields.Key.SIZES, sizes);
        fields.list(Fields.Key.PHYS_ADDRS, physicals);
        final TraceDirection direction = fields.direction();
        // Kernels until the beginning of 2026 say nothing of what they leave out.
        final long all = fields.has(Fields.Key.NENTS) ? fields.all(Fields.Key.NENTS) : physicals.size();
        final long merged = fields.has(Fields.Key.ENTS) ? fields.all(Fields.Key.ENTS) : all;
        fields.require(Fields.Key.ATTRS);
        if (addresses.size() != sizes.size() || addresses.size() > physicals.size() ||
            all < physicals.size() || all > Integer.MAX_VALUE)
        {
            fields.refuse();
        }
        final RecordedDevice device = devices.of(fields);
        if (null == device || addresses.isEmpty())
        {
            return;
        }
        counts.add(Count.LISTS);
        final boolean isMerged = addresses.size() < physicals.size() || merged < all;
        if (isMerged)
        {
            counts.add(Count.MERGED_LISTS);
            MergedList.split(sizes, physicals);
        }
        counts.add(Count.CUT_ELEMENTS, all - physicals.size());
        final int last = mapElements(time, device, direction, isMerged);
        if (last != LiveIndex.NONE)
        {
            live.list(device, physicals.getLong(0), (int)all, last);
        }
    }

    void unmap(final long time, final Fields fields)
    {
        fields.list(Fields.Key.PHYS_ADDRS, physicals);
        fields.require(Fields.Key.ATTRS);
        final RecordedDevice device = devices.of(fields);
        if (device != null && !physicals.isEmpty())
        {
            live.unmap(time, LiveMappings.LIST, device, physicals.getLong(0), physicals.size());
        }
    }

    /** The entry of the last of them, or {@link LiveIndex#NONE} if none can be. */
    private int mapElements(
        final long time, final RecordedDevice device, final TraceDirection direction, final boolean isMerged)
    {
        // Room first: what is mapped for one list must not end another part of it.
        kinds.clear();
        for (int i = 0; i < sizes.size(); i++)
        {
            final long address = isMerged ? 0 : addresses.getLong(i);
            final boolean isElement = counts.isInRange(address, sizes.getLong(i));
            final int kind = !isElement ? LiveIndex.NONE :
                isMerged ? LiveMappings.LINEAR : device.kindOf(address, physicals.getLong(i));
            kinds.addInt(LiveMappings.LINEAR == kind ? LiveMappings.ELEMENT : kind);
            if (isElement)
            {
                live.makeRoom(time, kind, device, address, (int)sizes.getLong(i));
            }
        }
        int last = LiveIndex.NONE;
        for (int i = 0; i < kinds.size(); i++)
        {
            if (kinds.getInt(i) != LiveIndex.NONE)
            {
                final int entry = live.map(time, kinds.getInt(i), device, isMerged ? 0 : addresses.getLong(i),
                    (int)sizes.getLong(i), direction, (int)(physicals.getLong(i) & Trace.PAGE_SIZE - 1));
                if (last != LiveIndex.NONE)
                {
                    live.join(last, entry);
                }
                last = entry;
            }
        }
        return last;
    }
}
