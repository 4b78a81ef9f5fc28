/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Takes blocks for one client and ends their handles: hot ones in the stripe of the calling thread, others from the
 * free runs.
 */
final class ClientBlocks
{
    private final PoolCore pool;
    private final PoolLedger ledger;
    private final PieceTable pieces;
    private final Notes notes;
    private final String client;
    private final AddressRules rules;
    private final long tag;
    private final Stripes stripes;
    private final RefusalReasons reasons;

    ClientBlocks(
        final PoolCore pool, final String client, final AddressRules rules, final long tag, final Account account)
    {
        this.pool = pool;
        this.client = client;
        this.rules = rules;
        this.tag = tag;
        ledger = pool.ledger();
        pieces = pool.arenas().pieces();
        notes = pool.notes();
        stripes = new Stripes(new FreeRuns(pool.lock(), pool.arenas(), ledger, account), pool.lock());
        reasons = new RefusalReasons(pool, account, rules);
    }

    Stripes stripes()
    {
        return stripes;
    }

    RefusalReasons reasons()
    {
        return reasons;
    }

    /**
     * Take a block.
     *
     * @return its handle, or the negative code of a reason, which is not counted yet.
     */
    long take(final int length, final int alignMask, final long low)
    {
        requireLength(length, alignMask);
        final int size = BlockSize.of(length);
        final int units = size >> BlockSize.UNIT_SHIFT;
        // A hot block has the alignment of its size already; only what is asked for beyond that has to be looked at.
        final int asked = alignMask & -BlockSize.alignment(size);
        final Stripe stripe = stripes.mine();
        final long hot = stripe.takeHot(units, asked, low & asked);
        return hot >= 0 ? tag | hot :
            cut(stripe, units, BlockSize.mask(length, alignMask), BlockSize.low(length, alignMask, low));
    }

    /**
     * Take hot blocks of one size.
     *
     * @return how many.
     */
    int takeHot(final int length, final long[] handles, final int from, final int to)
    {
        requireLength(length, 0);
        return stripes.mine().takeHot(BlockSize.of(length) >> BlockSize.UNIT_SHIFT, tag, handles, from, to);
    }

    /**
     * End handles whose blocks the calling thread's stripe has handed out, up to the first one that is none, and keep
     * the blocks.
     *
     * @return how many.
     */
    int end(final long[] handles, final int[] toDevice, final int from, final int to)
    {
        return stripes.mine().end(handles, tag, notes, toDevice, from, to);
    }

    /**
     * End a handle.
     *
     * @param keep whether its block is given back, too; else the caller has it.
     * @return false, and nothing is changed, if it is not live.
     */
    boolean end(final long handle, final boolean keep, final long toDevice, final long fromDevice)
    {
        final long[] words = pieces.uses(BlockHandle.number(handle));
        if (!BlockHandle.hasTag(handle, tag) || null == words)
        {
            return false;
        }
        // Ahead of the stripe: the caller may have looked them up just now, which inside would have to be done again.
        final BlockNotes noted = notes.of(BlockHandle.number(handle));
        final Stripe mine = stripes.mine();
        return mine.end(handle, words, noted, keep, toDevice, fromDevice) ||
            endElsewhere(mine, handle, words, keep, toDevice, fromDevice);
    }

    /**
     * End a handle whose block the calling thread's stripe has handed out, copy out of it, and keep the block.
     *
     * @return false, and nothing is changed, if it is not live, another stripe's, or its block has no such bytes.
     */
    boolean endMine(
        final long handle,
        final long toDevice,
        final int offset,
        final byte[] target,
        final int index,
        final int bytes)
    {
        final long[] words = pieces.uses(BlockHandle.number(handle));
        return BlockHandle.hasTag(handle, tag) && null != words &&
            hasBytesIn(PieceTable.word(words, BlockHandle.number(handle)), offset, bytes) &&
            stripes.mine().end(
                handle, words, notes.of(BlockHandle.number(handle)), toDevice, offset, target, index, bytes);
    }

