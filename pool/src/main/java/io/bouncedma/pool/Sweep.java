/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes the hot blocks of a pool back that has become tight, some with each request that finds none of its own: no
 * request is held up by what all threads have kept. One that is refused takes back what is left.
 */
final class Sweep
{
    /** The most blocks that join the free runs because of one request. */
    static final int BLOCKS = 64;
    /** The most stripes that are looked at because of one request. */
    static final int LOOKS = 8;

    /** Who does not get it leaves the rest to who has it. */
    private final AtomicBoolean isBusy = new AtomicBoolean();
    private int member;
    private int stripe;

    Sweep()
    {
    }

    /**
     * Go on, unless another thread does.
     *
     * @param members whose stripes are looked at, one after the other.
     * @return how many blocks have joined the free runs, or -1 if this was the end: the next sweep begins anew.
     */
    int step(final List<PoolMember> members)
    {
        if (!isBusy.compareAndSet(false, true))
        {
            return 0;
        }
        try
        {
            return step(members.toArray(new PoolMember[0]));
        }
        finally
        {
            isBusy.set(false);
        }
    }

    private int step(final PoolMember[] members)
    {
        for (int looks = 0; looks < LOOKS && member < members.length; looks++)
        {
            final Stripe next = members[member].stripes().at(stripe);
            if (null == next)
            {
                member++;
                stripe = 0;
            }
            else if (0 == next.hotUnits() || next.isLocked())
            {
                stripe++;
            }
            else
            {
                return TakeBack.some(next, BLOCKS);
            }
        }
        final boolean isEnd = member >= members.length;
        member = isEnd ? 0 : member;
        return isEnd ? -1 : 0;
    }
}
