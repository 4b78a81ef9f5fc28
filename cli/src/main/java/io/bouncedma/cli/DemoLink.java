/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

/**
 * What the secondary VM of a demo has of the primary VM: memory that both see, and a way to its device.
 */
interface DemoLink extends AutoCloseable
{
    /** What is shared. It stays the link's. */
    BouncePool pool();

    /** The way to the device, made at the first call. */
    VirtioTransport transport();

    /** How to wait for the device. */
    Waiting waiting();

    /** What went over the link so far. */
    Traffic traffic();

    @Override
    void close();

    /**
     * What goes over a link beside the bytes that are bounced.
     *
     * @param configAccesses     register reads and writes.
     * @param messages           messages, both directions.
     * @param doorbellsRung      by the secondary VM, beside the kicks of the ring.
     * @param doorbellsCoalesced of those that came to the secondary VM, how many arrived together with an earlier one;
     *                           null if nobody counts.
     */
    record Traffic(long configAccesses, long messages, long doorbellsRung, Long doorbellsCoalesced)
    {
    }
}
