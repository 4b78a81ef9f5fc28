/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.LiveBands;
import io.bouncedma.lab.Trace;
import io.bouncedma.os.Printable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The devices of a trace as a report shows them: those that hold most have a band of the picture each, the others share
 * one.
 */
final class ReportDevices
{
    /** More colours can not be told apart. */
    private static final int MOST_BANDS = 8;

    private final Trace trace;
    private final LiveBands each;
    private final List<Integer> order;
    private final long[] maps;

    ReportDevices(final Trace trace)
    {
        this.trace = trace;
        final int devices = trace.devices().size();
        each = LiveBands.of(trace, 1, devices, trace::device);
        order = IntStream.range(0, devices).boxed()
            .sorted(Comparator.comparingLong(each::peak).reversed().thenComparing(Comparator.naturalOrder())).toList();
        maps = new long[devices];
        IntStream.range(0, trace.size()).filter(trace::isMap).forEach(i -> maps[trace.device(i)]++);
    }

    /**
     * Whether there is anything to tell apart.
     */
    boolean areSeveral()
    {
        return order.size() > 1;
    }

    /**
     * Numbers of all devices, those first that held most at a time.
     */
    List<Integer> order()
    {
        return order;
    }

    /**
     * The most that a device held at a time, bytes.
     */
    long peak(final int device)
    {
        return each.peak(device);
    }

    /**
     * What a device held when most was live in all, bytes.
     */
    long atPeak(final int device)
    {
        return each.atPeak(device);
    }

    long maps(final int device)
    {
        return maps[device];
    }

    /**
     * What a device is called, for people.
     */
    String name(final int device)
    {
        return named(trace.devices().get(device));
    }

    static String named(final String device)
    {
        return Printable.of(StressDevices.named(device));
    }

    /**
     * Which band a device belongs to, by its place in {@link #order}.
     */
    int band(final int place)
    {
        return order.size() > MOST_BANDS ? Math.min(place, MOST_BANDS - 1) : place;
    }

    /**
     * What the bands are called.
     */
    List<String> bands()
    {
        final List<String> names = new ArrayList<>();
        for (int place = 0; place < order.size() && place <= band(place); place++)
        {
            names.add(name(order.get(place)));
        }
        if (order.size() > MOST_BANDS)
        {
            names.set(MOST_BANDS - 1, order.size() - MOST_BANDS + 1 + " others");
        }
        return names;
    }

    /**
     * The bands over time.
     */
    LiveBands overTime(final int points)
    {
        final int[] bandOf = new int[order.size()];
        for (int place = 0; place < bandOf.length; place++)
        {
            bandOf[order.get(place)] = band(place);
        }
        return LiveBands.of(trace, points, bands().size(), i -> bandOf[trace.device(i)]);
    }
}
