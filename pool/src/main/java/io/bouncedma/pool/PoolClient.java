/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Objects;

/**
 * One device's access to one pool: its limits, the blocks that it has, and those that it freed last and gets back
 * first.
 * <p>
 * Thread-safe; a block may be freed by another thread than took it. A hot allocation or free takes no atomic
 * instruction, see {@link StripeLock}; a block that another thread frees takes one from then on, and so does the free
 * of a virtual thread.
 */
public final class PoolClient implements AutoCloseable
{
    private final BouncePool pool;
    private final PoolCore core;
    private final PoolLedger ledger;
    private final AddressRules rules;
    private final PoolMember member;
    private final boolean scrubOnFree;
    private final ClientBlocks blocks;
    private final BounceBlocks bounce;

    PoolClient(
        final BouncePool pool,
        final PoolCore core,
        final String name,
        final ClientLimits limits,
        final AddressRules rules)
    {
        this.pool = pool;
        this.core = core;
        this.rules = rules;
        ledger = core.ledger();
        scrubOnFree = pool.scrubsOnFree();
        member = new PoolMember(core, name, limits, rules);
        blocks = member.blocks();
        bounce = new BounceBlocks(this, core, blocks);
    }

    /**
     * The client's name.
     *
     * @return as given to {@link BouncePool#open}.
     */
    public String name()
    {
        return member.name();
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
        return member.limits();
    }

    /**
     * What all handles of this client have from their bit 46 on, and those of no other open client or device of the
     * process.
     *
     * @return 1 to 131,071.
     */
    public int number()
    {
        return member.number();
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
     * The client's blocks as who bounces buffers through them wants them.
     *
     * @return always the same.
     */
    public BounceBlocks bounce()
    {
        return bounce;
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
        final long result = blocks.take(length, alignMask, low);
        return result < 0 ? member.count(length, result) : result;
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
        return member.count(length, core.waiters().allocate(member, length, alignMask, low, timeoutNanos));
    }

    /**
     * Get a place in the line of those who wait for this pool, for who waits for others, too.
     *
     * @param wake called by whoever gives something back, who may have locks then. It must only set a mark, unpark a
     *             thread or start one, and throw nothing.
     * @return a place that is not in line yet.
     */
    public SpaceTicket ticket(final Runnable wake)
    {
        return new SpaceTicket(core.waiters(), member, wake);
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
            throw new IllegalStateException(member.misuse(block));
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
            final boolean isLive = tryRetire(block);
            if (isLive)
            {
                recycle(block, toDevice, fromDevice);
            }
            return isLive;
        }
        final boolean ended = blocks.end(block, true, toDevice, fromDevice);
        if (ended && 0 == ledger.hotUnits())
        {
            // After the locks are let go: to wake a thread is a system call.
            core.signalWaiters();
        }
        return ended;
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
        return blocks.end(block, false, 0, 0);
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
        // An abandoned pool's memory is not ours any more, and may be unmapped.
        if (scrubOnFree && !pool.isClosed())
        {
            clear(block, 0, size(block));
        }
        blocks.recycle(block, toDevice, fromDevice);
        if (0 == ledger.hotUnits())
        {
            core.signalWaiters();
        }
    }

    /**
     * Whether a handle is that of a block which this client has.
     *
     * @param block any value.
     * @return false if it is free, stale, foreign or no handle at all.
     */
    public boolean has(final long block)
    {
        return blocks.has(block);
    }

    /**
     * How long a block is.
     *
     * @param block a live handle, or a retired one.
     * @return bytes: {@link BlockSize#of(int)} of the length asked for.
     */
    public int size(final long block)
    {
        return blocks.size(BlockHandle.number(block));
    }

    /**
     * Where a block begins in its pool.
     *
     * @param block a live handle, or a retired one.
     * @return its first byte's place, counted from the pool's first byte.
     */
    public long offsetOf(final long block)
    {
        final int number = BlockHandle.number(block);
        return blocks.arena(number).offset() + blocks.start(number);
    }

    /**
     * Where a block begins in {@link BouncePool#view()}.
     *
     * @param block a live handle, or a retired one.
     * @return the index of its first byte.
     * @throws ArithmeticException if the pool is longer than the view, and the block is behind it.
     */
    public int indexOf(final long block)
    {
        return Math.toIntExact(offsetOf(block));
    }

    /**
     * Where a block begins in this process, for copies by address.
     *
     * @param block a live handle, or a retired one.
     * @return the address of its first byte, which is mapped until the pool is closed.
     */
    public long address(final long block)
    {
        final int number = BlockHandle.number(block);
        return blocks.arena(number).address() + blocks.start(number);
    }

    /**
     * The name of a block in a descriptor.
     *
     * @param block a live handle, or a retired one.
     * @return the bus address of its first byte.
     */
    public long busAddress(final long block)
    {
        final int number = BlockHandle.number(block);
        return blocks.arena(number).bus() + blocks.start(number);
    }

    /**
     * Zero a part of a block.
     *
     * @param block  a live handle, or a retired one.
     * @param offset of the part's first byte in the block.
     * @param length bytes, not below zero.
     * @throws IndexOutOfBoundsException if the block has no such part.
     */
    public void clear(final long block, final int offset, final int length)
    {
        Objects.checkFromIndexSize(offset, length, size(block));
        Zeros.copyTo(address(block) + offset, length);
    }

    /**
     * The bytes that this client uses now.
     *
     * @return bytes, in whole blocks; hot blocks do not count.
     */
    public long usedBytes()
    {
        return member.usedBytes();
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
        return blocks.reasons().explain(member.name(), asked, alignMask, low);
    }

    /**
     * This client's figures.
     *
     * @return a snapshot; exact when no other thread allocates. Takes no lock.
     */
    public ClientStatistics statistics()
    {
        return member.statistics();
    }

    /**
     * End the client; a second call does nothing, and neither does one after its pool was closed.
     *
     * @throws IllegalStateException if it has blocks still; it stays open then, and nobody notices that this was
     *                               tried.
     */
    @Override
    public void close()
    {
        member.close();
    }

    @Override
    public String toString()
    {
        return member.name();
    }

    PoolMember member()
    {
        return member;
    }
}
