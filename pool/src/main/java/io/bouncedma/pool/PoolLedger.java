/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

/**
 * Who has how much of a pool: what is free, and what of it no reserve keeps for anybody.
 * <p>
 * Units are charged to a client when they leave the free runs and credited when they are back: its hot blocks stay
 * charged, so that the ledger is out of the way of hot allocations. A run is found before it is charged, and both
 * happen under the lock of its arena: a request that is refused has changed nothing that another one can see.
 * <p>
 * Thread-safe: one lock, the innermost of the pool.
 */
final class PoolLedger
{
    /** What {@link #charge} returns for a client or pool that is closed: the code of no reason. */
    static final int CLOSED = Integer.MIN_VALUE;

    private static final int TIGHT_SHARE_SHIFT = 3;
    private static final int HOT_SHARE_SHIFT = 4;

    /** Of the extents that serve, without those that are being retired. */
    private long units;
    private long free;
    /** What is free and in no open reserve. */
    private long common;
    /** What open clients reserve, whether they have it or not. */
    private long reserves;
    /** What clients have, hot blocks and blocks in retired extents included. */
    private long held;
    private int drains;
    private boolean waiting;
    private boolean closed;
    private volatile int hotUnits;

    synchronized void grow(final long more)
    {
        units += more;
        common += more;
        changeFree(more);
    }

    /**
     * Let a client in and keep its reserve.
     *
     * @return false, and nothing is changed, if so much is not free.
     */
    synchronized boolean open(final Account account)
    {
        account.open = account.reserved <= common;
        final long kept = account.open ? account.reserved : 0;
        reserves += kept;
        common -= kept;
        return account.open;
    }

    /**
     * Let a client out that has nothing any more.
     *
     * @return false, and nothing is changed, if it has.
     */
    synchronized boolean close(final Account account)
    {
        if (account.held() > 0)
        {
            return false;
        }
        final long kept = account.open ? account.reserved : 0;
        reserves -= kept;
        common += kept;
        account.open = false;
        return true;
    }

    /**
     * Charge nobody any more.
     *
     * @param evenIfHeld whether blocks that are out do not matter.
     * @return false, and nothing is changed, if they do and there are some.
     */
    synchronized boolean closeAll(final boolean evenIfHeld)
    {
        if (held > 0 && !evenIfHeld)
        {
            return false;
        }
        closed = true;
        changeFree(0);
        return true;
    }

    synchronized long unreservedUnits()
    {
        return common;
    }

    /**
     * What a client could get now, its reserve included.
     */
    synchronized long freeFor(final Account account)
    {
        return Math.min(common + Math.max(0, account.reserved - account.charged), account.quota - account.held());
    }

    /**
     * What a client could have if nobody held anything: its quota, and no more than others' reserves leave it. Without
     * the lock as {@link #refusal}.
     */
    long mostFor(final Account account)
    {
        return Math.min(account.quota, units - reserves + (account.open ? account.reserved : 0));
    }

    synchronized long heldBy(final Account account)
    {
        return account.held();
    }

    synchronized long heldUnits()
    {
        return held;
    }

    /**
     * Why a client may not have so much more, wherever it is. Who has the lock is told the truth. Who has not, as it
     * found no run anyway and wants to tell which reason is the next one, may be told one that was true a moment ago,
     * and does not pay for the lock, which costs as much as the rest of a refusal.
     *
     * @return 0 if it may, or the code of the reason.
     */
    int refusal(final Account account, final int more)
    {
        if (more > account.quota - account.held())
        {
            return (more > mostFor(account) ? Refusal.Reason.TOO_LARGE : Refusal.Reason.QUOTA).code();
        }
        // Only what goes beyond the reserve competes with the others.
        if (account.beyond(account.charged + more) - account.beyond(account.charged) > common)
        {
            return (more > mostFor(account) ? Refusal.Reason.TOO_LARGE : Refusal.Reason.EXHAUSTED).code();
        }
        return 0;
    }

