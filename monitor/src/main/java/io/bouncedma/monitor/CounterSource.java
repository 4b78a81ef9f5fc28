/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

/**
 * Something beside pools whose counters a {@link PoolMonitor} shows: rings, for example, of which pools know nothing.
 */
@FunctionalInterface
public interface CounterSource
{
    /**
     * Tell the counters as they are now. Called again and again, on the monitor's thread.
     *
     * @param counters gets each. A subject has a metric once.
     */
    void show(Sink counters);

    /**
     * Takes counters.
     */
    @FunctionalInterface
    interface Sink
    {
        /**
         * Show one.
         *
         * @param subject whose it is.
         * @param metric  what it counts.
         * @param value   as it is now.
         */
        void accept(CounterSubject subject, Metric metric, long value);
    }
}
