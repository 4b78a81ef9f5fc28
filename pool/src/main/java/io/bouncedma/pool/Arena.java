/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * The free runs of one extent: two-level segregated fit (Masmano and others, 2004), with everything that TLSF keeps in
 * headers kept in private memory instead.
 * <pre>
 * size in units   0..31      32..63     64..127    128..255   ...   powers of two
 * bins            32 exact   32 exact   32 of 2    32 of 4    ...   32 equal steps each
 * </pre>
 * A bit for each bin that is not empty finds the best bin in a few instructions. What was refused as no run is long
 * enough is refused again without a look until something is freed. A freed block joins its neighbours at once, across
 * the whole extent. Within 3 % the fit is the best there is; in a bin, the run that was freed last comes first.
 * <p>
 * Thread-safe: one lock, which is taken when no hot block serves, and held for some ten memory accesses; for more where
 * runs are long enough and their addresses are wrong.
 */
final class Arena
{
    private static final int STEP_BITS = 5;
    private static final int STEPS = 1 << STEP_BITS;
    private static final int FEW = 32;
    private static final int MANY = 64;
    private static final int NOTHING_REFUSED = Integer.MAX_VALUE;

    private final PieceTable pieces;
    private final int first;
    private final int end;
    private final long busDelta;
    private final PoolLedger ledger;
    private final int[] bins;
    private final int[] binMaps;
    private int rowMap;
    private int head;
    private int spare;
    private int spares;
    private int freeUnits;
    /** No run of so many units is free: known since a refusal, forgotten when something is freed. */
    private volatile int refusedUnits = NOTHING_REFUSED;
    private volatile boolean retired;
    /** Set for good if an error, such as a full stack, ends a change in its midst. */
    private boolean changing;
    /** Of the walks that are in the arena, mostly none. */
    private PieceCursor cursors;

    /**
     * An arena with everything free.
     *
     * @param pieces   of the pool.
     * @param first    unit, counted from the start of the pool.
     * @param end      unit behind the last.
     * @param busDelta bus address of a byte less its index in the pool, the same for all of an extent.
     * @param ledger   of the pool.
     */
    Arena(final PieceTable pieces, final int first, final int end, final long busDelta, final PoolLedger ledger)
    {
        this.ledger = ledger;
        this.pieces = pieces;
        this.first = first;
        this.end = end;
        this.busDelta = busDelta;
        binMaps = new int[row(end - first) + 1];
        bins = new int[binMaps.length * STEPS];
        addSpares();
        head = newPiece();
        pieces.start(head, first);
        freeUnits = end - first;
        addRun(head);
    }

    int firstUnit()
    {
        return first;
    }

    int units()
    {
        return end - first;
    }

    synchronized int freeUnits()
    {
        return freeUnits;
    }

    /** The units that may be handed out or are: of a retired arena what is held. */
    synchronized int liveUnits()
    {
        return end - first - (retired ? freeUnits : 0);
    }

    /**
     * Hand nothing out any more.
     *
     * @param clients of the pool.
     * @return false, and nothing is changed, if what the other arenas have could not keep what is reserved.
     */
    synchronized boolean retire(final List<PoolClient<?>> clients)
    {
        final long[] held = new long[HandleTags.MAXIMUM + 1];
        for (int piece = head; NIL != piece; piece = pieces.next(piece))
        {
            if (!PieceTable.isFree(pieces.state(piece)))
            {
                held[pieces.link(piece)] += sizeOf(piece);
            }
        }
        final boolean retires = ledger.retire(end - first, freeUnits, clients, held);
        retired |= retires;
        return retires;
    }

    boolean isRetired()
    {
        return retired;
    }

    /** The bus address of a byte of the arena less its index in the pool. */
    long busDelta()
    {
        return busDelta;
    }

    /**
     * Whether the arena could serve a request if all of it were free.
     */
    boolean couldServe(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        return position(first, end, units, rules, alignMask, low) >= 0;
    }

