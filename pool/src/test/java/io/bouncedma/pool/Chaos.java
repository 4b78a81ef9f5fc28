/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * The window that a {@link PoolLifecycleTest} plays in, and what its threads share.
 */
final class Chaos implements AutoCloseable
{
    static final int SLOTS = 3;

    private static final int EXCHANGE = 16;

    final Window window;
    final UnsafeBuffer view;
    final Occupancy occupancy = new Occupancy((long)SLOTS * ChaosSlot.LENGTH);
    final ChaosSlot[] slots = new ChaosSlot[SLOTS];
    /** Blocks that one thread took and that another one is to give back. */
    final AtomicReferenceArray<Held> exchange = new AtomicReferenceArray<>(EXCHANGE);
    /** Handles that two threads free. */
    final AtomicReferenceArray<Duel> duels = new AtomicReferenceArray<>(4);
    final AtomicReference<Throwable> failure = new AtomicReference<>();
    final AtomicLong operations;

    /** A block in somebody's hands. */
    record Held(ChaosPool.Client client, long handle, long offset, int length, long stamp)
    {
    }

    /** A handle that two threads are about to free. */
    static final class Duel
    {
        final Held held;
        final AtomicInteger wins = new AtomicInteger();
        final AtomicInteger ended = new AtomicInteger();

        Duel(final Held held)
        {
            this.held = held;
        }
    }

    Chaos(final long operations)
    {
        this.operations = new AtomicLong(operations);
        final List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < SLOTS * ChaosSlot.EXTENTS; i++)
        {
            // Neighbours in the window lie far from each other on the bus, and none of them before the other.
            extents.add(new Extent((long)i * ChaosSlot.EXTENT, (1L + (i * 5) % 12) << 28, ChaosSlot.EXTENT));
        }
        try (Fd memory = Memfd.create("chaos", (long)SLOTS * ChaosSlot.LENGTH))
        {
            window = MemfdWindow.map("chaos", memory, extents, BusAddressing.identity());
        }
        view = window.view(0, SLOTS * ChaosSlot.LENGTH);
        for (int i = 0; i < SLOTS; i++)
        {
            slots[i] = new ChaosSlot(window, occupancy, (long)i * ChaosSlot.LENGTH);
        }
    }

    /**
     * Fail, unless something holds.
     */
    static void require(final boolean holds, final Supplier<String> what)
    {
        if (!holds)
        {
            throw new AssertionError(what.get());
        }
    }

    @Override
    public void close()
    {
        for (final ChaosSlot slot : slots)
        {
            if (null != slot.pool && !slot.pool.closed)
            {
                slot.pool.pool.abandon();
            }
        }
        window.close();
    }
}
