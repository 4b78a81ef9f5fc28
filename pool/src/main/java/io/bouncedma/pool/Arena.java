/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * The free runs of one extent, cut and joined again, with everything that other allocators keep in headers kept in
 * private memory instead.
 * <p>
 * The best bin of {@link RunBins} with a run that fits is taken, so that within 3 % the fit is the best there is. What
 * was refused as no run is long enough is refused again without a look until something is freed. A freed block joins
 * its neighbours at once, across the whole extent.
 * <p>
 * For who has the pool's lock; what is final anybody may read. A call takes some ten memory accesses, and more where
 * runs are long enough and their addresses are wrong: then it may look at every run of a bin.
 */
final class Arena
{
    private static final int FEW = 32;
    private static final int MANY = 64;
    private static final int NOTHING_REFUSED = Integer.MAX_VALUE;

    /** Units have 31 bits: what is longer is several arenas. */
    static final long MAX_LENGTH = 1L << 33;

    private final PieceTable pieces;
    private final int slot;
    private final long offset;
    private final long address;
    private final long bus;
    private final int end;
    private final RunBins bins;
    private final PieceList list;
    private int freeUnits;
    /** No run of so many units is free: known since a refusal, forgotten when something is freed. */
    private int refusedUnits = NOTHING_REFUSED;
    private volatile boolean retired;
    /** Set for good if an error, such as a full stack, ends a change in its midst. */
    private boolean changing;
    /** The first of the chunks that its pieces are in; the table's. */
    int chunks = PieceTable.NO_CHUNK;

    /**
     * An arena with everything free.
     *
     * @param pieces  of the pool.
     * @param slot    by which clients count what they have of it.
     * @param offset  of its first byte in the pool.
     * @param address of that byte in this process.
     * @param bus     of that byte; an extent's bus addresses go on side by side with its offsets.
     * @param length  bytes, at most {@link #MAX_LENGTH}.
     */
    Arena(
        final PieceTable pieces,
        final int slot,
        final long offset,
        final long address,
        final long bus,
        final long length)
    {
        this.pieces = pieces;
        this.slot = slot;
        this.offset = offset;
        this.address = address;
        this.bus = bus;
        end = (int)(length >> BlockSize.UNIT_SHIFT);
        bins = new RunBins(pieces, end);
        list = new PieceList(pieces, this, end);
        freeUnits = end;
        bins.add(list.head(), end);
    }

    int slot()
    {
        return slot;
    }

    /** The first byte's place in the pool. */
    long offset()
    {
        return offset;
    }

    /** Where the first byte is in this process. */
    long address()
    {
        return address;
    }

    /** The first byte's bus address. */
    long bus()
    {
        return bus;
    }

    int units()
    {
        return end;
    }

    int freeUnits()
    {
        return freeUnits;
    }

    /** The units that may be handed out or are: of a retired arena what is held. */
    int liveUnits()
    {
        return end - (retired ? freeUnits : 0);
    }

    /**
     * Hand nothing out any more.
     */
    void retire()
    {
        retired = true;
    }

    boolean isRetired()
    {
        return retired;
    }

    /**
     * Whether the arena could serve a request if all of it were free.
     */
    boolean couldServe(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        return units <= end && position(0, end, units, rules, alignMask, low) >= 0;
    }

    /**
     * Take a block.
     *
     * @return its piece, or {@link PieceTable#NIL} if no free run fits.
     */
    int take(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        if (units >= refusedUnits || retired || units > end)
        {
            return NIL;
        }
        requireWhole();
        final int best = RunBins.of(units);
        int block = search(best, FEW, units, rules, alignMask, low);
        for (int bin = bins.next(best + 1); NIL == block && bin >= 0; bin = bins.next(bin + 1))
        {
            block = search(bin, Integer.MAX_VALUE, units, rules, alignMask, low);
        }
        if (NIL == block)
        {
            // Nothing larger fits: only now it is worth to look at every run that is nearly too small.
            block = search(best, Integer.MAX_VALUE, units, rules, alignMask, low);
        }
        if (NIL == block)
        {
            refusedUnits = Math.min(refusedUnits, unitsOfNoRun(units, rules, alignMask));
        }
        return block;
    }

    /**
     * Take a slab.
     *
     * @param units of each of its blocks.
     * @return its first block, or {@link PieceTable#NIL} if no free run fits.
     */
    int takeSlab(final int units, final AddressRules rules, final long alignMask)
    {
        if (PieceTable.CHUNK * units >= refusedUnits || retired)
        {
            return NIL;
        }
        // First, since there may be no memory for it. The very first chunk has no block 0.
        int chunk = pieces.addChunk(this);
        if (NIL == chunk)
        {
            list.addSpares(chunk);
            chunk = pieces.addChunk(this);
        }
        final int carrier = take(PieceTable.CHUNK * units, rules, alignMask, 0);
        if (NIL == carrier)
        {
            // The one that was added last.
            pieces.removeChunks(this, 1);
            return NIL;
        }
        pieces.makeSlab(chunk, carrier, units);
        return chunk;
    }

    /**
     * How many units no free run has, as a refusal tells.
     */
    private int unitsOfNoRun(final int units, final AddressRules rules, final long alignMask)
    {
        final int bin = RunBins.of(units);
        boolean any = bins.next(bin + 1) >= 0;
        for (int run = bins.first(bin); NIL != run && !any; run = pieces.link(run))
        {
            any = list.sizeOf(run) >= units;
        }
        if (!any)
        {
            return units;
        }
        // A run is there and its address is wrong. It would be right somewhere in one that is longer by the alignment.
        return rules.boundaryMask() < 0 && rules.addressMask() < 0 ?
            units + (int)(alignMask >> BlockSize.UNIT_SHIFT) : NOTHING_REFUSED;
    }

