/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * One device's access to one pool: its limits, the blocks that it has, and those that it freed last and gets back
 * first.
 * <pre>
 * block handle:  0000000 ggggg gggggggg gggg | 00000ii iiiiiiii iiiiiiii iiiiiiii
 *                        generation, 20 bits | piece, up to 26 bits
 * </pre>
 * A handle is greater than zero. Its generation is another one each time the piece is handed out, so that a stale
 * handle is told from a live one.
 * <p>
 * Thread-safe; a block may be freed by another thread than took it. A hot allocation or free takes one
 * compare-and-set on a line that no other thread writes, unless one thread frees what another took.
 */
public final class PoolClient implements AutoCloseable
{
    private static final Memory NOTHING_TO_FORGET = () ->
    {
    };

    private final BouncePool pool;
    private final PieceTable pieces;
    private final String name;
    private final int id;
    private final ClientLimits limits;
    private final AddressRules rules;
    private final long reservedUnits;
    private final long quotaUnits;
    private final Stripes stripes;
    private final long stripeLimit;
    private final AtomicLong charged = new AtomicLong();
    private final AtomicLong highWater = new AtomicLong();
    private final AtomicLongArray heldByClass = new AtomicLongArray(HotBlocks.sizeClasses());
    private final AtomicLongArray peakByClass = new AtomicLongArray(HotBlocks.sizeClasses());
    private final AtomicLongArray refusals =
        new AtomicLongArray(HotBlocks.sizeClasses() * Refusal.Reason.count());
    private final HotBlocks.Keeper giveBack = this::giveBack;
    private volatile boolean closed;

    PoolClient(
        final BouncePool pool,
        final PieceTable pieces,
        final String name,
        final int id,
        final ClientLimits limits,
        final AddressRules rules)
    {
        this.pool = pool;
        this.pieces = pieces;
        this.name = name;
        this.id = id;
        this.limits = limits;
        this.rules = rules;
        reservedUnits = limits.reserve() + (1 << BlockSize.UNIT_SHIFT) - 1 >> BlockSize.UNIT_SHIFT;
        quotaUnits = limits.quota() >> BlockSize.UNIT_SHIFT;
        stripes = new Stripes(pieces);
        stripeLimit = pool.hotLimitUnits();
    }

    /**
     * The client's name.
     *
     * @return as given to {@link BouncePool#open}.
     */
    public String name()
    {
        return name;
    }

    /**
     * The pool that this is a client of.
     *
     * @return the pool.
     */
    public BouncePool pool()
    {
        return pool;
    }

    /**
     * The limits.
     *
     * @return as given to {@link BouncePool#open}.
     */
    public ClientLimits limits()
    {
        return limits;
    }

    /**
     * Which bus addresses the client's blocks have.
     *
     * @return as given to {@link BouncePool#open}.
     */
    public AddressRules rules()
    {
        return rules;
    }

    /**
     * Take a block wherever there is one.
     *
     * @param length bytes, from 1 to 1 GiB.
     * @return a handle, or the negative code of a {@link Refusal.Reason}.
     * @throws IllegalArgumentException if the length is out of its range.
     * @throws IllegalStateException    if the client is closed.
     */
    public long allocate(final int length)
    {
        return allocate(length, 0, 0);
    }

