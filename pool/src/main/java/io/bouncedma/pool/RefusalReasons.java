/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Finds out why a pool refuses a client's request. Without the lock, but for the figures of a message: that is slow.
 */
final class RefusalReasons
{
    private final PoolCore pool;
    private final Account account;
    private final AddressRules rules;

    RefusalReasons(final PoolCore pool, final Account account, final AddressRules rules)
    {
        this.pool = pool;
        this.account = account;
        this.rules = rules;
    }

    /**
     * The code of the reason for which a request is refused.
     *
     * @param refused what {@link PoolLedger#refusal} said when it was, 0 if there was no run.
     */
    int of(final int refused, final int units, final long alignMask, final long low)
    {
        final int code = 0 == refused ? Refusal.Reason.FRAGMENTED.code() : refused;
        return couldServe(units, alignMask, low) ? code : Refusal.Reason.TOO_LARGE.code();
    }

    /**
     * Whether a request could be served if nobody held anything.
     */
    boolean couldServe(final int units, final long alignMask, final long low)
    {
        return units <= pool.ledger().mostFor(account) && pool.arenas().couldServe(units, rules, alignMask, low);
    }

    /**
     * What a request meets.
     *
     * @throws IllegalStateException if the client is closed.
     */
    Refusal explain(final String client, final int asked, final int alignMask, final long low)
    {
        pool.reclaim();
        int code = Refusal.Reason.TOO_LARGE.code();
        if (asked <= BouncePool.MAX_BLOCK)
        {
            final int units = BlockSize.of(asked) >> BlockSize.UNIT_SHIFT;
            final int refused = pool.locked(() -> pool.ledger().refusal(account, units));
            if (PoolLedger.CLOSED == refused)
            {
                throw pool.closed(client);
            }
            code = of(refused, units, BlockSize.mask(asked, alignMask), BlockSize.low(asked, alignMask, low));
        }
        final long free = Math.max(0, pool.locked(() -> pool.ledger().freeFor(account)));
        // The two are not of one moment, and a run may be longer than what others' reserves and its quota leave it.
        final long run = Math.min(free, pool.locked(() -> (long)pool.arenas().largestRun()));
        return new Refusal(Refusal.Reason.of(code), pool.name(), asked, most(alignMask, low),
            free << BlockSize.UNIT_SHIFT, run << BlockSize.UNIT_SHIFT, pool.holders());
    }

    /**
     * The longest request that could be served if nobody held anything.
     *
     * @return bytes, 0 if not even one could.
     */
    private int most(final int alignMask, final long low)
    {
        int fits = 0;
        int tooLong = BouncePool.MAX_BLOCK + 1;
        while (tooLong - fits > 1)
        {
            final int length = fits + tooLong >>> 1;
            final boolean could = couldServe(BlockSize.of(length) >> BlockSize.UNIT_SHIFT,
                BlockSize.mask(length, alignMask), BlockSize.low(length, alignMask, low));
            fits = could ? length : fits;
            tooLong = could ? tooLong : length;
        }
        return fits;
    }
}
