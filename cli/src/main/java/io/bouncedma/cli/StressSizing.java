/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Trace;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The smallest pools of all devices together, of each alone, and of groups of them.
 *
 * @param common for all devices.
 * @param alone  for each device, in the order of the trace; empty if there is but one, or too many.
 * @param groups for the groups that were asked for.
 */
record StressSizing(StressSearch common, List<StressSearch> alone, List<StressSearch> groups)
{
    /** With more devices none is sized alone: each takes a pass over the whole trace, and who would read it? */
    static final int MOST_DEVICES = 64;

    static StressSizing run(
        final StressPolicy policy, final Trace trace, final StressGuest guest, final List<List<Integer>> groups)
    {
        final StressSearch common = StressSearch.run(policy, trace, guest);
        final List<StressSearch> alone = new ArrayList<>(common.regions());
        final int devices = trace.devices().size();
        for (int i = 0; devices > 1 && devices <= MOST_DEVICES && i < devices && common.regions().isEmpty(); i++)
        {
            final int device = i;
            alone.add(StressSearch.run(policy, trace.of(each -> each == device), guest));
        }
        final List<StressSearch> shared = groups.stream()
            .map(group -> StressSearch.run(policy, trace.of(group::contains), guest)).toList();
        return new StressSizing(common, alone, shared);
    }

    /**
     * Every two of a few devices: with more there are too many.
     */
    static List<List<Integer>> pairs(final int devices)
    {
        return IntStream.range(0, devices).boxed()
            .flatMap(a -> IntStream.range(a + 1, devices).mapToObj(b -> List.of(a, b))).toList();
    }

    /**
     * Whether there is anything to tell of devices apart from each other.
     */
    boolean hasDevices()
    {
        return !alone.isEmpty();
    }

    /**
     * What the devices need if each has a pool of its own, or -1 if one has none.
     */
    long apartBytes()
    {
        return alone.stream().mapToLong(search -> null == search.found() ? -1 : search.found().poolBytes())
            .reduce(0, (a, b) -> a < 0 || b < 0 ? -1 : a + b);
    }
}
