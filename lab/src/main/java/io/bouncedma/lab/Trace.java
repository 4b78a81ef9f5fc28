/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.os.Printable;
import org.agrona.collections.IntArrayList;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * What drivers mapped for DMA and unmapped again, in order. An event is the map or the unmap of a mapping of one of the
 * trace's devices. Some mappings may never be unmapped.
 * <p>
 * Immutable. The events lie outside the heap, 24 bytes each: those of long traces in temporary files.
 */
public final class Trace
{
    /** The most bytes of one mapping. */
    public static final int MAX_BYTES = 1 << 30;
    /** Offsets of originals in their page are below this. */
    public static final int PAGE_SIZE = 4096;
    /** The most devices of a trace. */
    public static final int MAX_DEVICES = 1 << 16;
    /** The most mappings that live at one time. */
    public static final int MAX_LIVE = 1 << 24;
    /** The longest name of a device, characters. */
    public static final int MAX_NAME = 128;

    /* attributes: device u16 | page offset u12 | direction u4 */
    private static final int DIRECTION_MASK = 0xf;
    private static final int OFFSET_SHIFT = 4;
    private static final int DEVICE_SHIFT = 16;

    private final String name;
    private final TraceEvents events;
    private final int size;
    private final int maps;
    private final List<String> devices;
    private final long peakLiveBytes;
    private final int peakLiveMappings;

    private Trace(final Builder builder)
    {
        name = builder.name;
        events = builder.events.snapshot();
        size = events.size();
        maps = builder.maps;
        devices = List.copyOf(builder.devices);
        peakLiveBytes = builder.peakLiveBytes;
        peakLiveMappings = builder.bytes.size();
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
        return size;
    }

    /**
     * How many mappings there are.
     *
     * @return the number of events that are maps.
     */
    public int maps()
    {
        return maps;
    }

    /**
     * The devices that mapped.
     *
     * @return their names in the order in which they came up; one name that is empty if nothing is known of devices.
     */
    public List<String> devices()
    {
        return devices;
    }

    /**
     * Whether a device can be called so: by what neither ends a column of a file nor does anything to a terminal.
     *
     * @param name of it, from anywhere.
     * @return false if it is longer than {@link #MAX_NAME}, or has a comma, a quote, or what is not seen: control
     * characters, marks that turn the direction of writing, ends of lines, what no encoding has.
     */
    public static boolean isDeviceName(final String name)
    {
        return name.length() <= MAX_NAME && name.codePoints().allMatch((c) -> Printable.isShown(c) &&
            Printable.REPLACEMENT != c && ',' != c && '"' != c);
    }

    /**
     * Whether an event maps.
     *
     * @param i of the event, from 0 to {@link #size()} - 1.
     * @return false if it unmaps.
     */
    public boolean isMap(final int i)
    {
        return events.mapping(checked(i)) >= 0;
    }

    /**
     * The mapping that an event is about, by a number that no other has as long as it lives.
     *
     * @param i of the event.
     * @return from 0 to {@link #peakLiveMappings()} - 1; the map and the unmap of a mapping have the same.
     */
    public int mapping(final int i)
    {
        final int mapping = events.mapping(checked(i));
        return mapping >= 0 ? mapping : ~mapping;
    }

    /**
     * The device of the mapping that an event is about.
     *
     * @param i of the event.
     * @return index in {@link #devices()}.
     */
    public int device(final int i)
    {
        return events.attributes(checked(i)) >>> DEVICE_SHIFT;
    }

    /**
     * The size of the mapping that an event is about.
     *
     * @param i of the event.
     * @return bytes, from 1 to {@link #MAX_BYTES}.
     */
    public int bytes(final int i)
    {
        return events.bytes(checked(i));
    }

    /**
     * Where in its page the original buffer begins, of the mapping that an event is about.
     *
     * @param i of the event.
     * @return bytes, from 0 to 4095.
     */
    public int pageOffset(final int i)
    {
        return events.attributes(checked(i)) >> OFFSET_SHIFT & PAGE_SIZE - 1;
    }

