/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.ServiceEvent;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Finds out that a driver kicks and this process sees nothing of what it wrote: the VM has its memory to itself, since
 * its file is mapped privately there. Its driver waits for ever, and nobody else would tell why. Of a driver that kicks
 * and has nothing to do, the rings are blank as well, but the rest of its memory is not.
 */
final class BlankRings
{
    /** A VMM may kick when a ring starts; drivers make something available within milliseconds of that. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);

    private final Supplier<List<BackendVring>> rings;
    private final BooleanSupplier isMemoryBlank;
    private final LongSupplier nanoTime;
    /** Since when it is so, if it is. */
    private long sinceNs;
    private boolean isKicked;
    private boolean wasTold;
    /** Whether something was seen of the VM: nothing is left to find out. */
    private boolean isOver;

    BlankRings(
        final Supplier<List<BackendVring>> rings, final BooleanSupplier isMemoryBlank, final LongSupplier nanoTime)
    {
        this.rings = rings;
        this.isMemoryBlank = isMemoryBlank;
        this.nanoTime = nanoTime;
    }

    /**
     * Look. Costs nothing once something was seen.
     *
     * @return {@link ServiceEvent#NOT_SHARED} once in a connection, if it is so; {@link ServiceEvent#RESUMED} once
     * after that, if something is seen after all; else null.
     */
    ServiceEvent news()
    {
        if (isOver)
        {
            return null;
        }
        final List<BackendVring> vrings = rings.get();
        boolean isAnyKicked = false;
        for (int i = 0; i < vrings.size(); i++)
        {
            final BackendVring vring = vrings.get(i);
            isOver |= vring.isServed() && !vring.isBlank();
            isAnyKicked |= vring.isServed() && vring.isKicked();
        }
        if (isOver)
        {
            return wasTold ? ServiceEvent.RESUMED : null;
        }
        if (wasTold || !isPatienceOver(isAnyKicked))
        {
            return null;
        }
        wasTold = isMemoryBlank.getAsBoolean();
        isOver = !wasTold;
        return wasTold ? ServiceEvent.NOT_SHARED : null;
    }

    private boolean isPatienceOver(final boolean isAnyKicked)
    {
        if (!isKicked)
        {
            sinceNs = nanoTime.getAsLong();
        }
        isKicked = isAnyKicked;
        return isKicked && nanoTime.getAsLong() - sinceNs > PATIENCE_NS;
    }
}
