/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Finds out that a driver kicks and this process sees nothing of what it wrote: the VM has its memory to itself, since
 * its file is mapped privately there. Its driver waits for ever, and nobody else would tell why.
 */
final class BlankRings
{
    /** A VMM may kick when a ring starts; drivers make something available within milliseconds of that. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);

    private final Supplier<List<BackendVring>> rings;
    private final LongSupplier nanoTime;
    /** Since when it is so, if it is. */
    private long sinceNs;
    private boolean isKicked;
    /** Whether something was seen in a ring, or its absence was told. */
    private boolean isOver;

    BlankRings(final Supplier<List<BackendVring>> rings, final LongSupplier nanoTime)
    {
        this.rings = rings;
        this.nanoTime = nanoTime;
    }

    /**
     * Look. Costs nothing once something was seen.
     *
     * @return true once in a connection, if it is so.
     */
    boolean isNews()
    {
        if (isOver)
        {
            return false;
        }
        final List<BackendVring> vrings = rings.get();
        boolean isAnyKicked = false;
        for (int i = 0; i < vrings.size(); i++)
        {
            final BackendVring vring = vrings.get(i);
            isOver |= vring.isServed() && !vring.isBlank();
            isAnyKicked |= vring.isServed() && vring.isKicked();
        }
        if (isOver || !isAnyKicked)
        {
            isKicked = false;
            return false;
        }
        if (!isKicked)
        {
            isKicked = true;
            sinceNs = nanoTime.getAsLong();
        }
        isOver = nanoTime.getAsLong() - sinceNs > PATIENCE_NS;
        return isOver;
    }
}
