/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Refusal;
import io.bouncedma.pool.SpaceWaiter;

/**
 * Those who wait for space in any of a device's pools: threads with a limit, and callbacks.
 */
final class WaitingMappings
{
    private final DeviceMappings mappings;

    WaitingMappings(final DeviceMappings mappings)
    {
        this.mappings = mappings;
    }

    /**
     * Map as {@link DeviceMappings#map(Object, long, int, Direction)} does, and wait for space, in turn.
     *
     * @param timeoutNanos how long at most.
     */
    long map(
        final Object source,
        final long address,
        final int length,
        final Direction direction,
        final long timeoutNanos)
    {
        try (SpaceWaiter waiter = new SpaceWaiter(timeoutNanos);
            SpacePlaces places = new SpacePlaces(mappings.bindings(), waiter::wake))
        {
            boolean isOver = false;
            while (!isOver)
            {
                isOver = waiter.begin();
                final long result = mappings.map(places.choices(), source, address, length, direction);
                if (result >= 0)
                {
                    return result;
                }
                isOver |= PoolBinding.CLOSED == result || Refusal.Reason.isForGood(result);
                if (!isOver && !places.isJoined())
                {
                    places.join();
                }
                else if (!isOver)
                {
                    waiter.sleep(places);
                }
            }
        }
        // Counts what is refused now, once, however often it was tried.
        return mappings.map(source, address, length, direction);
    }

    /** Tell when it may be worth to try again, see {@link DmaDevice#onSpace}. */
    SpaceWait onSpace(final Runnable callback)
    {
        final SpaceWait wait = new SpaceWait(mappings.bindings(), callback);
        boolean isWaiting = false;
        try
        {
            wait.join();
            isWaiting = true;
            return wait;
        }
        finally
        {
            if (!isWaiting)
            {
                wait.close();
            }
        }
    }
}