    /**
     * Charge a client for a run that was found. The caller has its arena's lock.
     *
     * @return 0, or the code of the reason why not, or {@link #CLOSED}.
     */
    synchronized int charge(final Account account, final int more)
    {
        final int refused = closed || !account.open ? CLOSED : refusal(account, more);
        if (0 != refused)
        {
            return refused;
        }
        common -= account.beyond(account.charged + more) - account.beyond(account.charged);
        account.charged += more;
        held += more;
        changeFree(-more);
        return 0;
    }

    /**
     * Credit what has joined the free runs. The caller has the arena's lock.
     *
     * @param retired whether the arena serves nobody any more, so that nothing is free by that.
     */
    synchronized void credit(final Account account, final int less, final boolean retired)
    {
        held -= less;
        if (retired)
        {
            account.leaving -= less;
            return;
        }
        common += account.beyond(account.charged) - account.beyond(account.charged - less);
        account.charged -= less;
        changeFree(less);
    }

    /**
     * Take an extent out: what is free of it, and what is held of it, which fills nobody's reserve any more. The caller
     * has the arena's lock.
     *
     * @param gone     units of the extent.
     * @param freeGone units of these that are free.
     * @param clients  the pool's.
     * @param heldGone units of these that each has, by its number.
     * @return false, and nothing is changed, if what is left could not keep what is reserved.
     */
    synchronized boolean retire(
        final long gone, final long freeGone, final List<PoolClient<?>> clients, final long[] heldGone)
    {
        long left = common - freeGone;
        for (final PoolClient<?> client : clients)
        {
            final Account account = client.account();
            final long leaves = heldGone[client.number()];
            left += account.beyond(account.charged) - account.beyond(account.charged - leaves) - leaves;
        }
        if (left < 0)
        {
            return false;
        }
        for (final PoolClient<?> client : clients)
        {
            final Account account = client.account();
            account.charged -= heldGone[client.number()];
            account.leaving += heldGone[client.number()];
        }
        common = left;
        units -= gone;
        changeFree(-freeGone);
        return true;
    }

    /**
     * What a stripe may keep. Nothing if less than an eighth is free, somebody waits, an extent is being retired or
     * something is being closed: what is freed is better joined at once then. One number, which changes seldom, as
     * every free looks at it.
     */
    int hotUnits()
    {
        return hotUnits;
    }

    synchronized void waiting(final boolean anybody)
    {
        waiting = anybody;
        changeFree(0);
    }

    /**
     * Let nothing become hot from now on, until {@link #endDrain()} was called as often: what was hot would be handed
     * out of a retired extent again and again, and of a closed pool.
     */
    synchronized void beginDrain()
    {
        drains++;
        changeFree(0);
    }

    synchronized void endDrain()
    {
        drains--;
        changeFree(0);
    }

    /** Everybody who changes what {@link #hotUnits} depends on has the lock, so none can undo what another one said. */
    private void changeFree(final long more)
    {
        free += more;
        final boolean tight = free < units >> TIGHT_SHARE_SHIFT || waiting || drains > 0 || closed;
        final int now = tight ? 0 : (int)(units >> HOT_SHARE_SHIFT);
        if (now != hotUnits)
        {
            hotUnits = now;
        }
    }

    /** What one client has; all but the two limits belongs to the ledger's lock. */
    static final class Account
    {
        private final long reserved;
        private final long quota;
        private boolean open;
        /** Held in extents that serve; fills the reserve. */
        private long charged;
        /** Held in extents that are being retired. */
        private long leaving;

        Account(final ClientLimits limits)
        {
            quota = limits.quota() >> BlockSize.UNIT_SHIFT;
            reserved = Math.ceilDiv(limits.reserve(), 1L << BlockSize.UNIT_SHIFT);
        }

        long quotaUnits()
        {
            return quota;
        }

        private long held()
        {
            return charged + leaving;
        }

        private long beyond(final long units)
        {
            return Math.max(0, units - reserved);
        }
    }
}