    /**
     * Take a block and charge the client for it.
     *
     * @return its piece, {@link PieceTable#NIL} if no free run fits, or what {@link PoolLedger#charge} said.
     */
    int take(final PoolClient<?> client, final int units, final long alignMask, final long low)
    {
        if (units >= refusedUnits)
        {
            return NIL;
        }
        synchronized (this)
        {
            if (retired || units > end - first)
            {
                return NIL;
            }
            requireWhole();
            final int best = bin(units);
            int block = search(best, FEW, units, client, alignMask, low);
            for (int bin = nextBin(best + 1); NIL == block && bin >= 0; bin = nextBin(bin + 1))
            {
                block = search(bin, Integer.MAX_VALUE, units, client, alignMask, low);
            }
            if (NIL == block)
            {
                // Nothing larger fits: only now it is worth to look at every run that is nearly too small.
                block = search(best, Integer.MAX_VALUE, units, client, alignMask, low);
            }
            if (NIL == block)
            {
                refusedUnits = Math.min(refusedUnits, unitsOfNoRun(units, client.rules(), alignMask));
            }
            return block;
        }
    }

    /**
     * How many units no free run has, as a refusal tells.
     */
    private int unitsOfNoRun(final int units, final AddressRules rules, final long alignMask)
    {
        final int bin = bin(units);
        boolean any = nextBin(bin + 1) >= 0;
        for (int run = bins[bin]; NIL != run && !any; run = pieces.link(run))
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
     * Give a block back, join it with what is free beside it, and credit the client.
     */
    synchronized void give(final PoolClient<?> client, final int block)
    {
        requireWhole();
        changing = true;
        int run = block;
        final int units = sizeOf(run);
        freeUnits += units;
        final int before = pieces.previous(run);
        if (PieceTable.isFree(pieces.state(before)))
        {
            removeRun(before);
            unlink(run);
            run = before;
        }
        final int behind = pieces.next(run);
        if (PieceTable.isFree(pieces.state(behind)))
        {
            removeRun(behind);
            unlink(behind);
        }
        addRun(run);
        refusedUnits = NOTHING_REFUSED;
        ledger.credit(client.account(), units, retired);
        changing = false;
    }

    /**
     * The longest free run. Of more than 64 that are about as long, one of the longest: a bin's runs differ by 3 %.
     */
    synchronized int largestRun()
    {
        int largest = 0;
        int tries = MANY;
        final int row = 31 - Integer.numberOfLeadingZeros(rowMap);
        if (row >= 0)
        {
            final int bin = row * STEPS + 31 - Integer.numberOfLeadingZeros(binMaps[row]);
            for (int run = bins[bin]; NIL != run && tries > 0; run = pieces.link(run))
            {
                tries--;
                largest = Math.max(largest, sizeOf(run));
            }
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
    synchronized boolean copy(final PieceCursor cursor, final boolean begins, final int most)
    {
        cursors = begins ? cursor.begin(head, first, cursors) : cursors;
        // The pieces of one that is retired and empty may be another arena's by now.
        final boolean isGone = changing || retired && freeUnits == units();
        final boolean isMore = isGone ? cursor.copyNone() : cursor.copy(pieces, end, most);
        if (!isMore)
        {
            leave(cursor);
        }
        return isMore;
    }

    /** End a walk. */
    synchronized void leave(final PieceCursor cursor)
    {
        cursors = cursor.removeFrom(cursors);
    }

    long metadataBytes()
    {
        return 4L * (bins.length + binMaps.length);
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
        final PoolClient<?> client,
        final long alignMask,
        final long low)
    {
        int tries = most;
        for (int run = bins[bin]; NIL != run && tries > 0; run = pieces.link(run))
        {
            tries--;
            final int at = position(
                pieces.start(run), pieces.start(run) + sizeOf(run), units, client.rules(), alignMask, low);
            if (at >= 0)
            {
                return cut(client, run, at, units);
            }
        }
        return NIL;
    }

    private int cut(final PoolClient<?> client, final int run, final int at, final int units)
    {
        // First, since there may be no memory for them.
        addSpares();
        final int refused = ledger.charge(client.account(), units);
        if (0 != refused)
        {
            return refused;
        }
        changing = true;
        removeRun(run);
        int block = run;
        if (at > pieces.start(run))
        {
            block = split(run, at);
            addRun(run);
        }
        if (sizeOf(block) > units)
        {
            addRun(split(block, at + units));
        }
        freeUnits -= units;
        pieces.state(block, PieceTable.TAKEN);
        pieces.link(block, client.number());
        changing = false;
        return block;
    }

    private int split(final int piece, final int at)
    {
        final int behind = newPiece();
        final int next = pieces.next(piece);
        pieces.start(behind, at);
        pieces.previous(behind, piece);
        pieces.next(behind, next);
        pieces.next(piece, behind);
        if (NIL != next)
        {
            pieces.previous(next, behind);
        }
        PieceCursor.onSplit(cursors, piece, behind, at);
        return behind;
    }

    /** Let a piece join the one before it. */
    private void unlink(final int piece)
    {
        final int before = pieces.previous(piece);
        final int next = pieces.next(piece);
        pieces.next(before, next);
        if (NIL != next)
        {
            pieces.previous(next, before);
        }
        pieces.state(piece, PieceTable.TAKEN);
        PieceCursor.onJoin(cursors, piece, before);
        addSpare(piece);
    }

    /** See to it that there are as many as a cut may need. */
    private void addSpares()
    {
        if (spares < 2)
        {
            final int chunk = pieces.addChunk(this);
            for (int piece = chunk + PieceTable.CHUNK - 1; piece >= Math.max(chunk, NIL + 1); piece--)
            {
                pieces.state(piece, PieceTable.TAKEN);
                addSpare(piece);
            }
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
                "of them: abandon the pool: firstUnit=" + first + ", units=" + units());
        }
    }

    private int position(
        final int from, final int to, final int units, final AddressRules rules, final long alignMask, final long low)
    {
        final long size = (long)units << BlockSize.UNIT_SHIFT;
        final long start = busDelta + ((long)from << BlockSize.UNIT_SHIFT);
        final long at = rules.position(start, size, alignMask, low);
        final long room = (long)(to - from) << BlockSize.UNIT_SHIFT;
        return AddressRules.NO_ADDRESS != at && at - start + size <= room ?
            from + (int)(at - start >> BlockSize.UNIT_SHIFT) : -1;
    }

    private int sizeOf(final int piece)
    {
        final int next = pieces.next(piece);
        return (NIL == next ? end : pieces.start(next)) - pieces.start(piece);
    }

    private void addRun(final int run)
    {
        final int bin = bin(sizeOf(run));
        final int behind = bins[bin];
        pieces.state(run, NIL);
        pieces.link(run, behind);
        bins[bin] = run;
        if (NIL != behind)
        {
            pieces.state(behind, run);
        }
        binMaps[bin >> STEP_BITS] |= 1 << (bin & STEPS - 1);
        rowMap |= 1 << (bin >> STEP_BITS);
    }

    private void removeRun(final int run)
    {
        final int before = pieces.state(run);
        final int behind = pieces.link(run);
        if (NIL != behind)
        {
            pieces.state(behind, before);
        }
        if (NIL != before)
        {
            pieces.link(before, behind);
            return;
        }
        final int bin = bin(sizeOf(run));
        bins[bin] = behind;
        if (NIL == behind)
        {
            final int row = bin >> STEP_BITS;
            binMaps[row] &= ~(1 << (bin & STEPS - 1));
            rowMap &= 0 == binMaps[row] ? ~(1 << row) : -1;
        }
    }

    private int nextBin(final int from)
    {
        final int row = from >> STEP_BITS;
        if (row >= binMaps.length)
        {
            return -1;
        }
        final int inRow = binMaps[row] & -1 << (from & STEPS - 1);
        if (0 != inRow)
        {
            return row * STEPS + Integer.numberOfTrailingZeros(inRow);
        }
        final int rows = rowMap & -2 << row;
        if (0 == rows)
        {
            return -1;
        }
        final int next = Integer.numberOfTrailingZeros(rows);
        return next * STEPS + Integer.numberOfTrailingZeros(binMaps[next]);
    }

    private static int row(final int units)
    {
        return units < STEPS ? 0 : 32 - STEP_BITS - Integer.numberOfLeadingZeros(units);
    }

    private static int bin(final int units)
    {
        final int row = row(units);
        return 0 == row ? units : row * STEPS + (units >>> row - 1 & STEPS - 1);
    }
}
