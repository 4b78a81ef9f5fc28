/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Window;

/**
 * How a pool gets parts of its window and lets them go. One call at a time: the caller has the pool's monitor.
 */
final class PoolParts
{
    private final PoolCore pool;
    private final ArenaSet arenas;
    private final Window window;

    PoolParts(final PoolCore pool, final Window window)
    {
        this.pool = pool;
        this.window = window;
        arenas = pool.arenas();
    }

    /** Who has the parts, for others who want some of the window. */
    String user()
    {
        return "pool " + pool.name();
    }

    /** Add the part with which the pool begins: there is no pool that waits for it. */
    void addFirst(final long offset, final long length)
    {
        if (add(offset, length) > 0)
        {
            throw new IllegalStateException("the window takes its time to share: pool=" + pool.name() + ", window=" +
                window.name() + ", offset=" + offset + ", length=" + length + "; share it ahead of the pool");
        }
    }

    /** Add a part, as {@link BouncePool#grow} does. */
    long add(final long offset, final long length)
    {
        return arenas.add(user(), offset, length, pool.ledger(), pool.accounts()) ? 0 : length;
    }

    /** Take an extent out, as {@link BouncePool#retire} does. */
    long retire(final long offset)
    {
        if (arenas.parts().isPending(offset))
        {
            return arenas.parts().giveUp(user(), offset);
        }
        final Arena arena = arenas.beginningAt(offset);
        if (arena.isRetired())
        {
            pool.settle();
        }
        else if (!beginRetiring(arena))
        {
            throw new IllegalStateException("reserves need this extent: pool=" + pool.name() + ", offset=" + offset +
                ", free=" + pool.unreservedBytes());
        }
        final long length = (long)arena.units() << BlockSize.UNIT_SHIFT;
        final long held = length - pool.locked(() -> (long)arena.freeUnits() << BlockSize.UNIT_SHIFT);
        if (held > 0 || !arenas.unshare(arena))
        {
            return held > 0 ? held : length;
        }
        arenas.remove(arena);
        pool.endDrain();
        window.users().unclaim(user(), offset);
        GrowthEvent.emit(pool.name(), -length, pool.length());
        return 0;
    }

    /** Let nothing become hot from now on, unless the extent can not be retired. */
    private boolean beginRetiring(final Arena arena)
    {
        pool.beginDrain();
        boolean begun = false;
        try
        {
            begun = pool.locked(() -> retire(arena));
            return begun;
        }
        finally
        {
            if (!begun)
            {
                pool.endDrain();
            }
        }
    }

    private boolean retire(final Arena arena)
    {
        final boolean retires = pool.ledger().retire(arena, pool.accounts());
        if (retires)
        {
            arena.retire();
        }
        return retires;
    }
}
