/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The trace that the {@code dma:} events of Linux 6.12 and later tell of. They are printed when the mapping is made
 * (kernel/dma/mapping.c), so a line is a mapping, or one that was refused. Not thread-safe.
 */
final class DmaEvents
{
    private final Counts counts;
    private final LiveMappings live;
    private final RecordedDevices devices = new RecordedDevices();
    private final DmaLists lists;
    private long bounces;

    DmaEvents(final String name, final Counts counts, final int cut)
    {
        this.counts = counts;
        live = new LiveMappings(name, counts, cut);
        lists = new DmaLists(counts, live, devices);
    }

    /** The mappings. */
    Trace trace()
    {
        return live.trace();
    }

    /** How often swiotlb said that it is about to bounce something. */
    long bounces()
    {
        return bounces;
    }

    /** How much was refused, by the name of the device. */
    Map<String, Long> refused()
    {
        final Map<String, Long> refused = new LinkedHashMap<>();
        devices.all().stream().filter(device -> device.refused() > 0)
            .forEach(device -> refused.put(device.name(), device.refused()));
        return refused;
    }

    /**
     * Take an event.
     *
     * @param event  other than a probe's.
     * @param time   microseconds since the recording began.
     * @param fields of it; if they are broken in the end, nothing has changed.
     */
    void take(final Event event, final long time, final Fields fields)
    {
        switch (event)
        {
            case MAP -> map(time, fields);
            case UNMAP -> unmap(time, fields);
            case MAP_LIST -> lists.map(time, fields);
            case UNMAP_LIST -> lists.unmap(time, fields);
            case MAP_LIST_REFUSED, ALLOC_REFUSED -> refused(devices.of(fields));
            case ALLOC -> alloc(time, fields);
            case FREE -> free(time, fields);
            case BOUNCED -> bounced(fields);
            case SYNC -> sync(fields);
            case SYNC_LIST -> counts.add(Count.SYNCS);
            case COMPLETION -> counts.add(Count.COMPLETIONS);
            case NVME_COMPLETION -> counts.add(Count.NVME_COMPLETIONS);
            case MAP_RESOURCE -> counts.add(Count.REGISTERS);
            default ->
            {
                // UNMAP_RESOURCE ends what was left out when it was mapped.
            }
        }
    }

    private void map(final long time, final Fields fields)
    {
        final long address = fields.address(Fields.Key.DMA_ADDR);
        final long bytes = fields.number(Fields.Key.SIZE);
        final long physical = fields.address(Fields.Key.PHYS_ADDR);
        final TraceDirection direction = fields.direction();
        fields.require(Fields.Key.ATTRS);
        final RecordedDevice device = devices.of(fields);
        if (null == device)
        {
            return;
        }
        if (fields.isMmio())
        {
            counts.add(Count.REGISTERS);
        }
        else if (RecordedDevice.isRefused(address))
        {
            refused(device);
        }
        else if (counts.isInRange(address, bytes))
        {
            final int kind = device.kindOf(address, physical);
            counts.add(Count.MAPS);
            live.makeRoom(time, kind, device, address, (int)bytes);
            live.map(time, kind, device, address, (int)bytes, direction, (int)(physical & Trace.PAGE_SIZE - 1));
        }
    }

    private void unmap(final long time, final Fields fields)
    {
        final long address = fields.address(Fields.Key.DMA_ADDR);
        final long bytes = fields.number(Fields.Key.SIZE);
        fields.require(Fields.Key.ATTRS);
        final RecordedDevice device = devices.of(fields);
        if (device != null && !fields.isMmio() && counts.isInRange(address, bytes))
        {
            live.unmap(time, device, address, (int)bytes);
        }
    }

    private void alloc(final long time, final Fields fields)
    {
        final long address = fields.address(Fields.Key.DMA_ADDR);
        final long bytes = fields.number(Fields.Key.SIZE);
        fields.require(Fields.Key.ATTRS);
        final RecordedDevice device = devices.of(fields);
        if (null == device)
        {
            return;
        }
        if (RecordedDevice.isRefused(address) || fields.isNull(Fields.Key.VIRT_ADDR))
        {
            refused(device);
        }
        else if (counts.isInRange(address, bytes))
        {
            counts.add(Count.ALLOCATIONS);
            live.makeRoom(time, LiveMappings.COHERENT, device, address, (int)bytes);
            live.map(time, LiveMappings.COHERENT, device, address, (int)bytes, TraceDirection.COHERENT, 0);
        }
    }

    private void free(final long time, final Fields fields)
    {
        final long address = fields.address(Fields.Key.DMA_ADDR);
        final long bytes = fields.number(Fields.Key.SIZE);
        // Tables have a list of their memory at the end, all others their attributes.
        fields.require(fields.has(Fields.Key.PHYS_ADDRS) ? Fields.Key.PHYS_ADDRS : Fields.Key.ATTRS);
        final RecordedDevice device = devices.of(fields);
        if (device != null && counts.isInRange(address, bytes))
        {
            live.unmap(time, LiveMappings.COHERENT, device, address, (int)bytes);
        }
    }

    private void sync(final Fields fields)
    {
        final long address = fields.address(Fields.Key.DMA_ADDR);
        fields.require(Fields.Key.SIZE);
        final RecordedDevice device = devices.of(fields);
        if (device != null)
        {
            counts.add(Count.SYNCS);
            if (!live.isMapped(device, address))
            {
                counts.add(Count.SYNCS_ALONE);
            }
        }
    }

    private void bounced(final Fields fields)
    {
        final long physical = fields.address(Fields.Key.DEV_ADDR);
        fields.require(Fields.Key.SIZE);
        final RecordedDevice device = devices.of(fields);
        bounces++;
        if (device != null)
        {
            device.mark(physical);
        }
    }

    private void refused(final RecordedDevice device)
    {
        if (device != null)
        {
            device.refuse();
            counts.add(Count.REFUSED);
        }
    }
}
