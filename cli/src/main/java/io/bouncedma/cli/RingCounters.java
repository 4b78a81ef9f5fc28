/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.RingStatistics;

import java.util.function.ObjLongConsumer;

/**
 * The counters of a ring as {@code bounce-dma inspect} shows them.
 */
final class RingCounters
{
    private RingCounters()
    {
    }

    /**
     * Tell a ring's counters.
     *
     * @param name     of the ring.
     * @param ring     what it has done.
     * @param counters gets each by its label.
     */
    static void show(final String name, final RingStatistics ring, final ObjLongConsumer<String> counters)
    {
        final boolean isDriver = RingStatistics.Role.DRIVER == ring.role();
        final String heading = "ring " + name + ", " + (isDriver ? "driver" : "device") + ", " + describe(ring) + ": ";
        counters.accept(heading + (isDriver ? "added chains" : "taken chains"), ring.begun());
        counters.accept(heading + "published batches", ring.batches());
        counters.accept(heading + "completed chains", ring.ended());
        counters.accept(heading + "in flight chains", ring.inFlight());
        counters.accept(heading + (isDriver ? "kicks sent" : "interrupts sent"), ring.notifications());
        counters.accept(heading + (isDriver ? "kicks suppressed" : "interrupts suppressed"), ring.suppressed());
        if (isDriver)
        {
            counters.accept(heading + "free descriptors", ring.freeDescriptors());
            counters.accept(heading + "overclaims", ring.overclaims());
        }
        else
        {
            counters.accept(heading + "malformed chains", ring.faults());
        }
    }

    /**
     * What kind of ring it is, for people.
     *
     * @return for example {@code packed queue of 256 descriptors, indirect, event-idx}.
     */
    static String describe(final RingStatistics ring)
    {
        final StringBuilder text = new StringBuilder(
            RingOption.formatName(ring.format()) + " queue of " + ring.size() + " descriptors");
        RingOption.names(ring.features()).forEach(feature -> text.append(", ").append(feature));
        return text.toString();
    }
}
