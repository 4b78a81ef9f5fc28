/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Watches a device's mappings as Linux's {@code CONFIG_DMA_API_DEBUG} does: where each was made, so that a leak has a
 * place; buffers that are mapped twice while a device writes one of them, whose bytes would depend on the order of the
 * unmaps; syncs against the direction, which copy nothing and so are a misunderstanding.
 * <p>
 * Takes a lock, walks all live mappings and fills in a stack trace for each map: for tests and for hunting.
 */
final class DmaDebug
{
    private final String device;
    private final Map<Long, Entry> live = new HashMap<>();

    DmaDebug(final String device)
    {
        this.device = device;
    }

    private record Entry(Object array, long address, int length, Direction direction, Throwable place)
    {
        boolean conflictsWith(final Entry other)
        {
            return array == other.array && address < other.address + other.length &&
                other.address < address + length && (direction.isFromDevice() || other.direction.isFromDevice());
        }

        String where()
        {
            return firstCaller(place);
        }
    }

    /**
     * Note a mapping.
     *
     * @throws IllegalStateException if it overlaps another one and a device writes one of them; it is not noted then.
     */
    synchronized void map(final long mapping, final MappingRecord record)
    {
        final Entry entry = new Entry(record.array(), record.originalAddress(), record.length(),
            record.direction(), new Throwable());
        for (final Entry other : live.values())
        {
            if (entry.conflictsWith(other))
            {
                throw new IllegalStateException("mappings overlap and a device writes one of them: device=" + device +
                    ", length=" + entry.length + ", direction=" + entry.direction + ", otherLength=" + other.length +
                    ", otherDirection=" + other.direction + ", other mapped at " + other.where());
            }
        }
        live.put(mapping, entry);
    }

    synchronized void afterUnmap(final long mapping)
    {
        live.remove(mapping);
    }

    /**
     * Look at a sync.
     *
     * @throws IllegalStateException if it would copy nothing.
     */
    synchronized void sync(final long mapping, final boolean forCpu, final Direction direction)
    {
        if (forCpu ? !direction.isFromDevice() : !direction.isToDevice())
        {
            final Entry entry = live.get(mapping);
            throw new IllegalStateException("sync against the direction: device=" + device + ", sync=" +
                (forCpu ? "for CPU" : "for device") + ", direction=" + direction +
                (null == entry ? "" : ", mapped at " + entry.where()));
        }
    }

    /**
     * The live mappings and the places where they were made.
     *
     * @return one line each.
     */
    synchronized String leaks()
    {
        return live.values().stream()
            .map(entry -> entry.length + " bytes " + entry.direction + " mapped at " + entry.where())
            .sorted()
            .collect(Collectors.joining(System.lineSeparator() + "  ", System.lineSeparator() + "  ", ""));
    }

    private static String firstCaller(final Throwable place)
    {
        for (final StackTraceElement frame : place.getStackTrace())
        {
            if (!frame.getClassName().startsWith(DmaDebug.class.getPackageName() + ".Dma"))
            {
                return frame.toString();
            }
        }
        return "an unknown place";
    }
}
