/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Who has how much of a pool: what is free, and what of it no reserve keeps for anybody.
 * <p>
 * Units are charged to a client when they leave the free runs and credited when they are back: its hot blocks stay
 * charged, so that the ledger is out of the way of hot allocations. For who has the pool's lock, unless a method says
 * otherwise.
 */
final class PoolLedger extends HotLimit
{
    /** What {@link #refusal} returns for a client or pool that is closed: the code of no reason. */
    static final int CLOSED = Integer.MIN_VALUE;

    private static final int TIGHT_SHARE_SHIFT = 3;
    private static final int HOT_SHARE_SHIFT = 3;
    private static final int ROOMY_SHARE_SHIFT = 2;

    /** Of the extents that serve, without those that are being retired. */
    private long units;
    private long free;
    /** What is free and in no open reserve. */
    private long common;
    /** What open clients reserve, whether they have it or not. */
    private long reserves;
    /** What clients have, hot blocks and blocks in retired extents included. */
    private long held;
    private long peak;
    private int stripes;
    private int drains;
    private boolean waiting;
    private boolean closed;
    /** Whether hot blocks were not taken back since the pool had plenty of room. */
    private boolean roomy;
    /** How often something could become hot again. */
    private int episode = 1;

    void grow(final long more)
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
    boolean open(final Account account)
    {
        account.open = account.reserved() <= common;
        final long kept = account.open ? account.reserved() : 0;
        reserves += kept;
        common -= kept;
        return account.open;
    }

    /**
     * Let a client out that has nothing any more.
     *
     * @return false, and nothing is changed, if it has.
     */
    boolean close(final Account account)
    {
        if (account.held() > 0)
        {
            return false;
        }
        final long kept = account.open ? account.reserved() : 0;
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
    boolean closeAll(final boolean evenIfHeld)
    {
        if (held > 0 && !evenIfHeld)
        {
            return false;
        }
        closed = true;
        changeFree(0);
        return true;
    }

    long unreservedUnits()
    {
        return common;
    }

    /**
     * What a client could get now, its reserve included.
     */
    long freeFor(final Account account)
    {
        return Math.min(common + Math.max(0, account.reserved() - account.charged), account.quota() - account.held());
    }

    /**
     * What a client could have if nobody held anything: its quota, and no more than others' reserves leave it. Without
     * the lock, one that was true a moment ago.
     */
    long mostFor(final Account account)
    {
        return Math.min(account.quota(), units - reserves + (account.open ? account.reserved() : 0));
    }

    long heldUnits()
    {
        return held;
    }

    /** The most units that clients had at one time, hot blocks included; without the lock that of a moment ago. */
    long peak()
    {
        return peak;
    }

    /**
     * Why a client may not have so much more, wherever it is.
     *
     * @return 0 if it may, the code of the reason, or {@link #CLOSED}.
     */
    int refusal(final Account account, final int more)
    {
        if (closed || !account.open)
        {
            return CLOSED;
        }
        if (more > account.quota() - account.held())
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
     * Charge a client for what {@link #refusal} lets it have.
     *
     * @param each units of each block of it.
     */
    void charge(final Account account, final Arena arena, final int more, final int each)
    {
        common -= account.beyond(account.charged + more) - account.beyond(account.charged);
        account.add(arena, more, each);
        held += more;
        peak = Math.max(peak, held);
        changeFree(-more);
    }

    /**
     * Credit what has joined the free runs.
     */
    void credit(final Account account, final Arena arena, final int less)
    {
        held -= less;
        final long before = account.charged;
        account.remove(arena, less);
        if (!arena.isRetired())
        {
            common += account.beyond(before) - account.beyond(account.charged);
            changeFree(less);
        }
    }

    /**
     * Take an extent out: what is free of it, and what is held of it, which fills nobody's reserve any more.
     *
     * @param accounts of the pool's clients.
     * @return false, and nothing is changed, if what is left could not keep what is reserved.
     */
    boolean retire(final Arena arena, final Iterable<Account> accounts)
    {
        long left = common - arena.freeUnits();
        for (final Account account : accounts)
        {
            final long leaves = account.heldIn(arena);
            left += account.beyond(account.charged) - account.beyond(account.charged - leaves) - leaves;
        }
        if (left < 0)
        {
            return false;
        }
        for (final Account account : accounts)
        {
            account.charged -= account.heldIn(arena);
            account.leaving += account.heldIn(arena);
        }
        common = left;
        units -= arena.units();
        changeFree(-arena.freeUnits());
        return true;
    }

    /**
     * What a stripe may keep hot: an eighth of the pool, shared by all stripes that there are. Nothing if less than an
     * eighth is free, somebody waits, an extent is being retired or something is being closed: what is freed is better
     * joined at once then. One number, which changes seldom, as every free looks at it. Needs no lock.
     */
    int hotUnits()
    {
        return hotUnits;
    }

    /** One stripe more, or less. */
    void stripes(final int more)
    {
        stripes += more;
        changeFree(0);
    }

    /**
     * Whether no hot blocks need to be taken back: the pool is not tight, or they were since it is. What was hot long
     * ago may be why it is.
     */
    boolean isSwept()
    {
        return !roomy || free >= units >> TIGHT_SHARE_SHIFT;
    }

    /**
     * Not 0 if nothing is hot anywhere, and nothing may become so. If it is the same before and after a request was
     * refused, that was true all the time. Needs no lock.
     */
    int settled()
    {
        return settled;
    }

    /** What to tell {@link #settle} once nothing is hot any more. */
    int episode()
    {
        return episode;
    }

    /**
     * Every stripe was looked at since nothing may become hot, and nothing is.
     *
     * @param since what {@link #episode} said before that; if something could become hot meanwhile, nothing changes.
     */
    void settle(final int since)
    {
        if (since == episode && 0 == hotUnits)
        {
            settled = episode;
            sweptAll();
        }
    }

    /** All hot blocks were taken back that were there when the pool became tight. */
    void sweptAll()
    {
        roomy = false;
    }

    void waiting(final boolean anybody)
    {
        waiting = anybody;
        changeFree(0);
    }

    /**
     * Let nothing become hot from now on, until {@link #endDrain()} was called as often: what was hot would be handed
     * out of a retired extent again and again, and of a closed pool.
     */
    void beginDrain()
    {
        drains++;
        changeFree(0);
    }

    void endDrain()
    {
        drains--;
        changeFree(0);
    }

    private void changeFree(final long more)
    {
        free += more;
        roomy |= free > units >> ROOMY_SHARE_SHIFT;
        final boolean tight = free < units >> TIGHT_SHARE_SHIFT || waiting || drains > 0 || closed;
        final long share = (units >> HOT_SHARE_SHIFT) / Math.max(1, stripes);
        final int now = tight ? 0 : (int)Math.min(Integer.MAX_VALUE, share);
        if (now > 0 && 0 == hotUnits)
        {
            episode += 2;
            settled = 0;
        }
        if (now != hotUnits)
        {
            hotUnits = now;
        }
    }
}
