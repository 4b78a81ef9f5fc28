/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What a pool and its clients share: the free runs and the lock over them, who has how much, who waits.
 */
final class PoolCore
{
    private final String name;
    private final PoolLock lock;
    private final ArenaSet arenas;
    private final PoolLedger ledger = new PoolLedger();
    private final Notes notes = new Notes();
    private final SpaceQueue waiters = new SpaceQueue(
        this::settle, some -> locked(() -> ledger.waiting(some)));
    private final CopyOnWriteArrayList<PoolMember> members = new CopyOnWriteArrayList<>();
    /** Of clients that are closed. */
    private final AtomicLong highWater = new AtomicLong();
    private final Object takingBack = new Object();
    private final Sweep sweep = new Sweep();
    private volatile boolean closed;

    PoolCore(final String name, final PoolLock lock, final ArenaSet arenas)
    {
        this.name = name;
        this.lock = lock;
        this.arenas = arenas;
    }

    String name()
    {
        return name;
    }

    ArenaSet arenas()
    {
        return arenas;
    }

    PoolLedger ledger()
    {
        return ledger;
    }

    PoolLock lock()
    {
        return lock;
    }

    Notes notes()
    {
        return notes;
    }

    SpaceQueue waiters()
    {
        return waiters;
    }

    List<PoolMember> members()
    {
        return members;
    }

    List<Account> accounts()
    {
        return members.stream().map(PoolMember::account).toList();
    }

    boolean isClosed()
    {
        return closed;
    }

    /**
     * Let nothing of some stripes be hot, and then try to charge nobody any more.
     *
     * @param stripes of those who are not to be charged.
     * @param attempt with the lock; says whether it could.
     * @return what the attempt said. If it could not, nobody notices that this was tried.
     */
    boolean drainAnd(final List<Stripe> stripes, final Supplier<Boolean> attempt)
    {
        locked(ledger::beginDrain);
        try
        {
            // From here on nothing becomes hot, so that all that is charged after this is in somebody's hands.
            takeBack(stripes);
            return locked(attempt);
        }
        finally
        {
            locked(ledger::endDrain);
        }
    }

    /**
     * Let nothing of the pool be handed out any more, whatever is held and however its free runs are.
     */
    void abandon()
    {
        locked(() -> ledger.closeAll(true));
        synchronized (takingBack)
        {
            TakeBack.abandon(stripes());
        }
    }

    void close()
    {
        closed = true;
        members.forEach(PoolMember::end);
        waiters.signalAll();
    }

    /** Forget a client whose peak counts still. */
    void remove(final PoolMember member)
    {
        highWater.accumulateAndGet(highWaterUnits(), Math::max);
        members.remove(member);
        waiters.signalAll();
    }

    /** Something was given back. */
    void signalWaiters()
    {
        if (!waiters.isEmpty())
        {
            waiters.signal();
        }
    }

    /**
     * Let every hot block join the free runs.
     */
    void reclaim()
    {
        beginDrain();
        endDrain();
    }

    /** Let nothing be hot anywhere until {@link #endDrain()}. */
    void beginDrain()
    {
        boolean begun = false;
        locked(ledger::beginDrain);
        try
        {
            settle();
            begun = true;
        }
        finally
        {
            if (!begun)
            {
                endDrain();
            }
        }
    }

    /** The caller may have a block in its hands that an error would lose: this needs no memory. */
    void endDrain()
    {
        lock.lock();
        try
        {
            ledger.endDrain();
        }
        finally
        {
            lock.unlock();
        }
    }

    /** Let nothing be hot anywhere, as the ledger lets nothing become so. Does nothing if that was done since. */
    void settle()
    {
        if (0 != ledger.settled())
        {
            return;
        }
        final int episode = locked(ledger::episode);
        takeBack(stripes());
        locked(() -> ledger.settle(episode));
    }

    /**
     * Let some hot blocks join the free runs, if the pool is tight and not all were taken back since it is.
     */
    void sweep()
    {
        if (locked(ledger::isSwept))
        {
            return;
        }
        final int blocks = sweep.step(members);
        if (blocks < 0)
        {
            locked(ledger::sweptAll);
        }
        else if (blocks > 0)
        {
            signalWaiters();
        }
    }

    /** Every client's stripes. */
    List<Stripe> stripes()
    {
        return members.stream().flatMap(member -> member.stripes().all().stream()).toList();
    }

    private void takeBack(final List<Stripe> stripes)
    {
        final int blocks;
        synchronized (takingBack)
        {
            blocks = TakeBack.all(stripes);
        }
        if (blocks > 0)
        {
            signalWaiters();
        }
    }

    /** Of all parts; of those that are being retired only what is held still. */
    long length()
    {
        return locked(arenas::units) << BlockSize.UNIT_SHIFT;
    }

    long unreservedBytes()
    {
        return locked(ledger::unreservedUnits) << BlockSize.UNIT_SHIFT;
    }

    /** Charge what a new client reserves, and let it be charged. */
    boolean reserve(final PoolMember member)
    {
        return locked(() ->
        {
            member.account().reach(arenas.slots());
            return ledger.open(member.account());
        });
    }

    PoolStatistics statistics()
    {
        final List<ClientStatistics> figures = members.stream().map(PoolMember::statistics).toList();
        final long used = figures.stream().mapToLong(ClientStatistics::used).sum();
        final long hot = figures.stream().mapToLong(ClientStatistics::hot).sum();
        // They are of as many moments as there are clients and arenas.
        final long length = Math.max(length(), used + hot);
        final long largest = locked(() -> (long)arenas.largestRun() << BlockSize.UNIT_SHIFT);
        return new PoolStatistics(name, length, used, hot, highWaterUnits() << BlockSize.UNIT_SHIFT,
            Math.min(length - used - hot, largest), metadataBytes(), figures);
    }

    private long metadataBytes()
    {
        return locked(arenas::metadataBytes) + notes.bytes() +
            members.stream().mapToLong(member -> member.stripes().bytes()).sum();
    }

    long usedBytes()
    {
        long bytes = 0;
        for (final PoolMember member : members)
        {
            bytes += member.usedBytes();
        }
        return bytes;
    }

    long highWaterUnits()
    {
        long units = 0;
        for (final PoolMember member : members)
        {
            units += member.peakUnits();
        }
        return Math.max(highWater.get(), Math.min(units, ledger.peak()));
    }

    List<Refusal.Holder> holders()
    {
        return members.stream()
            .map(member -> new Refusal.Holder(member.name(), member.usedBytes()))
            .filter(holder -> holder.bytes() > 0)
            .sorted(Comparator.comparingLong(Refusal.Holder::bytes).reversed())
            .toList();
    }

    /** What to throw at a client that is closed, by itself or with the pool. */
    IllegalStateException closed(final String client)
    {
        return new IllegalStateException(closed ? "pool is closed: name=" + name :
            "client is closed: client=" + client + ", pool=" + name);
    }

    /**
     * The name of the client whose handle a number could be.
     *
     * @return null if nobody's.
     */
    String ownerOf(final long block)
    {
        for (final PoolMember member : members)
        {
            if (member.isOwn(block))
            {
                return member.name();
            }
        }
        return null;
    }

    /** Do something with the pool's lock; not for hot paths. */
    void locked(final Runnable action)
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

    /** Find something out with the pool's lock; not for hot paths. */
    <T> T locked(final Supplier<T> question)
    {
        lock.lock();
        try
        {
            return question.get();
        }
        finally
        {
            lock.unlock();
        }
    }
}
