/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.IntArrayList;
import org.agrona.collections.LongArrayList;

import java.util.BitSet;
import java.util.Objects;

/**
 * What drivers mapped for DMA and unmapped again, in order. An event is the map or the unmap of a mapping; mappings are
 * numbered from 0 in the order of their maps. Some may never be unmapped.
 * <p>
 * Immutable, in primitive arrays: a trace of a million events takes about 24 MB.
 */
public final class Trace
{
    /** The most bytes of one mapping. */
    public static final int MAX_BYTES = 1 << 30;
    /** Offsets of originals in their page are below this. */
    public static final int PAGE_SIZE = 4096;

    private static final int DIRECTION_BITS = 2;
    private static final int DIRECTION_MASK = (1 << DIRECTION_BITS) - 1;

    private final String name;
    /** The mapping number of a map, the complement of it for an unmap. */
    private final int[] events;
    private final long[] times;
    private final int[] bytes;
    /** By mapping: page offset above {@link #DIRECTION_BITS} bits of direction. */
    private final int[] attributes;
    private final long peakLiveBytes;
    private final int peakLiveMappings;

    private Trace(final Builder builder)
    {
        name = builder.name;
        events = builder.events.toIntArray();
        times = builder.times.toLongArray();
        bytes = builder.bytes.toIntArray();
        attributes = builder.attributes.toIntArray();
        peakLiveBytes = builder.peakLiveBytes;
        peakLiveMappings = builder.peakLiveMappings;
    }

    /**
     * What the trace is called in reports.
     *
     * @return for example the name of its file without the endings.
     */
    public String name()
    {
        return name;
    }

    /**
     * How many events there are.
     *
     * @return maps and unmaps together.
     */
    public int size()
    {
        return events.length;
    }

    /**
     * How many mappings there are.
     *
     * @return the number of events that are maps.
     */
    public int maps()
    {
        return bytes.length;
    }

    /**
     * Whether an event maps.
     *
     * @param i of the event, from 0 to {@link #size()} - 1.
     * @return false if it unmaps.
     */
    public boolean isMap(final int i)
    {
        return events[i] >= 0;
    }

    /**
     * The mapping that an event is about.
     *
     * @param i of the event.
     * @return from 0 to {@link #maps()} - 1; the map and the unmap of a mapping have the same.
     */
    public int mapping(final int i)
    {
        final int event = events[i];
        return event >= 0 ? event : ~event;
    }

    /**
     * The size of the mapping that an event is about.
     *
     * @param i of the event.
     * @return bytes, from 1 to {@link #MAX_BYTES}.
     */
    public int bytes(final int i)
    {
        return bytes[mapping(i)];
    }

    /**
     * Where in its page the original buffer begins, of the mapping that an event is about.
     *
     * @param i of the event.
     * @return bytes, from 0 to 4095.
     */
    public int pageOffset(final int i)
    {
        return attributes[mapping(i)] >> DIRECTION_BITS;
    }

    /**
     * The direction of the mapping that an event is about.
     *
     * @param i of the event.
     * @return never null.
     */
    public TraceDirection direction(final int i)
    {
        return TraceDirection.ofOrdinal(attributes[mapping(i)] & DIRECTION_MASK);
    }

    /**
     * When an event happened.
     *
     * @param i of the event.
     * @return microseconds since the recording began; may step back a little from one event to the next, as the clocks
     * of CPUs differ.
     */
    public long timeMicros(final int i)
    {
        return times[i];
    }

    /**
     * The most bytes that were mapped at one time: no pool that serves the whole trace can be smaller.
     *
     * @return bytes.
     */
    public long peakLiveBytes()
    {
        return peakLiveBytes;
    }

    /**
     * The most mappings that were live at one time.
     *
     * @return their number.
     */
    public int peakLiveMappings()
    {
        return peakLiveMappings;
    }

    @Override
    public String toString()
    {
        return "trace " + name + " (" + size() + " events, peak " + peakLiveBytes + " bytes)";
    }

    /**
     * Takes the events of a trace one by one. Not thread-safe.
     */
    public static final class Builder
    {
        private final String name;
        private final IntArrayList events = new IntArrayList();
        private final LongArrayList times = new LongArrayList();
        private final IntArrayList bytes = new IntArrayList();
        private final IntArrayList attributes = new IntArrayList();
        private final BitSet live = new BitSet();
        private long liveBytes;
        private int liveMappings;
        private long peakLiveBytes;
        private int peakLiveMappings;

        /**
         * Begin an empty trace.
         *
         * @param name of the trace.
         */
        public Builder(final String name)
        {
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * Add a map.
         *
         * @param timeMicros since the recording began, zero or more.
         * @param length     bytes, from 1 to {@link Trace#MAX_BYTES}.
         * @param direction  of the data.
         * @param pageOffset of the original buffer in its page, bytes, from 0 to 4095.
         * @return the number of the mapping, to unmap it by.
         * @throws IllegalArgumentException if a number is out of its range.
         */
        public long map(
            final long timeMicros, final int length, final TraceDirection direction, final int pageOffset)
        {
            requireTime(timeMicros);
            if (length <= 0 || length > MAX_BYTES || pageOffset < 0 || pageOffset >= PAGE_SIZE)
            {
                throw new IllegalArgumentException("a mapping has 1 to " + MAX_BYTES + " bytes at a page offset of 0 " +
                    "to 4095: bytes=" + length + ", pageOffset=" + pageOffset + ", trace=" + name);
            }
            Objects.requireNonNull(direction, "direction");
            final int mapping = bytes.size();
            events.addInt(mapping);
            times.addLong(timeMicros);
            bytes.addInt(length);
            attributes.addInt(pageOffset << DIRECTION_BITS | direction.ordinal());
            live.set(mapping);
            liveBytes += length;
            liveMappings++;
            peakLiveBytes = Math.max(peakLiveBytes, liveBytes);
            peakLiveMappings = Math.max(peakLiveMappings, liveMappings);
            return mapping;
        }

        /**
         * Add an unmap.
         *
         * @param timeMicros since the recording began, zero or more.
         * @param mapping    number from {@link #map}.
         * @throws IllegalArgumentException if there is no such mapping or it is unmapped already.
         */
        public void unmap(final long timeMicros, final long mapping)
        {
            requireTime(timeMicros);
            if (mapping < 0 || mapping >= bytes.size() || !live.get((int)mapping))
            {
                throw new IllegalArgumentException("only a live mapping can be unmapped, once: mapping=" + mapping +
                    ", mapped=" + bytes.size() + ", trace=" + name);
            }
            events.addInt(~(int)mapping);
            times.addLong(timeMicros);
            live.clear((int)mapping);
            liveBytes -= bytes(mapping);
            liveMappings--;
        }

        /**
         * The trace of what was added so far.
         *
         * @return independent of what is added later.
         */
        public Trace build()
        {
            return new Trace(this);
        }

        int bytes(final long mapping)
        {
            return bytes.getInt((int)mapping);
        }

        private void requireTime(final long timeMicros)
        {
            if (timeMicros < 0)
            {
                throw new IllegalArgumentException("times count from the start of the recording: timeMicros=" +
                    timeMicros + ", trace=" + name);
            }
        }
    }
}
