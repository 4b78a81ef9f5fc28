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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The arenas of one pool, one for each extent of the window that it has a part of, or several if that is longer than
 * {@link Arena#MAX_LENGTH}. Changed, and used for blocks, by who has the pool's lock; everything else needs none.
 */
final class ArenaSet
{
    /** How many chunks of pieces are given up with the lock held. */
    private static final int SLICE = 128;
    /** Bytes; some tens of microseconds. */
    private static final long SCRUB_STEP = 1 << 20;

    private final String pool;
    private final Window window;
    private final long offset;
    private final boolean scrub;
    private final PoolLock lock;
    private final PieceTable pieces = new PieceTable();
    private volatile Arena[] arenas = new Arena[0];
    /** Parts that are being shared: lengths, by offset in the window. Whoever changes the set has it. */
    private final Map<Long, Long> pending = new HashMap<>();

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
        if (length <= 0 || partOffset < offset || partOffset - offset > BouncePool.MAX_LENGTH - length ||
            0 != ((partOffset | length) & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException("a pool needs multiples of " + Extent.ALIGNMENT + " and spans at most " +
                BouncePool.MAX_LENGTH + ": name=" + pool + ", offset=" + partOffset + ", length=" + length);
        }
        window.requireWritable(partOffset, length);
        final boolean isPending = isPending(partOffset, length);
        final List<Long> claims = isPending ? starts(partOffset, length) : new ArrayList<>();
        boolean isKept = false;
        try
        {
            if (!isPending)
            {
                claim(user, partOffset, length, claims);
            }
            final boolean isShared = share(partOffset, length);
            if (isShared)
            {
                scrub(partOffset, length);
                enter(claims, partOffset + length, ledger, accounts);
                pending.remove(partOffset);
            }
            else
            {
                pending.put(partOffset, length);
            }
            isKept = true;
            return isShared;
        }
        finally
        {
            if (!isKept)
            {
                if (isPending)
                {
                    pending.remove(partOffset);
                }
                window.users().unclaim(user, claims);
            }
        }
    }

    /**
     * Whether a part, as it was given, is being shared still. The caller has this from others who change the set.
     */
    boolean isPending(final long partOffset)
    {
        return pending.containsKey(partOffset);
    }

    /**
     * Give up a part that is being shared. The caller has this from others who change the set.
     *
     * @return bytes of it that the peer may see still: to be called again; 0 once the part is the user's no more.
     */
    long giveUp(final String user, final long partOffset)
    {
        final long length = pending.get(partOffset);
        if (!window.unshare(partOffset, length).isDone())
        {
            return length;
        }
        pending.remove(partOffset);
        window.users().unclaim(user, starts(partOffset, length));
        return 0;
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

    private void requireNames(final long at)
    {
        if (0 == window.busAddress(at))
        {
            throw new IllegalArgumentException("a pool must not contain bus address 0, which peers take for \"not " +
                "set\": name=" + pool + ", offset=" + at + "; start it at a later offset");
        }
    }

    private boolean isPending(final long partOffset, final long length)
    {
        final Long waiting = pending.get(partOffset);
        return null != waiting && length == waiting;
    }

    /** Where the arenas of a part begin. */
    private List<Long> starts(final long partOffset, final long length)
    {
        final List<Long> starts = new ArrayList<>();
        for (long at = partOffset; at < partOffset + length; at += run(at, partOffset + length))
        {
            starts.add(at);
        }
        return starts;
    }

    /** How long the arena is that begins at an offset of a part. */
    private long run(final long at, final long end)
    {
        // A block is contiguous on the bus too, where somebody's own addressing may end a run in an extent.
        final long contiguous = Math.min(
            window.extents().runFromOffset(at), window.runLength(window.busAddress(at)));
        return Math.min(Math.min(contiguous, Arena.MAX_LENGTH), end - at);
    }

    /**
     * Claim a part, arena by arena, as each may leave by itself.
     *
     * @param claims gets what is claimed, whatever is thrown.
     */
    private void claim(final String user, final long partOffset, final long length, final List<Long> claims)
    {
        // Not this set, which would be kept as long as the peer keeps a part.
        final Window from = window;
        long at = partOffset;
        while (at < partOffset + length)
        {
            final long first = at;
            final long run = Math.max(1, run(at, partOffset + length));
            window.requireShareable(first, run);
            requireNames(first);
            // Whoever comes after this pool gets nothing that the peer sees still.
            window.users().claim(user, first, run, () -> from.unshare(first, run).isDone());
            claims.add(first);
            at += run;
        }
    }

    private boolean share(final long partOffset, final long length)
    {
        final Sharing sharing = window.share(partOffset, length);
        if (!sharing.isDone() && Sharing.Status.PENDING != sharing.status())
        {
            throw new IllegalStateException("part of the window is not shared: pool=" + pool + ", window=" +
                window.name() + ", offset=" + partOffset + ", length=" + length + ", sharing=" + sharing);
        }
        return sharing.isDone();
    }

    /** Zero what is added, if so wanted: in steps that a safepoint need not wait for. */
    private void scrub(final long partOffset, final long length)
    {
        long done = scrub ? 0 : length;
        while (done < length)
        {
            final long step = Math.min(SCRUB_STEP, length - done);
            window.memory(partOffset + done, step).fill((byte)0);
            done += step;
        }
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