    /**
     * Take a block at an address of a certain form.
     *
     * @param length    bytes, from 1 to 1 GiB.
     * @param alignMask a power of two less one, below 1 GiB: these low bits of the block's bus address are to equal
     *                  those of {@code low}. Blocks have an alignment of their own (64 bytes if their size is a
     *                  multiple of it), so the lowest six bits of {@code low} do not count.
     * @param low       for example 0, for an aligned block, or the original address, for a device with a
     *                  {@link AddressRules#minAlignMask()}.
     * @return a handle, or the negative code of a {@link Refusal.Reason}.
     * @throws IllegalArgumentException if a number is out of its range.
     * @throws IllegalStateException    if the client is closed.
     */
    public long allocate(final int length, final int alignMask, final long low)
    {
        if (length <= 0 || length > BouncePool.MAX_LENGTH || alignMask < 0 || 0 != (alignMask & alignMask + 1))
        {
            throw new IllegalArgumentException("need 1 to 1073741824 bytes and a power of two less one: length=" +
                length + ", alignMask=" + alignMask + ", pool=" + pool.name());
        }
        final int size = BlockSize.of(length);
        final int units = size >> BlockSize.UNIT_SHIFT;
        final int own = BlockSize.alignment(size) - 1;
        // A hot block has the alignment of its size already; only what is asked for beyond that has to be looked at.
        final int asked = alignMask & ~own;
        final long wanted = low & asked;
        final HotBlocks stripe = stripes.mine();
        final boolean biased = stripe.lock().enter();
        final long block = stripe.pop(units, id, asked, wanted);
        final boolean above = stripe.isAboveWatermark();
        stripe.lock().exit(biased);
        if (0 == block)
        {
            return allocateCold(units, asked | own, wanted, length);
        }
        if (above)
        {
            lookAtHighWater(stripe);
        }
        return block;
    }

    /**
     * Take a block, and wait for space if there is none: first come first served among all who wait for this pool.
     *
     * @param length       as {@link #allocate(int, int, long)}.
     * @param alignMask    as there.
     * @param low          as there.
     * @param timeoutNanos how long to wait at most.
     * @return a handle, or the negative code of the reason of the last refusal. An interrupt ends the wait, too, and
     * stays set.
     */
    public long allocate(final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        final LongSupplier attempt = () -> allocate(length, alignMask, low);
        if (pool.waiters().isEmpty())
        {
            final long block = attempt.getAsLong();
            if (block >= 0 || Refusal.Reason.TOO_LARGE.code() == block)
            {
                return block;
            }
        }
        return pool.waiters().await(attempt, timeoutNanos);
    }

    /**
     * Give a block back.
     *
     * @param block from {@link #allocate}.
     * @throws IllegalStateException if the handle is free, stale or another client's; nothing changes then.
     */
    public void free(final long block)
    {
        if (!tryFree(block, 0, 0, NOTHING_TO_FORGET))
        {
            throw new IllegalStateException(misuse(block));
        }
    }

    /**
     * Give a block back, for one who keeps something about it. One of several threads that try wins.
     *
     * @param block      any value.
     * @param toDevice   bytes, added to {@link ClientStatistics#bytesToDevice()}.
     * @param fromDevice bytes, added to {@link ClientStatistics#bytesFromDevice()}.
     * @param memory     forgets what it knows about the block before anybody else can have it.
     * @return false, and nothing changes, if it is no live handle of this client.
     */
    public boolean tryFree(final long block, final long toDevice, final long fromDevice, final Memory memory)
    {
        if (pool.scrubsOnFree())
        {
            if (!tryRetire(block))
            {
                return false;
            }
            memory.forget();
            recycle(block, toDevice, fromDevice);
            return true;
        }
        if (!isHandle(block))
        {
            return false;
        }
        final int piece = (int)block;
        final int[] words = pieces.words(piece);
        final int at = PieceTable.index(piece);
        final int link = words[at + PieceTable.LINK];
        final HotBlocks stripe = stripes.home(link);
        final boolean biased = stripe.lock().enter();
        if (PieceTable.state(words, at) != PieceTable.state(PieceTable.USED, id, PieceTable.generationOf(block)))
        {
            stripe.lock().exit(biased);
            return false;
        }
        memory.forget();
        keepAndExit(stripe, biased, block, PieceTable.units(link), toDevice, fromDevice);
        return true;
    }

    /**
     * End a handle, but keep its block until {@link #recycle}, for one who has to copy something out of it first. One
     * of several threads that try wins.
     *
     * @param block any value.
     * @return false, and nothing changes, if it is no live handle of this client.
     */
    public boolean tryRetire(final long block)
    {
        if (!isHandle(block))
        {
            return false;
        }
        final int piece = (int)block;
        final HotBlocks stripe = stripes.home(pieces.link(piece));
        final boolean biased = stripe.lock().enter();
        final boolean live = isUsed(piece, block);
        if (live)
        {
            pieces.state(piece, PieceTable.state(PieceTable.RETIRED, id, PieceTable.generationOf(block)));
        }
        stripe.lock().exit(biased);
        return live;
    }

