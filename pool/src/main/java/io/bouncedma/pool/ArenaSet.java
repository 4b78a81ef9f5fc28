/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

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
    /** How many chunks of pieces are given up with the lock held. */
    private static final int SLICE = 128;

    private final String pool;
    private final Window window;
    private final long offset;
    private final WindowParts parts;
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
        parts = new WindowParts(pool, window, offset, scrub);
        this.pool = pool;
        this.window = window;
        this.offset = offset;
    }

    /** How the pool gets parts of its window. */
    WindowParts parts()
    {
        return parts;
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
     * @return false if the window takes its time to share the part, which is the user's alone until then: to be called
     * again.
     */
    boolean add(
        final String user,
        final long partOffset,
        final long length,
        final PoolLedger ledger,
        final List<Account> accounts)
    {
        final List<Long> starts = parts.get(user, partOffset, length);
        boolean isKept = false;
        try
        {
            if (!starts.isEmpty())
            {
                enter(starts, partOffset + length, ledger, accounts);
            }
            isKept = true;
            return !starts.isEmpty();
        }
        finally
        {
            if (!isKept)
            {
                window.users().unclaim(user, starts);
            }
        }
    }

    /**
     * Take an arena out all of which is free, of a part of the window that is back from the peer. The caller has this
     * from others who change the set, and not the lock.
     */
    void remove(final Arena arena)
    {
        final List<Arena> rest = new ArrayList<>(List.of(arenas));
        rest.remove(arena);
        arenas = rest.toArray(new Arena[0]);
        removeChunks(arena);
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

    /** How many slots arenas have, at the least. */
    int slots()
    {
        int slots = 0;
        for (final Arena arena : arenas)
        {
            slots = Math.max(slots, arena.slot() + 1);
        }
        return slots;
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

    /** Let arenas serve: made one by one, so that the lock is held for a short time only, and seen at once. */
    private void enter(
        final List<Long> starts, final long end, final PoolLedger ledger, final List<Account> accounts)
    {
        final List<Arena> added = new ArrayList<>();
        boolean done = false;
        try
        {
            final int slots = make(starts, end, added);
            for (final Account account : accounts)
            {
                locked(() -> account.reach(slots));
            }
            final List<Arena> grown = new ArrayList<>(List.of(arenas));
            grown.addAll(added);
            final Arena[] all = grown.toArray(new Arena[0]);
            final long units = end - starts.getFirst() >> BlockSize.UNIT_SHIFT;
            locked(() ->
            {
                arenas = all;
                ledger.grow(units);
            });
            done = true;
        }
        finally
        {
            if (!done)
            {
                added.forEach(this::removeChunks);
            }
        }
    }

    /**
     * Make arenas that nobody takes from yet.
     *
     * @return the number of slots that arenas have then.
     */
    private int make(final List<Long> starts, final long end, final List<Arena> made)
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
            final long address = window.memory().address() + at;
            final long bus = window.busAddress(at);
            locked(() -> made.add(new Arena(pieces, slot, at - offset, address, bus, next - at)));
        }
        return slots.length();
    }

    private void removeChunks(final Arena arena)
    {
        boolean isMore = true;
        while (isMore)
        {
            lock.lock();
            try
            {
                isMore = pieces.removeChunks(arena, SLICE);
            }
            finally
            {
                lock.unlock();
            }
        }
    }

    private void locked(final Runnable action)
    {
        lock.lock();
        try
        {
            action.run();
        }
        finally
        {
            lock.unlock();
        }
    }
}
