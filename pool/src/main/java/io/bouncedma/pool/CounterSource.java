/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.function.ObjLongConsumer;

/**
 * Something beside pools whose counters a {@link PoolMonitor} shows: rings, for example, of which pools know nothing.
 */
@FunctionalInterface
public interface CounterSource
{
    /**
     * Tell the counters as they are now. Called again and again, on the monitor's thread.
     *
     * @param counters gets each by its label: headings and at last a name, with ": " between, for example
     *                 {@code ring blk: added chains}. The same counter has the same label every time.
     */
    void show(ObjLongConsumer<String> counters);
}