    /**
     * Give the block of a retired handle back.
     *
     * @param block      for which {@link #tryRetire} returned true, once.
     * @param toDevice   bytes, added to {@link ClientStatistics#bytesToDevice()}.
     * @param fromDevice bytes, added to {@link ClientStatistics#bytesFromDevice()}.
     */
    public void recycle(final long block, final long toDevice, final long fromDevice)
    {
        final int piece = (int)block;
        final int link = pieces.link(piece);
        final int units = PieceTable.units(link);
        if (pool.scrubsOnFree())
        {
            pool.view().setMemory(indexOf(block), units << BlockSize.UNIT_SHIFT, (byte)0);
        }
        final HotBlocks stripe = stripes.home(link);
        keepAndExit(stripe, stripe.lock().enter(), block, units, toDevice, fromDevice);
    }

    /**
     * Whether a handle is that of a block which this client has.
     *
     * @param block any value.
     * @return false if it is free, stale, foreign or no handle at all.
     */
    public boolean has(final long block)
    {
        final int piece = (int)block;
        return isHandle(block) && isUsed(piece, block);
    }

    /**
     * Where a block begins in {@link BouncePool#view()}.
     *
     * @param block a live handle.
     * @return the index of its first byte.
     */
    public int indexOf(final long block)
    {
        return pieces.start((int)block) << BlockSize.UNIT_SHIFT;
    }

    /**
     * The name of a block in a descriptor.
     *
     * @param block a live handle.
     * @return the bus address of its first byte.
     */
    public long busAddress(final long block)
    {
        return pieces.arena((int)block).busAddress((int)block);
    }

    /**
     * The bytes that this client uses now.
     *
     * @return bytes, in whole blocks; hot blocks do not count.
     */
    public long usedBytes()
    {
        return stripes.usedUnits() << BlockSize.UNIT_SHIFT;
    }

    /**
     * Tell what a refused request meets, in numbers. Slow: for messages, not for hot paths.
     *
     * @param asked bytes that were asked for.
     * @return the reason for which the pool would refuse it, with the pool's state of now.
     */
    public Refusal explain(final int asked)
    {
        return pool.explain(this, asked);
    }

    /**
     * This client's figures.
     *
     * @return a snapshot; exact when no other thread allocates.
     */
    public ClientStatistics statistics()
    {
        return ClientFigures.of(this);
    }

    /**
     * End the client; a second call does nothing.
     *
     * @throws IllegalStateException if it has blocks still; it stays open then.
     */
    @Override
    public void close()
    {
        if (!closed)
        {
            final long used = usedBytes();
            if (used > 0)
            {
                throw new IllegalStateException(
                    "client has blocks: client=" + name + ", pool=" + pool.name() + ", bytes=" + used);
            }
            closed = true;
            reclaim();
            pool.remove(this);
        }
    }

    @Override
    public String toString()
    {
        return name;
    }

    int id()
    {
        return id;
    }

    AtomicLong charged()
    {
        return charged;
    }

    long reservedUnits()
    {
        return reservedUnits;
    }

    long quotaUnits()
    {
        return quotaUnits;
    }

    long highWaterUnits()
    {
        return highWater.get();
    }

    List<HotBlocks> stripes()
    {
        return stripes.all();
    }

    long heldByClass(final int sizeClass)
    {
        return heldByClass.get(sizeClass);
    }

    long peakByClass(final int sizeClass)
    {
        return peakByClass.get(sizeClass);
    }

    long refusals(final int sizeClass, final int reason)
    {
        return refusals.get(sizeClass * Refusal.Reason.count() + reason);
    }

    /**
     * Give every hot block back to the pool.
     *
     * @return whether there was one.
     */
    boolean reclaim()
    {
        return stripes.drain(giveBack);
    }

