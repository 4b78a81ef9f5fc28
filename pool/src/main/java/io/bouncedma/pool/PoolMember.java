/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * A client as its pool sees it: what it holds, what it was refused, how it waits and how it ends. What is hot of it is
 * in {@link ClientBlocks}.
 */
final class PoolMember implements Requester
{
    private final PoolCore pool;
    private final String name;
    private final ClientLimits limits;
    private final long tag = BlockHandle.takeTag(this);
    private final Account account;
    private final ClientBlocks blocks;
    private final ClientFigures figures;
    private volatile boolean closed;

    PoolMember(final PoolCore pool, final String name, final ClientLimits limits, final AddressRules rules)
    {
        this.pool = pool;
        this.name = name;
        this.limits = limits;
        account = new Account(limits);
        blocks = new ClientBlocks(pool, name, rules, tag, account);
        figures = new ClientFigures(pool.name(), name);
    }

    String name()
    {
        return name;
    }

    ClientLimits limits()
    {
        return limits;
    }

    /** What its handles have in front. */
    int number()
    {
        return BlockHandle.client(tag);
    }

    Account account()
    {
        return account;
    }

    ClientBlocks blocks()
    {
        return blocks;
    }

    Stripes stripes()
    {
        return blocks.stripes();
    }

    /** Count and record a refusal, if it is one. */
    long count(final int length, final long result)
    {
        return figures.count(length, result);
    }

    /** In whole blocks; hot ones do not count. */
    long usedBytes()
    {
        return blocks.stripes().usedUnits() << BlockSize.UNIT_SHIFT;
    }

    /** The most units that were used at one time, or what was out of the free runs then. */
    long peakUnits()
    {
        return Math.min(blocks.stripes().peakUnits(), account.peak());
    }

    ClientStatistics statistics()
    {
        return figures.of(blocks.stripes().all(), account, peakUnits(), limits);
    }

    /** Whether a handle is one of this client, live or not. */
    boolean isOwn(final long handle)
    {
        return BlockHandle.hasTag(handle, tag);
    }

    /** What is wrong with a handle that is not live. */
    String misuse(final long handle)
    {
        final String where = ": client=" + name + ", pool=" + pool.name() + ", block=0x" + Long.toHexString(handle);
        final String owner = pool.ownerOf(handle);
        if (null != owner && !isOwn(handle))
        {
            return "block belongs to another client" + where + ", owner=" + owner;
        }
        return BlockHandle.misuse(handle, blocks.useOf(handle)) + where;
    }

    /**
     * End it; a second call does nothing, and neither does one after the pool was closed.
     *
     * @throws IllegalStateException if it has blocks still; nothing changes then.
     */
    synchronized void close()
    {
        if (closed)
        {
            return;
        }
        if (!pool.drainAnd(blocks.stripes().all(), () -> pool.ledger().close(account)))
        {
            throw new IllegalStateException("client has blocks: client=" + name + ", pool=" + pool.name() +
                ", bytes=" + (account.held() << BlockSize.UNIT_SHIFT));
        }
        end();
        pool.remove(this);
    }

    /** The ledger charges it no more: let its number go. */
    synchronized void end()
    {
        closed = true;
        blocks.stripes().end();
        BlockHandle.releaseTag(this, tag);
    }

    @Override
    public long attempt(final int length, final int alignMask, final long low)
    {
        return blocks.take(length, alignMask, low);
    }

    @Override
    public boolean couldServe(final int length, final int alignMask, final long low)
    {
        final boolean could = blocks.reasons().couldServe(BlockSize.of(length) >> BlockSize.UNIT_SHIFT,
            BlockSize.mask(length, alignMask), BlockSize.low(length, alignMask, low));
        if (!could && closed)
        {
            throw pool.closed(name);
        }
        return could;
    }

    @Override
    public boolean isClosed()
    {
        return closed;
    }
}
