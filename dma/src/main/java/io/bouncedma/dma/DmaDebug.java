/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.HashMap;
import java.util.IdentityHashMap;
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
 * Takes a lock and fills in a stack trace for each map: for tests and for hunting. Overlaps are found in a number of
 * steps that grows with the logarithm of how many mappings are live. One kind is overlooked: a read-only segment of an
 * array of anything but bytes, which tells nobody what array that is, and other views of the same array.
 */
final class DmaDebug
{
    /** Who stands between a caller and this. */
    private static final Set<String> OWN =
        Set.of(DmaDebug.class, DmaDevice.class, DeviceMappings.class, BouncedMappings.class, Segments.class,
            Mapping.class, MappingBatch.class, WaitingMappings.class)
            .stream().map(Class::getName).collect(Collectors.toSet());
    private static final Object OFF_HEAP = new Object();

    private final String device;
    /** By handle, a {@link Long}, or by {@link ScatterGather}. */
    private final Map<Object, List<Entry>> live = new HashMap<>();
    /** By array. */
    private final Map<Object, Parts> parts = new IdentityHashMap<>();

    DmaDebug(final String device)
    {
        this.device = device;
    }

    private static final class Entry extends Intervals.Node
    {
        private final Object memory;
        private final Direction direction;
        private final Throwable place;

        /**
         * @param source see {@link PrivateMemory}.
         */
        Entry(
            final Object source,
            final long address,
            final int length,
            final Direction direction,
            final Throwable place)
        {
            super(PrivateMemory.low(source, address), PrivateMemory.low(source, address) + length);
            final Object array = PrivateMemory.identity(source);
            memory = null == array ? OFF_HEAP : array;
            this.direction = direction;
            this.place = place;
        }

        long length()
        {
            return end() - start();
        }

        String where()
        {
            return firstCaller(place);
        }
    }

    /** What is mapped of one array, or of all that is outside the heap. */
    private static final class Parts
    {
        /** No two of them overlap, and none of them a part that is read. */
        private final Intervals written = new Intervals();
        private final Intervals read = new Intervals();

        Intervals of(final Direction direction)
        {
            return direction.isFromDevice() ? written : read;
        }

        boolean isEmpty()
        {
            return written.isEmpty() && read.isEmpty();
        }

        /** A part with which another one must not be mapped at the same time, or null. */
        Entry conflicting(final Entry entry)
        {
            final Entry other = (Entry)written.overlapping(entry);
            return null == other && entry.direction.isFromDevice() ? (Entry)read.overlapping(entry) : other;
        }
    }

    /**
     * Note a mapping.
     *
     * @throws IllegalStateException if it overlaps another one and a device writes one of them; it is not noted then.
     */
    void map(
        final long mapping, final Object source, final long address, final int length, final Direction direction)
    {
        note(mapping, List.of(new Entry(source, address, length, direction, new Throwable())));
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
            .mapToObj(i -> new Entry(list.source(i), list.address(i), list.entryLength(i), direction, place))
            .toList());
    }

    /**
     * Forget a mapping.
     *
     * @param mapping a handle or a list; one that is not noted is none.
     */
    synchronized void afterUnmap(final Object mapping)
    {
        final List<Entry> entries = live.remove(mapping);
        if (null != entries)
        {
            entries.forEach(this::forget);
        }
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
            .map(entry -> entry.length() + " bytes " + entry.direction + " mapped at " + entry.where())
            .sorted()
            .collect(Collectors.joining(System.lineSeparator() + "  ", System.lineSeparator() + "  ", ""));
    }

    private synchronized void note(final Object mapping, final List<Entry> entries)
    {
        for (int i = 0; i < entries.size(); i++)
        {
            final Entry entry = entries.get(i);
            final Entry other = parts.computeIfAbsent(entry.memory, memory -> new Parts()).conflicting(entry);
            if (null != other)
            {
                entries.subList(0, i).forEach(this::forget);
                throw new IllegalStateException("mappings overlap and a device writes one of them: device=" + device +
                    ", length=" + entry.length() + ", direction=" + entry.direction + ", otherLength=" +
                    other.length() + ", otherDirection=" + other.direction + ", other mapped at " + other.where());
            }
            parts.get(entry.memory).of(entry.direction).add(entry);
        }
        live.put(mapping, entries);
    }

    private void forget(final Entry entry)
    {
        final Parts ofMemory = parts.get(entry.memory);
        ofMemory.of(entry.direction).remove(entry);
        if (ofMemory.isEmpty())
        {
            parts.remove(entry.memory);
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
