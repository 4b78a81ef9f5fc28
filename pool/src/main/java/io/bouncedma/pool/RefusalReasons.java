/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Finds out why a pool refuses a request. Slow: each arena is locked in its turn for the figures of a message.
 */
final class RefusalReasons
{
    private final BouncePool pool;

    RefusalReasons(final BouncePool pool)
    {
        this.pool = pool;
    }

    /**
     * The code of the reason for which a request that found no run is refused.
     */
    int of(final PoolClient<?> client, final int units, final long alignMask, final long low)
    {
        if (!pool.arenas().couldServe(client, units, alignMask, low))
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        final int refused = pool.ledger().refusal(client.account(), units);
        return 0 == refused ? Refusal.Reason.FRAGMENTED.code() : refused;
    }

    Refusal explain(final PoolClient<?> client, final int asked, final int alignMask, final long low)
    {
        final Refusal.Reason reason = asked > BouncePool.MAX_LENGTH ? Refusal.Reason.TOO_LARGE :
            Refusal.Reason.of(of(client, BlockSize.of(asked) >> BlockSize.UNIT_SHIFT, BlockSize.mask(asked, alignMask),
                BlockSize.low(asked, alignMask, low)));
        final long free = Math.max(0, pool.ledger().freeFor(client.account()));
        // The two are not of one moment, and a run may be longer than what others' reserves and its quota leave it.
        final long run = Math.min(free, pool.arenas().largestRun());
        return new Refusal(reason, pool.name(), asked, pool.arenas().most(client, alignMask, low),
            free << BlockSize.UNIT_SHIFT, run << BlockSize.UNIT_SHIFT, pool.holders());
    }
}
