/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * One device's access to one pool: its limits, the blocks that it has, and those that it freed last and gets back
 * first.
 * <p>
 * Thread-safe; a block may be freed by another thread than took it. A hot allocation or free takes no atomic
 * instruction, see {@link StripeLock}, unless one thread frees what another took: then it takes one.
 *
 * @param <B> the user's kind of block.
 */
public final class PoolClient<B extends Block> implements AutoCloseable
{
    private final BouncePool pool;
    private final PoolLedger ledger;
    private final ArenaSet arenas;
    private final String name;
    private final ClientLimits limits;
    private final AddressRules rules;
    private final long tag = BlockHandle.takeTag(this);
    private final PoolLedger.Account account;
    private final boolean scrubOnFree;
    private final BlockTable<B> blocks;
    private final Stripes stripes;
    private final AtomicLong highWater = new AtomicLong();
    private final ClassCounts counts = new ClassCounts();
    private final HotBlocks.Keeper giveBack = this::giveBack;
    private volatile boolean closed;

    PoolClient(
        final BouncePool pool,
        final String name,
        final ClientLimits limits,
        final AddressRules rules,
        final Supplier<? extends B> factory)
    {
        this.pool = pool;
        ledger = pool.ledger();
        arenas = pool.arenas();
        this.name = name;
        this.limits = limits;
        this.rules = rules;
        account = new PoolLedger.Account(limits);
        scrubOnFree = pool.scrubsOnFree();
        blocks = new BlockTable<>(factory);
        stripes = new Stripes(blocks);
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
     * What all handles of this client have above {@link HandleTags#SHIFT}, and those of no other open client or device
     * of the process.
     *
     * @return 1 to {@link HandleTags#MAXIMUM}.
     */
    public int number()
    {
        return BlockHandle.client(tag);
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
     * @param alignMask a power of two less one: these low bits of the block's bus address are to equal those of
     *                  {@code low}. Blocks are aligned to the largest power of two in their size, from 8 to 64 bytes;
     *                  the bits of {@code low} below that do not count: three for blocks of 72 bytes, six for 64.
     * @param low       for example 0, for an aligned block, or the original address, for a device with a
     *                  {@link AddressRules#minAlignMask()}.
     * @return a handle, or the negative code of a {@link Refusal.Reason}.
     * @throws IllegalArgumentException if a number is out of its range.
     * @throws IllegalStateException    if the client is closed.
     */
    public long allocate(final int length, final int alignMask, final long low)
    {
        final B hot = allocateHot(length, alignMask, low);
        return null != hot ? handle(hot) : counts.count(this, length, cut(length, alignMask, low));
    }

    /**
     * Take a block that was freed a moment ago, for one who wants the object and needs no look-up then.
     *
     * @param length    as {@link #allocate(int, int, long)}.
     * @param alignMask as there.
     * @param low       as there.
     * @return the block, or null if there is none such: {@link #allocate(int, int, long)} may have one still.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public B allocateHot(final int length, final int alignMask, final long low)
    {
        if (length <= 0 || length > BouncePool.MAX_LENGTH || alignMask < 0 || 0 != (alignMask & alignMask + 1))
        {
            throw new IllegalArgumentException("need 1 to 1073741824 bytes and a power of two less one: length=" +
                length + ", alignMask=" + alignMask + ", pool=" + pool.name());
        }
        final int size = BlockSize.of(length);
        // A hot block has the alignment of its size already; only what is asked for beyond that has to be looked at.
        final int asked = alignMask & -BlockSize.alignment(size);
        final HotBlocks stripe = stripes.mine();
        final Block block = stripe.take(size >> BlockSize.UNIT_SHIFT, asked, low & asked);
        if (stripe.isAboveWatermark())
        {
            lookAtHighWater(stripe, block);
        }
        return blocks.own(block);
    }

    /**
     * The handle of a block that was handed out.
     *
     * @param block a live one of this client.
     * @return as {@link #allocate(int, int, long)} returns.
     */
    public long handle(final B block)
    {
        return BlockHandle.of(tag, block.link, block.uses);
    }

    /**
     * Take a block, and wait for space if there is none: first come first served among all who wait for this pool,
     * but for those whose own {@linkplain ClientLimits#quota() quota} is used up: they hold up nobody else's requests.
     * A request that fails counts as one refusal, however often it was tried.
     *
     * @param length       as {@link #allocate(int, int, long)}.
     * @param alignMask    as there.
     * @param low          as there.
     * @param timeoutNanos how long to wait at most.
     * @return a handle, or the negative code of the reason for which it was refused when its time was over, and at once
     * if that {@linkplain Refusal.Reason#isForGood() is for good}. An interrupt ends the wait, too, and stays set.
     */
    public long allocate(final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        return counts.count(this, length, pool.waiters().allocate(this, length, alignMask, low, timeoutNanos));
    }

    /**
     * Give a block back.
     *
     * @param block from {@link #allocate}.
     * @throws IllegalStateException if the handle is free, stale or another client's; nothing changes then.
     */
    public void free(final long block)
    {
        if (!tryFree(block, 0, 0))
        {
            throw new IllegalStateException(BlockHandle.misuse(block, this));
        }
    }

    /**
     * Give a block back and count what was bounced through it. One of several threads that try wins.
     *
     * @param block      any value.
     * @param toDevice   bytes, added to {@link ClientStatistics#bytesToDevice()}.
     * @param fromDevice bytes, added to {@link ClientStatistics#bytesFromDevice()}.
     * @return false, and nothing changes, if it is no live handle of this client.
     */
    public boolean tryFree(final long block, final long toDevice, final long fromDevice)
    {
        if (scrubOnFree)
        {
            if (!tryRetire(block))
            {
                return false;
            }
            recycle(block, toDevice, fromDevice);
            return true;
        }
        final B object = objectOf(block);
        if (null == object)
        {
            return false;
        }
        return end(HotBlocks.FREE, block, object, toDevice, fromDevice);
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
        final B object = objectOf(block);
        if (null == object)
        {
            return false;
        }
        return stripes.home(object).end(HotBlocks.RETIRE, block, object, 0, 0, ledger, giveBack);
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
        final B object = blocks.get(BlockHandle.number(block));
        if (scrubOnFree)
        {
            pool.clear(object.index(), object.size());
        }
        end(HotBlocks.RECYCLE, block, object, toDevice, fromDevice);
    }

    /**
     * Whether a handle is one of this client, live or not.
     *
     * @param block any value.
     * @return false if another client's or none at all.
     */
    public boolean isOwn(final long block)
    {
        return BlockHandle.hasTag(block, tag);
    }

    /**
     * Whether a handle is that of a block which this client has.
     *
     * @param block any value.
     * @return false if it is free, stale, foreign or no handle at all.
     */
    public boolean has(final long block)
    {
        final B object = objectOf(block);
        return null != object && BlockHandle.isLive(block, object);
    }

    /**
     * What is behind a handle. For a handle that is not live it may be what has taken the block's place since: only
     * {@link #tryFree} and {@link #tryRetire} decide.
     *
     * @param block any value.
     * @return null if it is no handle of this client.
     */
    public B find(final long block)
    {
        return objectOf(block);
    }

    /**
     * Where a block begins in {@link BouncePool#view()}.
     *
     * @param block a live handle.
     * @return the index of its first byte.
     */
    public int indexOf(final long block)
    {
        return blocks.get(BlockHandle.number(block)).index();
    }

    /**
     * The name of a block in a descriptor.
     *
     * @param block a live handle.
     * @return the bus address of its first byte.
     */
    public long busAddress(final long block)
    {
        return busAddress(blocks.get(BlockHandle.number(block)));
    }

    /**
     * The name of a block in a descriptor.
     *
     * @param block a live one of this client.
     * @return the bus address of its first byte.
     */
    public long busAddress(final Block block)
    {
        return arenas.busAddress(block);
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
        return explain(asked, 0, 0);
    }

    /**
     * Tell what a refused request for a certain address meets.
     *
     * @param asked     bytes that were asked for.
     * @param alignMask as {@link #allocate(int, int, long)}.
     * @param low       as there.
     * @return as {@link #explain(int)}.
     */
    public Refusal explain(final int asked, final int alignMask, final long low)
    {
        return pool.explain(this, asked, alignMask, low);
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
     * End the client; a second call does nothing, and neither does one after its pool was closed.
     *
     * @throws IllegalStateException if it has blocks still; it stays open then, and nobody notices that this was
     *                               tried.
     */
    @Override
    public synchronized void close()
    {
        if (closed)
        {
            return;
        }
        ledger.beginDrain();
        try
        {
            // From here on nothing becomes hot, so that all that is charged after this is in somebody's hands.
            stripes.drainAll(giveBack);
            if (!ledger.close(account))
            {
                throw new IllegalStateException("client has blocks: client=" + name + ", pool=" + pool.name() +
                    ", bytes=" + (ledger.heldBy(account) << BlockSize.UNIT_SHIFT));
            }
        }
        finally
        {
            ledger.endDrain();
        }
        end();
        pool.remove(this);
    }

    @Override
    public String toString()
    {
        return name;
    }

    PoolLedger.Account account()
    {
        return account;
    }

    long quotaUnits()
    {
        return account.quotaUnits();
    }

    long highWaterUnits()
    {
        return highWater.get();
    }

    List<HotBlocks> stripes()
    {
        return stripes.all();
    }

    /** Of the blocks alone; a stripe takes some 2 KiB more for each thread. */
    long metadataBytes()
    {
        return blocks.bytes();
    }

    /** The ledger charges it no more: let its number go. */
    synchronized void end()
    {
        closed = true;
        BlockHandle.releaseTag(this, tag);
    }

    ClassCounts counts()
    {
        return counts;
    }

    /**
     * As {@link #allocate(int, int, long)}, but a refusal is not counted.
     */
    long attempt(final int length, final int alignMask, final long low)
    {
        final B hot = allocateHot(length, alignMask, low);
        return null != hot ? handle(hot) : cut(length, alignMask, low);
    }

    /**
     * Give every hot block back to the pool.
     */
    void reclaim()
    {
        if (stripes.drain(giveBack))
        {
            pool.signalWaiters();
        }
    }

    /**
     * Give every hot block back, whatever happens at the same time. The ledger lets nothing become hot meanwhile.
     */
    void drainAll()
    {
        stripes.drainAll(giveBack);
    }

    /**
     * Cut a block out of the free runs.
     *
     * @return its handle, or the negative code of a reason, which is not counted yet.
     */
    private long cut(final int length, final int alignMask, final long low)
    {
        if (closed)
        {
            throw pool.closed(this);
        }
        final int units = BlockSize.of(length) >> BlockSize.UNIT_SHIFT;
        final int mask = BlockSize.mask(length, alignMask);
        final long wanted = BlockSize.low(length, alignMask, low);
        int piece = arenas.take(this, units, mask, wanted);
        if (piece <= 0)
        {
            // Even if nothing is hot any more: another thread that was refused may have given it back just now.
            pool.reclaim();
            piece = arenas.take(this, units, mask, wanted);
        }
        if (PoolLedger.CLOSED == piece)
        {
            throw pool.closed(this);
        }
        return PieceTable.NIL == piece ? pool.reason(this, units, mask, wanted) :
            piece < 0 ? piece : hand(piece, units);
    }

    /**
     * Make a piece that was taken a block in somebody's hands.
     */
    private long hand(final int piece, final int units)
    {
        boolean handed = false;
        B block = null;
        try
        {
            block = blocks.take();
            final HotBlocks stripe = stripes.mine();
            stripe.hand(block, piece, arenas.pieces().start(piece), units);
            handed = true;
            counts.take(units);
            if (stripe.isAboveWatermark())
            {
                lookAtHighWater(stripe, block);
            }
            return handle(block);
        }
        finally
        {
            if (!handed)
            {
                // The user's factory has thrown, or there was no memory.
                arenas.give(this, piece);
                blocks.give(block);
            }
        }
    }

    private boolean end(
        final int step, final long handle, final Block block, final long toDevice, final long fromDevice)
    {
        final boolean well =
            stripes.home(block).end(step, handle, block, toDevice, fromDevice, ledger, giveBack);
        if (0 == ledger.hotUnits())
        {
            // After the lock is let go: to wake a thread is a system call.
            pool.signalWaiters();
        }
        return well;
    }

    private void giveBack(final Block block)
    {
        counts.give(block.units());
        arenas.give(this, block.piece);
        blocks.give(block);
    }

    /**
     * Bring the high-water marks up to date, and tell the stripe how far it may go before this is due again. Exact for
     * one client on one thread; a peak that several make together may be missed by what the others took since they
     * looked. An exact one would need a counter that all threads write at each allocation.
     */
    private void lookAtHighWater(final HotBlocks stripe, final Block block)
    {
        boolean looked = false;
        try
        {
            final long used = usedBytes() >> BlockSize.UNIT_SHIFT;
            final long highest = highWater.accumulateAndGet(used, Math::max);
            final long slack = Math.min(highest - used, pool.lookAtHighWater());
            stripe.lower(slack);
            looked = true;
        }
        finally
        {
            if (!looked && null != block)
            {
                // Its handle was not told to anybody yet.
                end(HotBlocks.RECYCLE, 0, block, 0, 0);
            }
        }
    }

    private B objectOf(final long block)
    {
        return BlockHandle.hasTag(block, tag) ? blocks.get(BlockHandle.number(block)) : null;
    }
}
