/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * A place in the line of those who wait for space in one pool, for who waits for several pools at a time:
 * {@link PoolClient#allocate(int, int, long, long)} does for one.
 * <p>
 * First come first served: only who is first in line has its turn, and those of other clients that wait behind it for
 * space while it waits for its own {@linkplain ClientLimits#quota() quota}. Whatever may have changed what an attempt
 * gives, a free, an extent that came, a turn that has come, a pool or a client that was closed, wakes who has its turn.
 * <p>
 * One thread at a time.
 */
public final class SpaceTicket implements AutoCloseable
{
    private final SpaceQueue line;
    private final Requester client;
    private final Runnable wake;
    private boolean atQuota;
    private volatile boolean mayTry;
    private boolean joined;

    /**
     * Make one that is not in line yet.
     *
     * @param client whose requests it is for.
     * @param wake   as {@link PoolClient#ticket}.
     */
    SpaceTicket(final SpaceQueue line, final Requester client, final Runnable wake)
    {
        this.line = line;
        this.client = client;
        this.wake = wake;
    }

    /**
     * Join the line at its end. What was freed before woke nobody: try again after this.
     */
    public void join()
    {
        joined = true;
        line.join(this);
    }

    /**
     * Try to take a block: in line if it is one's turn, and before that if nobody waits.
     *
     * @param length    as {@link PoolClient#allocate(int, int, long)}.
     * @param alignMask as there.
     * @param low       as there.
     * @return as there, but a refusal is not counted; for who has to wait for its turn EXHAUSTED, or TOO_LARGE if that
     * is of no use.
     * @throws IllegalStateException if the client is closed.
     */
    public long attempt(final int length, final int alignMask, final long low)
    {
        return joined ? line.attempt(this, length, alignMask, low) :
            line.attemptUnlessBusy(client, length, alignMask, low);
    }

    /**
     * Leave the line; a second call does nothing.
     */
    @Override
    public void close()
    {
        if (joined)
        {
            joined = false;
            line.leave(this);
        }
    }

    Requester client()
    {
        return client;
    }

    void wake()
    {
        wake.run();
    }

    boolean mayTry()
    {
        return mayTry;
    }

    /** With the line's lock. */
    void mayTry(final boolean may)
    {
        mayTry = may;
    }

    /** With the line's lock. */
    boolean isAtQuota()
    {
        return atQuota;
    }

    /** With the line's lock. */
    void atQuota(final boolean refused)
    {
        atQuota = refused;
    }
}
