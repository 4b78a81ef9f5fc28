/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What was made of a recording, and what in it could not be used.
 *
 * @param trace           the mappings.
 * @param source          which lines told of them.
 * @param counts          what was counted, each {@link Count}.
 * @param notUnderstood   the first five lines that were not understood: number and at most 120 characters of text.
 * @param refusedByDevice mappings that the kernel refused, by the name of the device; with an empty name if nothing is
 *                        known of devices.
 * @param refusal         why there is nothing in it that could be used, and what to do; null if there is.
 */
public record Recording(
    Trace trace,
    Source source,
    Map<Count, Long> counts,
    List<String> notUnderstood,
    Map<String, Long> refusedByDevice,
    String refusal)
{
    /** Which lines a trace was made of. */
    public enum Source
    {
        /** Trace events of kernels from 6.12 on. */
        DMA_EVENTS("dma events"),
        /** Probes of swiotlb. */
        SWIOTLB_PROBES("swiotlb probes");

        private final String words;

        Source(final String words)
        {
            this.words = words;
        }

        /**
         * What they are called.
         *
         * @return two words.
         */
        public String words()
        {
            return words;
        }
    }

    /**
     * Keep copies.
     */
    public Recording
    {
        Objects.requireNonNull(trace, "trace");
        Objects.requireNonNull(source, "source");
        counts = Collections.unmodifiableMap(new EnumMap<>(counts));
        notUnderstood = List.copyOf(notUnderstood);
        refusedByDevice = Collections.unmodifiableMap(new LinkedHashMap<>(refusedByDevice));
    }

    /**
     * What was counted of one kind.
     *
     * @param count which.
     * @return zero or more.
     */
    public long count(final Count count)
    {
        return counts.get(count);
    }
}