    private long allocateCold(final int units, final long alignMask, final long low, final int length)
    {
        if (closed)
        {
            throw new IllegalStateException("client is closed: client=" + name + ", pool=" + pool.name());
        }
        int block = pool.take(this, units, alignMask, low);
        if (block < 0 && pool.reclaim())
        {
            block = pool.take(this, units, alignMask, low);
        }
        final int sizeClass = HotBlocks.sizeClass(units);
        if (block < 0)
        {
            refusals.incrementAndGet(sizeClass * Refusal.Reason.count() - block - 1);
            RefusalEvent.emit(pool.name(), name, length, block);
            return block;
        }
        final long held = heldByClass.addAndGet(sizeClass, units);
        peakByClass.accumulateAndGet(sizeClass, held, Math::max);
        final HotBlocks stripe = stripes.mine();
        final boolean biased = stripe.lock().enter();
        final long handle = stripe.adopt(block, units, id);
        final boolean above = stripe.isAboveWatermark();
        stripe.lock().exit(biased);
        if (above)
        {
            lookAtHighWater(stripe);
        }
        return handle;
    }

    private void keepAndExit(
        final HotBlocks stripe,
        final boolean biased,
        final long block,
        final int units,
        final long toDevice,
        final long fromDevice)
    {
        final int piece = (int)block;
        final int[] words = pieces.words(piece);
        final int at = PieceTable.index(piece);
        int behind = -1;
        stripe.countFree(units, toDevice, fromDevice);
        if (units <= stripeLimit && !pool.isTight())
        {
            if (stripe.cachedUnits() + units > stripeLimit)
            {
                stripe.drain(giveBack);
            }
            behind = stripe.push(piece, units);
        }
        final int status = behind >= 0 ? PieceTable.HOT : PieceTable.RETIRED;
        words[at + PieceTable.LINK] = behind;
        PieceTable.state(words, at, PieceTable.state(status, id, PieceTable.generationOf(block)));
        stripe.lock().exit(biased);
        if (behind < 0)
        {
            giveBack(piece, units);
        }
    }

    private void giveBack(final int piece, final int units)
    {
        heldByClass.addAndGet(HotBlocks.sizeClass(units), -units);
        pool.give(this, piece, units);
    }

    /**
     * Bring the high-water marks up to date, and tell the stripe how far it may go before this is due again. Exact for
     * one client on one thread; a peak that several make together may be missed by what the others took since they
     * looked. An exact one would need a counter that all threads write at each allocation.
     */
    private void lookAtHighWater(final HotBlocks stripe)
    {
        final long used = usedBytes() >> BlockSize.UNIT_SHIFT;
        final long highest = highWater.accumulateAndGet(used, Math::max);
        final long slack = Math.min(highest - used, pool.lookAtHighWater());
        final boolean biased = stripe.lock().enter();
        stripe.watermark(slack);
        stripe.lock().exit(biased);
    }

    private boolean isUsed(final int piece, final long block)
    {
        return pieces.state(piece) == PieceTable.state(PieceTable.USED, id, PieceTable.generationOf(block));
    }

    private boolean isHandle(final long block)
    {
        return block > 0 && PieceTable.generationOf(block) <= PieceTable.GENERATION_MASK &&
            pieces.contains((int)block);
    }

    private String misuse(final long block)
    {
        final int piece = (int)block;
        final String where = ": client=" + name + ", pool=" + pool.name() + ", block=0x" + Long.toHexString(block);
        if (!isHandle(block))
        {
            return "not a block of this pool" + where;
        }
        final int state = pieces.state(piece);
        if (PieceTable.isFree(state) || PieceTable.USED != PieceTable.status(state))
        {
            return "block is free already" + where;
        }
        if (PieceTable.client(state) != id)
        {
            return "block belongs to another client" + where + ", owner=" + pool.clientName(PieceTable.client(state));
        }
        return "block is stale" + where + ", generation=" + PieceTable.generationOf(block) + ", current=" +
            PieceTable.generation(state);
    }

    /**
     * What the user of a block keeps about it.
     */
    @FunctionalInterface
    public interface Memory
    {
        /**
         * The handle has ended and the block is about to be given back. Called with a lock held: short, and without a
         * call into the pool.
         */
        void forget();
    }
}