    /**
     * The direction of the mapping that an event is about.
     *
     * @param i of the event.
     * @return never null.
     */
    public TraceDirection direction(final int i)
    {
        return TraceDirection.ofOrdinal(events.attributes(checked(i)) & DIRECTION_MASK);
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
        return events.time(checked(i));
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

    /**
     * What some of the devices did.
     *
     * @param wanted tells of an index in {@link #devices()} whether that device is wanted.
     * @return a trace of the same name with the events of these devices only, at the same times.
     */
    public Trace of(final IntPredicate wanted)
    {
        final Builder builder = new Builder(name);
        final int[] numbers = new int[devices.size()];
        for (int device = 0; device < numbers.length; device++)
        {
            numbers[device] = wanted.test(device) ? builder.device(devices.get(device)) : -1;
        }
        final long[] live = new long[peakLiveMappings];
        for (int i = 0; i < size; i++)
        {
            final int device = numbers[device(i)];
            if (device >= 0 && isMap(i))
            {
                live[mapping(i)] = builder.map(timeMicros(i), bytes(i), direction(i), pageOffset(i), device);
            }
            else if (device >= 0)
            {
                builder.unmap(timeMicros(i), live[mapping(i)]);
            }
        }
        return builder.build();
    }

    @Override
    public String toString()
    {
        return "trace " + name + " (" + size + " events, peak " + peakLiveBytes + " bytes)";
    }

    private int checked(final int i)
    {
        return Objects.checkIndex(i, size);
    }

    /**
     * Takes the events of a trace one by one. Not thread-safe.
     */
    public static final class Builder
    {
        private final String name;
        private final TraceEvents events = new TraceEvents();
        private final List<String> devices = new ArrayList<>();
        /** By name. Names are input: this kind of map stays quick if many have the same hash. */
        private final Map<String, Integer> numbers = new HashMap<>();
        /** By mapping, of those that live: their bytes (0 if none lives there), their attributes, which one it is. */
        private final IntArrayList bytes = new IntArrayList();
        private final IntArrayList attributes = new IntArrayList();
        private final IntArrayList serials = new IntArrayList();
        private final IntArrayList free = new IntArrayList();
        private int maps;
        private long liveBytes;
        private long peakLiveBytes;

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
         * Make a device known.
         *
         * @param name of it, as {@link Trace#isDeviceName} takes it; empty if nothing is known.
         * @return its number, the same for the same name.
         * @throws IllegalArgumentException if it can be no name, or the trace has too many devices.
         */
        public int device(final String name)
        {
            final Integer known = numbers.get(name);
            if (null != known)
            {
                return known;
            }
            if (!isDeviceName(name))
            {
                throw new IllegalArgumentException("a device with a name of at most " + MAX_NAME + " characters, all " +
                    "visible, in files in UTF-8, no comma or quote: characters=" + name.length() + ", trace=" +
                    this.name);
            }
            if (MAX_DEVICES == devices.size())
            {
                throw new IllegalArgumentException("a trace has " + MAX_DEVICES + " devices at most: trace=" +
                    this.name);
            }
            final int number = devices.size();
            devices.add(name);
            numbers.put(name, number);
            return number;
        }

        /**
         * Add a map by a device of which nothing is known, otherwise as the other one.
         *
         * @param timeMicros since the recording began.
         * @param length     bytes.
         * @param direction  of the data.
         * @param pageOffset of the original buffer.
         * @return a handle to unmap it by.
         */
        public long map(
            final long timeMicros, final int length, final TraceDirection direction, final int pageOffset)
        {
            return map(timeMicros, length, direction, pageOffset, device(""));
        }

        /**
         * Add a map.
         *
         * @param timeMicros since the recording began, zero or more.
         * @param length     bytes, from 1 to {@link Trace#MAX_BYTES}.
         * @param direction  of the data.
         * @param pageOffset of the original buffer in its page, bytes, from 0 to 4095.
         * @param device     number from {@link #device}.
         * @return a handle to unmap it by.
         * @throws IllegalArgumentException if a number is out of its range.
         * @throws IllegalStateException    if {@link Trace#MAX_LIVE} mappings live.
         */
        public long map(
            final long timeMicros,
            final int length,
            final TraceDirection direction,
            final int pageOffset,
            final int device)
        {
            requireTime(timeMicros);
            if (length <= 0 || length > MAX_BYTES || pageOffset < 0 || pageOffset >= PAGE_SIZE)
            {
                throw new IllegalArgumentException("a mapping has 1 to " + MAX_BYTES + " bytes at a page offset of 0 " +
                    "to 4095: bytes=" + length + ", pageOffset=" + pageOffset + ", trace=" + name);
            }
            Objects.requireNonNull(direction, "direction");
            Objects.checkIndex(device, devices.size());
            final int mapping = take();
            final int packed = device << DEVICE_SHIFT | pageOffset << OFFSET_SHIFT | direction.ordinal();
            bytes.setInt(mapping, length);
            attributes.setInt(mapping, packed);
            serials.setInt(mapping, maps);
            events.add(timeMicros, length, mapping, packed);
            liveBytes += length;
            peakLiveBytes = Math.max(peakLiveBytes, liveBytes);
            return (long)maps++ << Integer.SIZE | mapping;
        }

        /**
         * Add an unmap.
         *
         * @param timeMicros since the recording began, zero or more.
         * @param handle     from {@link #map}.
         * @throws IllegalArgumentException if there is no such mapping or it is unmapped already.
         */
        public void unmap(final long timeMicros, final long handle)
        {
            requireTime(timeMicros);
            final int mapping = (int)handle;
            final int length = bytes(handle);
            if (0 == length)
            {
                throw new IllegalArgumentException("only a live mapping can be unmapped, once: handle=" + handle +
                    ", mapped=" + maps + ", trace=" + name);
            }
            events.add(timeMicros, length, ~mapping, attributes.getInt(mapping));
            bytes.setInt(mapping, 0);
            free.addInt(mapping);
            liveBytes -= length;
        }

        /**
         * How many mappings live now.
         *
         * @return zero or more.
         */
        public int liveMappings()
        {
            return bytes.size() - free.size();
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

        /** The size of a live mapping; 0 if there is none. */
        int bytes(final long handle)
        {
            final int mapping = (int)handle;
            return mapping >= 0 && mapping < bytes.size() && serials.getInt(mapping) == (int)(handle >> Integer.SIZE) ?
                bytes.getInt(mapping) : 0;
        }

        private int take()
        {
            if (!free.isEmpty())
            {
                return free.popInt();
            }
            if (MAX_LIVE == bytes.size())
            {
                throw new IllegalStateException("a trace has " + MAX_LIVE + " live mappings at most: trace=" + name);
            }
            bytes.addInt(0);
            attributes.addInt(0);
            serials.addInt(0);
            return bytes.size() - 1;
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
