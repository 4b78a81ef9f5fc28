/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CounterSource;
import io.bouncedma.monitor.CounterSubject;
import io.bouncedma.virtio.RingStatistics;

import java.util.List;

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
     * @param device   that the ring is a queue of.
     * @param queue    number of the queue.
     * @param name     of the ring for people.
     * @param ring     what it has done.
     * @param counters gets each.
     */
    static void show(
        final String device, final int queue, final String name, final RingStatistics ring,
        final CounterSource.Sink counters)
    {
        final boolean isDriver = RingStatistics.Role.DRIVER == ring.role();
        final String role = isDriver ? "driver" : "device";
        final CounterSubject subject = new CounterSubject("ring " + name + ", " + role + ", " + describe(ring),
            List.of(device, Integer.toString(queue), role));
        counters.accept(subject, isDriver ? InspectMetrics.ADDED : InspectMetrics.TAKEN, ring.begun());
        counters.accept(subject, InspectMetrics.BATCHES, ring.batches());
        counters.accept(subject, InspectMetrics.COMPLETED, ring.ended());
        // Another thread counts: what has begun was read a moment before what has ended.
        counters.accept(subject, InspectMetrics.IN_FLIGHT, Math.max(0, ring.inFlight()));
        counters.accept(subject, isDriver ? InspectMetrics.KICKS : InspectMetrics.INTERRUPTS, ring.notifications());
        counters.accept(subject, isDriver ? InspectMetrics.SUPPRESSED_KICKS : InspectMetrics.SUPPRESSED_INTERRUPTS,
            ring.suppressed());
        if (isDriver)
        {
            counters.accept(subject, InspectMetrics.FREE, ring.freeDescriptors());
            counters.accept(subject, InspectMetrics.OVERCLAIMS, ring.overclaims());
        }
        else
        {
            counters.accept(subject, InspectMetrics.MALFORMED, ring.faults());
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
