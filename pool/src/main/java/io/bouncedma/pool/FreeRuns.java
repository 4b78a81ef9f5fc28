/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * A pool's free runs as one client gets at them: a block is cut and charged, given back and credited, under the pool's
 * lock.
 */
final class FreeRuns
{
    private final PoolLock lock;
    private final ArenaSet arenas;
    private final PieceTable pieces;
    private final PoolLedger ledger;
    private final Account account;

    FreeRuns(final PoolLock lock, final ArenaSet arenas, final PoolLedger ledger, final Account account)
    {
        this.lock = lock;
        this.arenas = arenas;
        this.ledger = ledger;
        this.account = account;
        pieces = arenas.pieces();
    }

    PieceTable pieces()
    {
        return pieces;
    }

    PoolLedger ledger()
    {
        return ledger;
    }

    /**
     * Cut a block out of the first arena that has a run for it.
     *
     * @return the block, {@link PieceTable#NIL} if there is no run for it, or what {@link PoolLedger#refusal} says, as
     * the client may not have it.
     */
    int take(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        lock.lock();
        try
        {
            final int refused = ledger.refusal(account, units);
            final int block = 0 == refused ? arenas.take(units, rules, alignMask, low) : refused;
            if (block > NIL)
            {
                ledger.charge(account, pieces.arena(block), units, units);
            }
            lock.unlock();
            return block;
        }
        catch (final Throwable e)
        {
            lock.holder = 0;
            throw e;
        }
    }

    /**
     * Cut a slab out of the first arena that has a run for it.
     *
     * @param units of each of its blocks.
     * @return its first block, or {@link PieceTable#NIL} if there is none or the client may not have so much.
     */
    int takeSlab(final int units, final AddressRules rules, final long alignMask)
    {
        lock.lock();
        try
        {
            final int all = PieceTable.CHUNK * units;
            final int slab = 0 == ledger.refusal(account, all) ? arenas.takeSlab(units, rules, alignMask) : NIL;
            if (NIL != slab)
            {
                ledger.charge(account, pieces.arena(slab), all, units);
            }
            lock.unlock();
            return slab;
        }
        catch (final Throwable e)
        {
            lock.holder = 0;
            throw e;
        }
    }

    /**
     * Let a block join the free runs. The caller has it.
     */
    void give(final int block)
    {
        lock.lock();
        try
        {
            final Arena arena = pieces.arena(block);
            final int units = pieces.units(block);
            arena.give(block);
            ledger.credit(account, arena, units);
            lock.unlock();
        }
        catch (final Throwable e)
        {
            lock.holder = 0;
            throw e;
        }
    }
}
