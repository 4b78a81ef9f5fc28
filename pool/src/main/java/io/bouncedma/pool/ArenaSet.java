/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Sharing;
import io.bouncedma.memory.Window;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The arenas of one pool, one for each extent of the window that it has a part of, or several if that is longer than
 * {@link Arena#MAX_LENGTH}. Changed, and used for blocks, by who has the pool's lock; everything else needs none.
 */
final class ArenaSet
{
    private final String pool;
    private final Window window;
    private final long offset;
    private final boolean scrub;
    private final PoolLock lock;
    private final PieceTable pieces = new PieceTable();
    private volatile Arena[] arenas = new Arena[0];

    /**
     * A set without arenas.
     *
     * @param scrub whether what is added is zeroed, since who was there before need not have done so.
     */
    ArenaSet(final String pool, final Window window, final long offset, final boolean scrub, final PoolLock lock)
    {
        this.lock = lock;
        this.scrub = scrub;
        this.pool = pool;
        this.window = window;
        this.offset = offset;
    }

    PieceTable pieces()
    {
        return pieces;
    }

    Arena[] arenas()
    {
        return arenas;
    }

    /**
     * Add a part of the window, extent by extent. The caller has this from others who change the set, and not the
     * lock.
     *
     * @param ledger and accounts hear of it.
     */
    void add(
        final String user,
        final long partOffset,
        final long length,
        final PoolLedger ledger,
        final List<Account> accounts)
    {
        if (length <= 0 || partOffset < offset || partOffset - offset > BouncePool.MAX_LENGTH - length ||
            0 != ((partOffset | length) & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException("a pool needs multiples of " + Extent.ALIGNMENT + " and spans at most " +
                BouncePool.MAX_LENGTH + ": name=" + pool + ", offset=" + partOffset + ", length=" + length);
        }
        window.requireWritable(partOffset, length);
        final List<Long> claims = new ArrayList<>();
        final List<Arena> added = new ArrayList<>();
        boolean isShared = false;
        boolean done = false;
        try
        {
            long at = partOffset;
            while (at < partOffset + length)
            {
                // A block is contiguous on the bus too, where somebody's own addressing may end a run in an extent.
                final long contiguous = Math.min(
                    window.extents().runFromOffset(at), window.runLength(window.busAddress(at)));
                final long run = Math.min(Math.min(contiguous, Arena.MAX_LENGTH), partOffset + length - at);
                window.users().claim(user, at, Math.max(1, run));
                claims.add(at);
                requireNames(at);
                at += run;
            }
            share(partOffset, length);
            isShared = true;
            if (scrub)
            {
                window.memory(partOffset, length).fill((byte)0);
            }
            lock.lock();
            try
            {
                make(claims, partOffset + length, added);
                for (final Account account : accounts)
                {
                    added.forEach(account::reach);
                }
                final List<Arena> grown = new ArrayList<>(List.of(arenas));
                grown.addAll(added);
                arenas = grown.toArray(new Arena[0]);
                ledger.grow(length >> BlockSize.UNIT_SHIFT);
                done = true;
            }
            finally
            {
                if (!done)
                {
                    added.forEach(pieces::removeChunks);
                }
                lock.unlock();
            }
        }
        finally
        {
            if (!done)
            {
                if (isShared)
                {
                    window.unshare(partOffset, length);
                }
                claims.forEach(claimed -> window.users().unclaim(user, claimed));
            }
        }
    }

    /**
     * Take an arena out all of which is free. The caller has the lock.
     */
    void remove(final Arena arena)
    {
        final List<Arena> rest = new ArrayList<>(List.of(arenas));
        rest.remove(arena);
        arenas = rest.toArray(new Arena[0]);
        pieces.removeChunks(arena);
    }

    /**
     * Keep the peer from seeing an arena, once all of it is free.
     *
     * @return whether it does not see it any more.
     */
    boolean unshare(final Arena arena)
    {
        return window.unshare(offset + arena.offset(), (long)arena.units() << BlockSize.UNIT_SHIFT).isDone();
    }

    Arena beginningAt(final long partOffset)
    {
        for (final Arena arena : arenas)
        {
            if (offset + arena.offset() == partOffset)
            {
                return arena;
            }
        }
        throw new IllegalArgumentException("no extent of the pool begins there: pool=" + pool + ", offset=" +
            partOffset);
    }

    /**
     * Take a block from the first arena that has one. The caller has the lock.
     *
     * @return its piece, or {@link PieceTable#NIL}.
     */
    int take(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        for (final Arena arena : arenas)
        {
            final int block = arena.take(units, rules, alignMask, low);
            if (PieceTable.NIL != block)
            {
                return block;
            }
        }
        return PieceTable.NIL;
    }

    /**
     * Take a slab from the first arena that has room for one. The caller has the lock.
     *
     * @return its first block, or {@link PieceTable#NIL}.
     */
    int takeSlab(final int units, final AddressRules rules, final long alignMask)
    {
        int slab = PieceTable.NIL;
        final Arena[] all = arenas;
        for (int i = 0; i < all.length && PieceTable.NIL == slab; i++)
        {
            slab = all[i].takeSlab(units, rules, alignMask);
        }
        return slab;
    }

    /**
     * Whether some arena could serve a request if nobody held anything. What is being retired serves nobody any more.
     */
    boolean couldServe(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        for (final Arena arena : arenas)
        {
            if (!arena.isRetired() && arena.couldServe(units, rules, alignMask, low))
            {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether some bytes lie in one arena.
     */
    boolean contains(final long busAddress, final long length)
    {
        final long at = window.offsetOf(busAddress) - offset;
        for (final Arena arena : arenas)
        {
            final long first = arena.offset();
            if (at >= first && at - first <= ((long)arena.units() << BlockSize.UNIT_SHIFT) - length)
            {
                return true;
            }
        }
        return false;
    }

    /** What may be handed out or is; the caller has the lock. */
    long units()
    {
        long units = 0;
        for (final Arena arena : arenas)
        {
            units += arena.liveUnits();
        }
        return units;
    }

    /** The caller has the lock. */
    int largestRun()
    {
        int largest = 0;
        for (final Arena arena : arenas)
        {
            largest = Math.max(largest, arena.isRetired() ? 0 : arena.largestRun());
        }
        return largest;
    }

    /** The caller has the lock. */
    long metadataBytes()
    {
        long bytes = pieces.bytes();
        for (final Arena arena : arenas)
        {
            bytes += arena.metadataBytes();
        }
        return bytes;
    }

    private void requireNames(final long at)
    {
        if (0 == window.busAddress(at))
        {
            throw new IllegalArgumentException("a pool must not contain bus address 0, which peers take for \"not " +
                "set\": name=" + pool + ", offset=" + at + "; start it at a later offset");
        }
    }

    private void share(final long partOffset, final long length)
    {
        final Sharing sharing = window.share(partOffset, length);
        if (!sharing.isDone())
        {
            window.unshare(partOffset, length);
            throw new IllegalStateException("part of the window is not shared: pool=" + pool + ", window=" +
                window.name() + ", offset=" + partOffset + ", length=" + length + ", sharing=" + sharing);
        }
    }

    private void make(final List<Long> starts, final long end, final List<Arena> made)
    {
        final BitSet slots = new BitSet();
        for (final Arena arena : arenas)
        {
            slots.set(arena.slot());
        }
        for (int i = 0; i < starts.size(); i++)
        {
            final int slot = slots.nextClearBit(0);
            slots.set(slot);
            final long at = starts.get(i);
            final long next = i + 1 < starts.size() ? starts.get(i + 1) : end;
            made.add(new Arena(pieces, slot, at - offset, window.memory().address() + at,
                window.busAddress(at), next - at));
        }
    }
}
