/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who has how much of a pool: what is free, and what of it no reserve keeps for anybody.
 * <p>
 * Bytes are charged to a client when they leave the free runs and credited when they are back: its hot blocks stay
 * charged, so that the ledger is out of the way of hot allocations. Lock-free.
 */
final class PoolLedger
{
    private static final int TIGHT_SHARE_SHIFT = 3;

    private final AtomicLong free = new AtomicLong();
    private final AtomicLong length = new AtomicLong();
    private volatile boolean waiting;
    private volatile boolean draining;
    private volatile int hotUnits;
    private final AtomicLong common = new AtomicLong();
    private final int hotLimitUnits;

    /**
     * A ledger of nothing yet.
     *
     * @param hotLimitUnits what a stripe may keep as long as there is enough.
     */
    PoolLedger(final int hotLimitUnits)
    {
        this.hotLimitUnits = hotLimitUnits;
    }

    void grow(final long units)
    {
        common.addAndGet(units);
        length.addAndGet(units);
        changeFree(units);
    }

    /**
     * Take free units away.
     *
     * @return false, and nothing is changed, if reserves need them.
     */
    boolean shrink(final long units)
    {
        final boolean shrunk = takeCommon(units);
        if (shrunk)
        {
            length.addAndGet(-units);
            changeFree(-units);
        }
        return shrunk;
    }

    /**
     * Take units away that were credited just now, though somebody may have been faster: then nothing is free until
     * as much is given back.
     */
    void drop(final long units)
    {
        common.addAndGet(-units);
        length.addAndGet(-units);
        changeFree(-units);
    }

    boolean reserve(final long units)
    {
        return takeCommon(units);
    }

    void release(final long units)
    {
        common.addAndGet(units);
    }

    long freeUnits()
    {
        return free.get();
    }

    /**
     * What a client could get now, its reserve included.
     */
    long freeFor(final PoolClient<?> client)
    {
        final long own = Math.max(0, client.reservedUnits() - client.charged().get());
        return Math.min(Math.max(0, common.get()) + own, client.quotaUnits() - client.charged().get());
    }

    /**
     * Charge a client.
     *
     * @return 0, or the code of the reason why not.
     */
    int charge(final PoolClient<?> client, final int units)
    {
        final AtomicLong charged = client.charged();
        while (true)
        {
            final long before = charged.get();
            if (units > client.quotaUnits() - before)
            {
                return Refusal.Reason.QUOTA.code();
            }
            // Only what goes beyond the reserve competes with the others. The step is taken back if another thread of
            // this client was faster, since the share beyond the reserve is then another one.
            final long beyond = beyond(client, before + units) - beyond(client, before);
            if (!takeCommon(beyond))
            {
                return Refusal.Reason.EXHAUSTED.code();
            }
            if (charged.compareAndSet(before, before + units))
            {
                changeFree(-units);
                return 0;
            }
            common.addAndGet(beyond);
        }
    }

    void credit(final PoolClient<?> client, final int units)
    {
        final long after = client.charged().addAndGet(-units);
        common.addAndGet(beyond(client, after + units) - beyond(client, after));
        changeFree(units);
    }

    /**
     * What a stripe may keep. Nothing if less than an eighth is free, somebody waits or an extent is being retired:
     * what is freed is better joined at once then. One number, which changes seldom, as every free looks at it.
     */
    int hotUnits()
    {
        return hotUnits;
    }

    void waiting(final boolean anybody)
    {
        waiting = anybody;
        changeFree(0);
    }

    /** While an extent is being retired, or the pool closed, what was hot would be handed out of it again and again. */
    void draining(final boolean any)
    {
        draining = any;
        changeFree(0);
    }

    private void changeFree(final long units)
    {
        final boolean tight = free.addAndGet(units) < length.get() >> TIGHT_SHARE_SHIFT || waiting || draining;
        final int now = tight ? 0 : hotLimitUnits;
        if (now != hotUnits)
        {
            hotUnits = now;
        }
    }

    private boolean takeCommon(final long units)
    {
        long before = common.get();
        while (units > 0)
        {
            if (before < units)
            {
                return false;
            }
            final long seen = common.compareAndExchange(before, before - units);
            if (seen == before)
            {
                return true;
            }
            before = seen;
        }
        return true;
    }

    private static long beyond(final PoolClient<?> client, final long charged)
    {
        return Math.max(0, charged - client.reservedUnits());
    }
}