    /**
     * Give a block back, and join it with what is free beside it.
     */
    void give(final int block)
    {
        requireWhole();
        if (pieces.isSlab(block))
        {
            open(block & -PieceTable.CHUNK);
        }
        changing = true;
        final int[] places = pieces.places(block);
        final int before = PieceTable.previous(places, block);
        final int behind = PieceTable.next(places, block);
        final int units = list.startOf(behind) - PieceTable.start(places, block);
        final boolean isFreeBehind = PieceTable.isFree(pieces.state(behind));
        freeUnits += units;
        pieces.link(block, NIL);
        if (PieceTable.isFree(pieces.state(before)))
        {
            final int was = PieceTable.start(places, block) - list.startOf(before);
            int now = was + units;
            list.joinNext(before);
            if (isFreeBehind)
            {
                final int more = list.sizeOf(behind);
                bins.remove(behind, more);
                list.joinNext(before);
                now += more;
            }
            bins.move(before, was, now);
        }
        else if (isFreeBehind)
        {
            final int was = list.sizeOf(behind);
            list.joinPrevious(behind);
            bins.move(behind, was, was + units);
        }
        else
        {
            bins.add(block, units);
        }
        refusedUnits = NOTHING_REFUSED;
        changing = false;
    }

    private void open(final int slab)
    {
        final int carrier = pieces.carrier(slab);
        // There may be no memory for it, so before anything is changed.
        pieces.open(slab);
        changing = true;
        list.replace(carrier, slab);
        changing = false;
    }

    /**
     * The longest free run. Of more than 64 that are about as long, one of the longest: a bin's runs differ by 3 %.
     */
    int largestRun()
    {
        final int bin = bins.last();
        int largest = 0;
        int tries = MANY;
        for (int run = bin < 0 ? NIL : bins.first(bin); NIL != run && tries > 0; run = pieces.link(run))
        {
            tries--;
            largest = Math.max(largest, list.sizeOf(run));
        }
        return largest;
    }

    /**
     * Copy the next pieces of a walk. When there are no more, the walk has left the arena.
     *
     * @param begins whether the walk comes into the arena now.
     * @param most   how many pieces.
     * @return whether there are more.
     */
    boolean copy(final PieceCursor cursor, final boolean begins, final int most)
    {
        if (begins)
        {
            list.enter(cursor, offset);
        }
        // The pieces of one that is retired and empty may be another arena's by now.
        final boolean isGone = changing || retired && freeUnits == end;
        final boolean isMore = isGone ? cursor.copyNone() : cursor.copy(pieces, end, most);
        if (!isMore)
        {
            list.leave(cursor);
        }
        return isMore;
    }

    /** End a walk. */
    void leave(final PieceCursor cursor)
    {
        list.leave(cursor);
    }

    long metadataBytes()
    {
        return bins.bytes();
    }

    /**
     * Try the runs of a bin.
     *
     * @param most how many, as those of the best bin may all be a little too small.
     */
    private int search(
        final int bin,
        final int most,
        final int units,
        final AddressRules rules,
        final long alignMask,
        final long low)
    {
        int tries = most;
        for (int run = bins.first(bin); NIL != run && tries > 0; run = pieces.link(run))
        {
            tries--;
            final int[] places = pieces.places(run);
            final int from = PieceTable.start(places, run);
            final int to = list.startOf(PieceTable.next(places, run));
            final int at = position(from, to, units, rules, alignMask, low);
            if (at >= 0)
            {
                return cut(run, from, to, at, units);
            }
        }
        return NIL;
    }

    private int cut(final int run, final int from, final int to, final int at, final int units)
    {
        // First, since there may be no memory for them.
        list.addSpares();
        changing = true;
        freeUnits -= units;
        int block = run;
        if (at > from)
        {
            block = list.cutBack(run, at);
            bins.move(run, to - from, at - from);
            if (to - at > units)
            {
                bins.add(list.cutBack(block, at + units), to - at - units);
            }
        }
        else if (to - at > units)
        {
            // A long run stays what it is, and mostly where it is: what is cut off its front is the new piece.
            block = list.cutFront(run, at + units);
            bins.move(run, to - from, to - at - units);
        }
        else
        {
            bins.remove(run, units);
        }
        pieces.units(block, units);
        changing = false;
        return block;
    }

    /** Better nothing than the same bytes twice. */
    private void requireWhole()
    {
        if (changing)
        {
            throw new IllegalStateException("the pool's free runs are no longer known, since an error ended a change " +
                "of them: abandon the pool: offset=" + offset + ", units=" + end);
        }
    }

    private int position(
        final int from, final int to, final int units, final AddressRules rules, final long alignMask, final long low)
    {
        final long size = (long)units << BlockSize.UNIT_SHIFT;
        final long start = bus + ((long)from << BlockSize.UNIT_SHIFT);
        final long at = rules.position(start, size, alignMask, low);
        final long room = (long)(to - from) << BlockSize.UNIT_SHIFT;
        return AddressRules.NO_ADDRESS != at && at - start + size <= room ?
            from + (int)(at - start >> BlockSize.UNIT_SHIFT) : -1;
    }
}
