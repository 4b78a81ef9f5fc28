/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Watches a device's mappings as Linux's {@code CONFIG_DMA_API_DEBUG} does: where each was made, so that a leak has a
 * place; buffers that are mapped twice while a device writes one of them, whose bytes would depend on the order of the
 * unmaps; syncs against the direction, which copy nothing and so are a misunderstanding.
 * <p>
 * Takes a lock, walks all live mappings and fills in a stack trace for each map: for tests and for hunting.
 */
final class DmaDebug
{
    /** Who stands between a caller and this. */
    private static final Set<String> OWN =
        Set.of(DmaDebug.class.getName(), DmaDevice.class.getName(), BouncedMappings.class.getName());

    private final String device;
    /** By handle, a {@link Long}, or by {@link ScatterGather}. */
    private final Map<Object, List<Entry>> live = new HashMap<>();

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
    void map(
        final long mapping, final byte[] array, final long address, final int length, final Direction direction)
    {
        note(mapping, List.of(new Entry(array, address, length, direction, new Throwable())));
    }

    /**
     * Note the mapping of a list.
     *
     * @throws IllegalStateException if one of its entries overlaps another one, of this list too, and a device writes
     *                               one of them; nothing is noted then.
     */
    void map(final ScatterGather list, final Direction direction)
    {
        final Throwable place = new Throwable();
        note(list, IntStream.range(0, list.entries())
            .mapToObj(i -> new Entry(list.array(i), list.address(i), list.entryLength(i), direction, place))
            .toList());
    }

    /**
     * Forget a mapping.
     *
     * @param mapping a handle or a list; one that is not noted is none.
     */
    synchronized void afterUnmap(final Object mapping)
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
            final List<Entry> entries = live.get(mapping);
            throw new IllegalStateException("sync against the direction: device=" + device + ", sync=" +
                (forCpu ? "for CPU" : "for device") + ", direction=" + direction +
                (null == entries ? "" : ", mapped at " + entries.getFirst().where()));
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
            .flatMap(List::stream)
            .map(entry -> entry.length + " bytes " + entry.direction + " mapped at " + entry.where())
            .sorted()
            .collect(Collectors.joining(System.lineSeparator() + "  ", System.lineSeparator() + "  ", ""));
    }

    private synchronized void note(final Object mapping, final List<Entry> entries)
    {
        for (int i = 0; i < entries.size(); i++)
        {
            final Entry entry = entries.get(i);
            live.values().forEach(others -> requireNoConflict(entry, others));
            requireNoConflict(entry, entries.subList(0, i));
        }
        live.put(mapping, entries);
    }

    private void requireNoConflict(final Entry entry, final List<Entry> others)
    {
        for (final Entry other : others)
        {
            if (entry.conflictsWith(other))
            {
                throw new IllegalStateException("mappings overlap and a device writes one of them: device=" + device +
                    ", length=" + entry.length + ", direction=" + entry.direction + ", otherLength=" + other.length +
                    ", otherDirection=" + other.direction + ", other mapped at " + other.where());
            }
        }
    }

    private static String firstCaller(final Throwable place)
    {
        for (final StackTraceElement frame : place.getStackTrace())
        {
            if (!OWN.contains(frame.getClassName()))
            {
                return frame.toString();
            }
        }
        return "an unknown place";
    }
}
