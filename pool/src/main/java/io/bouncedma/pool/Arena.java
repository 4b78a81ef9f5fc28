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
    private int head;
    private int spare;
    private int spares;
    private int freeUnits;
    /** No run of so many units is free: known since a refusal, forgotten when something is freed. */
    private int refusedUnits = NOTHING_REFUSED;
    private volatile boolean retired;
    /** Set for good if an error, such as a full stack, ends a change in its midst. */
    private boolean changing;
    /** Of the walks that are in the arena, mostly none. */
    private PieceCursor cursors;
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
        addSpares();
        head = newPiece();
        pieces.start(head, 0);
        link(head, NIL);
        link(NIL, head);
        freeUnits = end;
        bins.add(head, end);
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
            addSpares(chunk);
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
            any = sizeOf(run) >= units;
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
        final int from = PieceTable.start(places, block);
        final int to = startOf(behind);
        freeUnits += to - from;
        pieces.link(block, NIL);
        final boolean isFreeBehind = PieceTable.isFree(pieces.state(behind));
        if (PieceTable.isFree(pieces.state(before)))
        {
            final int start = startOf(before);
            int end = to;
            int next = behind;
            if (isFreeBehind)
            {
                next = pieces.next(behind);
                end = startOf(next);
                bins.remove(behind, end - to);
                drop(behind, before);
            }
            drop(block, before);
            link(before, next);
            bins.move(before, from - start, end - start);
        }
        else if (isFreeBehind)
        {
            final int units = sizeOf(behind);
            drop(block, behind);
            link(before, behind);
            pieces.start(behind, from);
            bins.move(behind, units, units + to - from);
        }
        else
        {
            bins.add(block, to - from);
        }
        refusedUnits = NOTHING_REFUSED;
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
            largest = Math.max(largest, sizeOf(run));
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
        cursors = begins ? cursor.begin(head, offset, cursors) : cursors;
        // The pieces of one that is retired and empty may be another arena's by now.
        final boolean isGone = changing || retired && freeUnits == end;
        final boolean isMore = isGone ? cursor.copyNone() : cursor.copy(pieces, end, most);
        if (!isMore)
        {
            leave(cursor);
        }
        return isMore;
    }

    /** End a walk. */
    void leave(final PieceCursor cursor)
    {
        cursors = cursor.removeFrom(cursors);
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
            final int to = startOf(PieceTable.next(places, run));
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
        addSpares();
        changing = true;
        freeUnits -= units;
        final int block = at > from || to - at > units ? newPiece() : run;
        if (block == run)
        {
            bins.remove(run, units);
        }
        else if (at == from)
        {
            // A long run stays what it is, and mostly where it is: what is cut off its front is the new piece.
            final int before = pieces.previous(run);
            pieces.start(block, at);
            link(before, block);
            link(block, run);
            pieces.start(run, at + units);
            PieceCursor.onSplit(cursors, run, block, run, at + units);
            bins.move(run, to - from, to - at - units);
        }
        else
        {
            final int next = pieces.next(run);
            pieces.start(block, at);
            link(run, block);
            link(block, next);
            PieceCursor.onSplit(cursors, run, run, block, at);
            bins.move(run, to - from, at - from);
            if (to - at > units)
            {
                final int rest = newPiece();
                pieces.start(rest, at + units);
                link(block, rest);
                link(rest, next);
                PieceCursor.onSplit(cursors, block, block, rest, at + units);
                bins.add(rest, to - at - units);
            }
        }
        pieces.units(block, units);
        changing = false;
        return block;
    }

    /** Let two pieces, or the arena's ends, be neighbours. */
    private void link(final int before, final int behind)
    {
        if (NIL == before)
        {
            head = behind;
        }
        else
        {
            pieces.next(before, behind);
        }
        if (NIL != behind)
        {
            pieces.previous(behind, before);
        }
    }

    /** Let a piece be none any more, as it is one with its neighbour. */
    private void drop(final int piece, final int neighbour)
    {
        pieces.state(piece, PieceTable.TAKEN);
        PieceCursor.onJoin(cursors, piece, neighbour);
        addSpare(piece);
    }

    /** Put the blocks of a slab in the place of its carrier. */
    private void open(final int slab)
    {
        final int carrier = pieces.carrier(slab);
        pieces.open(slab);
        changing = true;
        link(pieces.previous(carrier), slab);
        link(slab + PieceTable.CHUNK - 1, pieces.next(carrier));
        PieceCursor.onOpen(cursors, carrier, slab, pieces);
        pieces.state(carrier, PieceTable.TAKEN);
        addSpare(carrier);
        changing = false;
    }

    /** See to it that there are as many as a cut may need. */
    private void addSpares()
    {
        if (spares < 2)
        {
            addSpares(pieces.addChunk(this));
        }
    }

    private void addSpares(final int chunk)
    {
        for (int piece = chunk + PieceTable.CHUNK - 1; piece >= Math.max(chunk, NIL + 1); piece--)
        {
            pieces.state(piece, PieceTable.TAKEN);
            addSpare(piece);
        }
    }

    private void addSpare(final int piece)
    {
        pieces.link(piece, spare);
        spare = piece;
        spares++;
    }

    private int newPiece()
    {
        final int piece = spare;
        spare = pieces.link(piece);
        spares--;
        return piece;
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

    private int sizeOf(final int piece)
    {
        final int[] places = pieces.places(piece);
        return startOf(PieceTable.next(places, piece)) - PieceTable.start(places, piece);
    }

    /** Where a piece begins, or the arena ends if it is none. */
    private int startOf(final int piece)
    {
        return NIL == piece ? end : PieceTable.start(pieces.places(piece), piece);
    }
}