    /** Whether the block of a handle, if that is live, has certain bytes. */
    boolean hasBytes(final long handle, final int offset, final int bytes)
    {
        final long[] words = pieces.uses(BlockHandle.number(handle));
        return null != words && hasBytesIn(PieceTable.word(words, BlockHandle.number(handle)), offset, bytes);
    }

    private static boolean hasBytesIn(final long word, final int offset, final int bytes)
    {
        return offset >= 0 && offset <= (PieceTable.unitsOf(word) << BlockSize.UNIT_SHIFT) - bytes;
    }

    /** End a handle whose block another stripe has handed out, and keep the block here. */
    private boolean endElsewhere(
        final Stripe mine,
        final long handle,
        final long[] words,
        final boolean keep,
        final long toDevice,
        final long fromDevice)
    {
        final int block = BlockHandle.number(handle);
        final int live = BlockHandle.live(handle);
        final long word = PieceTable.word(words, block);
        final Stripe other = live == PieceTable.useOf(word) ? stripes.at(PieceTable.indexOf(word)) : null;
        if (null == other)
        {
            return false;
        }
        other.share();
        if (0 == PieceTable.tryEnd(words, handle, other.liveIn(), false))
        {
            return false;
        }
        if (keep)
        {
            mine.recycle(handle, words, notes.of(block), toDevice, fromDevice, false);
        }
        return true;
    }

    /** Give the block of a handle back that has ended. */
    void recycle(final long handle, final long toDevice, final long fromDevice)
    {
        final int block = BlockHandle.number(handle);
        stripes.mine().recycle(handle, pieces.uses(block), notes.of(block), toDevice, fromDevice, true);
    }

    /** Who has the block of a handle, if any. */
    int useOf(final long handle)
    {
        final int block = BlockHandle.number(handle);
        final long[] words = pieces.uses(block);
        return null == words ? PieceTable.UNKNOWN : PieceTable.useOf(PieceTable.word(words, block));
    }

    boolean has(final long handle)
    {
        return BlockHandle.hasTag(handle, tag) && BlockHandle.live(handle) == useOf(handle);
    }

    private void requireLength(final int length, final int alignMask)
    {
        if (length <= 0 || length > BouncePool.MAX_BLOCK || alignMask < 0 || 0 != (alignMask & alignMask + 1))
        {
            throw new IllegalArgumentException("need 1 to 1073741824 bytes and a power of two less one: length=" +
                length + ", alignMask=" + alignMask + ", pool=" + pool.name());
        }
    }

    private long cut(final Stripe stripe, final int units, final long mask, final long wanted)
    {
        final int settled = ledger.settled();
        if (0 == settled && 0 == ledger.hotUnits())
        {
            // While there is no block yet that an error would lose.
            pool.sweep();
        }
        long block = stripe.take(units, rules, mask, wanted);
        if (block <= PieceTable.NIL && PoolLedger.CLOSED != block &&
            (0 == settled || settled != ledger.settled()) && reasons.couldServe(units, mask, wanted))
        {
            block = takeLast(stripe, units, mask, wanted);
        }
        if (PoolLedger.CLOSED == block)
        {
            throw pool.closed(client);
        }
        return block > PieceTable.NIL ? tag | block : reasons.of((int)block, units, mask, wanted);
    }

    /** Take a block that is free or was hot for anybody: nothing is hot then, so that there is none if this says so. */
    private long takeLast(final Stripe stripe, final int units, final long mask, final long wanted)
    {
        pool.beginDrain();
        try
        {
            return stripe.take(units, rules, mask, wanted);
        }
        finally
        {
            pool.endDrain();
        }
    }

    /** Where a block begins in its arena, in bytes. */
    long start(final int number)
    {
        return (long)pieces.start(number) << BlockSize.UNIT_SHIFT;
    }

    Arena arena(final int number)
    {
        return pieces.arena(number);
    }

    int size(final int number)
    {
        return pieces.units(number) << BlockSize.UNIT_SHIFT;
    }
}
