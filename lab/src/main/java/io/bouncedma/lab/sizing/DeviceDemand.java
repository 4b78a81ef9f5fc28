/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.TraceDirection;

import java.util.List;
import java.util.Objects;

/**
 * What the driver of a device has mapped when all its queues are full.
 *
 * @param name     of the device.
 * @param coherent memory that driver and device use in place: rings above all.
 * @param chains   what is mapped for buffers.
 */
public record DeviceDemand(String name, List<Blocks> coherent, List<Chains> chains)
{
    /**
     * Keep copies of the lists.
     */
    public DeviceDemand
    {
        Objects.requireNonNull(name, "name");
        coherent = List.copyOf(coherent);
        chains = List.copyOf(chains);
    }

    /**
     * Blocks of coherent memory.
     *
     * @param bytes of each.
     * @param count how many.
     */
    public record Blocks(int bytes, int count)
    {
    }

    /**
     * One mapping.
     *
     * @param bytes     of it.
     * @param direction of the data.
     */
    public record Element(int bytes, TraceDirection direction)
    {
    }

    /** How the chains of a queue end. */
    public enum Life
    {
        /** In any order, each made anew at once: requests. */
        ANY_ORDER,
        /** As {@link #ANY_ORDER}, but always the oldest one. */
        IN_ORDER,
        /** Not at all: buffers that are mapped once and used again and again. */
        STANDING
    }

    /**
     * What is mapped and unmapped together, so many times.
     *
     * @param elements   of one.
     * @param queues     that have such.
     * @param depth      how many each queue has at a time.
     * @param life       how they end.
     * @param isLongLived whether they wait in the queue for what may never come, receive buffers; otherwise they are
     *                   there for as long as a request takes.
     */
    public record Chains(List<Element> elements, int queues, int depth, Life life, boolean isLongLived)
    {
        /**
         * Keep a copy of the list.
         */
        public Chains
        {
            elements = List.copyOf(elements);
        }
    }

    /**
     * How many mappings there are when all queues are full.
     *
     * @return those of coherent memory too.
     */
    public long mappings()
    {
        return coherent.stream().mapToLong(Blocks::count).sum() +
            chains.stream().mapToLong(each -> (long)each.elements().size() * each.queues() * each.depth()).sum();
    }

    /**
     * How long the longest mapping of a buffer is.
     *
     * @return bytes.
     */
    public int largestMapping()
    {
        return chains.stream().flatMap(each -> each.elements().stream()).mapToInt(Element::bytes).max().orElse(0);
    }
}
