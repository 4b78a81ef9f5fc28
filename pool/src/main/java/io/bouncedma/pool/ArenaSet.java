/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;

import java.util.ArrayList;
import java.util.List;

/**
 * The arenas of one pool, one for each extent of the region that it has a part of. Reading takes no lock; the pool
 * changes the set under its own.
 */
final class ArenaSet
{
    /** No delta: they are multiples of a page. */
    private static final long MIXED = -1;

    private final String pool;
    private final Window region;
    private final long offset;
    private final boolean scrub;
    private final PoolLedger ledger;
    private final PieceTable pieces = new PieceTable();
    private volatile Arena[] arenas = new Arena[0];
    /** The arenas' {@link Arena#busDelta()}, as long as the region's addressing is linear, which it mostly is. */
    private volatile long commonDelta;

    /**
     * A set without arenas.
     *
     * @param scrub whether what is added is zeroed, since who was there before need not have done so.
     */
    ArenaSet(
        final String pool,
        final Window region,
        final long offset,
        final boolean scrub,
        final PoolLedger ledger)
    {
        this.ledger = ledger;
        this.scrub = scrub;
        this.pool = pool;
        this.region = region;
        this.offset = offset;
    }

    PieceTable pieces()
    {
        return pieces;
    }

    /**
     * Add a part of the region, extent by extent.
     */
    void add(final String user, final long partOffset, final int length)
    {
        if (length <= 0 || partOffset < offset || partOffset - offset > BouncePool.MAX_LENGTH - length ||
            0 != ((partOffset | length) & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException("a pool needs multiples of " + Extent.ALIGNMENT +
                " and spans at most 1073741824 bytes: name=" + pool + ", offset=" + partOffset + ", length=" + length);
        }
        region.requireWritable(partOffset, length);
        final List<Arena> grown = new ArrayList<>(List.of(arenas));
        final List<Long> claims = new ArrayList<>();
        long delta = commonDelta;
        boolean added = false;
        try
        {
            long at = partOffset;
            while (at < partOffset + length)
            {
                final long run = Math.min(region.extents().runFromOffset(at), partOffset + length - at);
                region.users().claim(user, at, Math.max(1, run));
                claims.add(at);
                final Arena arena = arena(at, run);
                delta = grown.isEmpty() || delta == arena.busDelta() ? arena.busDelta() : MIXED;
                grown.add(arena);
                at += run;
            }
            if (scrub)
            {
                region.view(partOffset, length).setMemory(0, length, (byte)0);
            }
            commonDelta = delta;
            arenas = grown.toArray(new Arena[0]);
            added = true;
        }
        finally
        {
            if (!added)
            {
                grown.subList(arenas.length, grown.size()).forEach(pieces::removeChunks);
                claims.forEach(claimed -> region.users().unclaim(user, claimed));
            }
        }
    }

    void remove(final Arena arena)
    {
        final List<Arena> rest = new ArrayList<>(List.of(arenas));
        rest.remove(arena);
        arenas = rest.toArray(new Arena[0]);
        pieces.removeChunks(arena);
    }

    Arena beginningAt(final long partOffset)
    {
        for (final Arena arena : arenas)
        {
            if (offset + ((long)arena.firstUnit() << BlockSize.UNIT_SHIFT) == partOffset)
            {
                return arena;
            }
        }
        throw new IllegalArgumentException("no extent of the pool begins there: pool=" + pool + ", offset=" +
            partOffset);
    }

    /**
     * Take a block from the first arena that has one.
     *
     * @return its piece, {@link PieceTable#NIL}, or what {@link PoolLedger#charge} said.
     */
    int take(final PoolClient<?> client, final int units, final long alignMask, final long low)
    {
        for (final Arena arena : arenas)
        {
            final int block = arena.take(client, units, alignMask, low);
            if (PieceTable.NIL != block)
            {
                return block;
            }
        }
        return PieceTable.NIL;
    }

    /**
     * Give a block back.
     */
    void give(final PoolClient<?> client, final int piece)
    {
        pieces.arena(piece).give(client, piece);
    }

    /**
     * Whether a request could be served if nobody held anything. What is being retired serves nobody any more.
     */
    boolean couldServe(final PoolClient<?> client, final int units, final long alignMask, final long low)
    {
        if (units > ledger.mostFor(client.account()))
        {
            return false;
        }
        for (final Arena arena : arenas)
        {
            if (!arena.isRetired() && arena.couldServe(units, client.rules(), alignMask, low))
            {
                return true;
            }
        }
        return false;
    }

    /**
     * The longest request that could be served if nobody held anything. Slow: for messages.
     *
     * @return bytes, 0 if not even one could.
     */
    int most(final PoolClient<?> client, final int alignMask, final long low)
    {
        int fits = 0;
        int tooLong = BouncePool.MAX_LENGTH + 1;
        while (tooLong - fits > 1)
        {
            final int length = fits + tooLong >>> 1;
            final int units = BlockSize.of(length) >> BlockSize.UNIT_SHIFT;
            final boolean could = couldServe(client, units, BlockSize.mask(length, alignMask),
                BlockSize.low(length, alignMask, low));
            fits = could ? length : fits;
            tooLong = could ? tooLong : length;
        }
        return fits;
    }

    /**
     * The bus address of a block's first byte.
     */
    long busAddress(final Block block)
    {
        final long common = commonDelta;
        return (MIXED != common ? common : pieces.arena(block.piece).busDelta()) + block.index();
    }

    /**
     * Whether some bytes lie in one arena.
     */
    boolean contains(final long busAddress, final int length)
    {
        final long at = region.offsetOf(busAddress) - offset;
        for (final Arena arena : arenas)
        {
            final long first = (long)arena.firstUnit() << BlockSize.UNIT_SHIFT;
            if (at >= first && at - first <= ((long)arena.units() << BlockSize.UNIT_SHIFT) - length)
            {
                return true;
            }
        }
        return false;
    }

    /** What may be handed out or is. */
    int units()
    {
        int units = 0;
        for (final Arena arena : arenas)
        {
            units += arena.liveUnits();
        }
        return units;
    }

    int largestRun()
    {
        int largest = 0;
        for (final Arena arena : arenas)
        {
            largest = Math.max(largest, arena.isRetired() ? 0 : arena.largestRun());
        }
        return largest;
    }

    long metadataBytes()
    {
        long bytes = pieces.bytes();
        for (final Arena arena : arenas)
        {
            bytes += arena.metadataBytes();
        }
        return bytes;
    }

    PoolWalk walk()
    {
        return new PoolWalk(arenas);
    }

    private Arena arena(final long at, final long length)
    {
        final long bus = region.busAddress(at);
        if (0 == bus)
        {
            throw new IllegalArgumentException("a pool must not contain bus address 0, which peers take for \"not " +
                "set\": name=" + pool + ", offset=" + at + "; start it at a later offset");
        }
        final long first = at - offset;
        return new Arena(pieces, (int)(first >> BlockSize.UNIT_SHIFT),
            (int)(first + length >> BlockSize.UNIT_SHIFT), bus - first, ledger);
    }
}
