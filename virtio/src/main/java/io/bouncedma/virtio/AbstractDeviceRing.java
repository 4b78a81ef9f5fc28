/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.List;

/**
 * The device role without the format: what was taken, in what order it is given back, and what comes again after a
 * restart.
 */
abstract class AbstractDeviceRing extends Ring implements DeviceRing
{
    private static final int[] NO_ENTRIES = {};

    final TakenChains chains;
    /** By entry: what the device got it in; null if it has not got it yet. */
    private final DescriptorChain[] holders;
    /** Null if none is kept. */
    private final InFlightJournal journal;
    /** Entries that another object had taken, to be handed out again before anything new. */
    private int[] again = NO_ENTRIES;
    private int againNext;
    /** Taken, and not handed out as one of its addresses was not known; or {@link #NONE}. */
    private int next = NONE;
    private long faults;
    /** Whether nothing new is taken any more. */
    private boolean isStopping;

    AbstractDeviceRing(final Features negotiated, final RingAreas areas, final InFlightJournal journal)
    {
        super(negotiated, areas);
        this.journal = journal;
        chains = new TakenChains(size());
        holders = new DescriptorChain[size()];
    }

    @Override
    public final int inFlight()
    {
        return chains.inFlight();
    }

    @Override
    public final boolean poll(final DescriptorChain chain)
    {
        requireWorking();
        if (NONE == next)
        {
            next = takeNext();
        }
        if (NONE == next)
        {
            return false;
        }
        fill(chain, next);
        if (chain.isWaiting())
        {
            return false;
        }
        holders[next] = chain;
        next = NONE;
        return true;
    }

    @Override
    public final boolean holds(final long busAddress, final long length)
    {
        for (int entry = 0; entry < holders.length; entry++)
        {
            final DescriptorChain holder = chains.isHeld(entry) ? holders[entry] : null;
            // A device that polls into a chain which it has not given back: nobody knows what it still uses.
            if (null != holder && (0 == length || holder.entry() != entry || holder.overlaps(busAddress, length)))
            {
                return true;
            }
        }
        return false;
    }

    private int takeNext()
    {
        if (againNext < again.length)
        {
            final int entry = again[againNext];
            againNext++;
            return entry;
        }
        final int entry = isStopping ? NONE : take();
        if (NONE != entry)
        {
            chains.begin(entry);
            holders[entry] = null;
            if (null != journal)
            {
                record(entry);
            }
        }
        return entry;
    }

    @Override
    public final void complete(final DescriptorChain chain, final int written)
    {
        requireWorking();
        if (written < 0 || written > chain.writtenMax())
        {
            throw new IllegalArgumentException(
                "can not have written that much: written=" + written + ", writable=" + chain.writtenMax());
        }
        if (chain.isUnanswered())
        {
            throw new IllegalStateException("chain is given back without an answer: entry=" + chain.entry());
        }
        if (!chains.give(chain.entry(), written))
        {
            throw new IllegalStateException("chain was given back already: entry=" + chain.entry());
        }
        chain.reportWritten();
        int entry = isInOrder() ? chains.nextInOrder() : chain.entry();
        while (entry >= 0)
        {
            if (null != journal)
            {
                journal.used(entry);
            }
            putUsed(entry, chains.written(entry));
            chains.end(entry);
            entry = isInOrder() ? chains.nextInOrder() : NONE;
        }
    }

    @Override
    public final boolean enableKicks()
    {
        requireWorking();
        final boolean isEmpty = armEvent();
        areas().reportWritten();
        // What comes again is not in the ring any more, so no kick tells of it; of an address nobody kicks either, but
        // whoever knows it says so in another way.
        return isEmpty && (againNext == again.length || NONE != next);
    }

    @Override
    public final void disableKicks()
    {
        if (isWorking())
        {
            disarmEvent();
            areas().reportWritten();
        }
    }

    @Override
    public final RingStatistics statistics()
    {
        final long ended = chains.ended();
        return statistics(RingStatistics.Role.DEVICE, ended, chains.begun(), 0, 0, faults);
    }

    @Override
    public final void stopTaking()
    {
        isStopping = true;
    }

    @Override
    public final RingSnapshot rewound()
    {
        requirePublished();
        return isRewindable() ? at(used()) : null;
    }

    @Override
    public final RingSnapshot settle()
    {
        if (isUnpublished())
        {
            showCompleted();
        }
        return at(isRewindable() ? used() : available());
    }

    private boolean isRewindable()
    {
        return 0 == chains.waiting() && isStillAvailable(chains.taken());
    }

    private RingSnapshot at(final int position)
    {
        return new RingSnapshot(areas().format(), size(), position, position, List.of());
    }

    @Override
    public final RingSnapshot snapshot()
    {
        requirePublished();
        final List<RingSnapshot.Chain> taken = new ArrayList<>();
        for (final int entry : chains.taken())
        {
            taken.add(snapshotOf(entry));
        }
        return new RingSnapshot(areas().format(), size(), available(), used(), taken);
    }

    private void requirePublished()
    {
        requireWorking();
        if (isUnpublished())
        {
            throw new IllegalStateException("publish first: used=" + used());
        }
    }

    @Override
    public final boolean publish()
    {
        requireWorking();
        if (!isUnpublished())
        {
            return publishedNothing();
        }
        showCompleted();
        // 2.7.7.2, 2.8.10: what is used before the look at the driver's wish.
        OrderedMemory.fullFence();
        return published(isInterruptWanted());
    }

    private void showCompleted()
    {
        if (null == journal)
        {
            show();
        }
        else
        {
            journal.publishing();
            show();
            journal.published();
        }
        chains.show();
        areas().reportWritten();
    }

    /** Hand these out again, in this order; they are checked. */
    final void resume(final int[] entries)
    {
        for (final int entry : entries)
        {
            chains.begin(entry);
        }
        again = entries;
    }

    private void fill(final DescriptorChain chain, final int entry)
    {
        chain.begin(areas().buffers(), entry, size());
        walk(chain, entry);
        final String reason = chain.unanswerable();
        if (null != chain.fault() || null != reason)
        {
            faults++;
        }
        if (null != reason)
        {
            throw broken(reason);
        }
    }

    /**
     * Take the next available chain out of the ring.
     *
     * @return its entry, which is not in use, or {@link #NONE}.
     */
    abstract int take();

    /** Fill a chain with the elements of an entry. */
    abstract void walk(DescriptorChain chain, int entry);

    /** Write the used entry of a chain, not yet to be seen. */
    abstract void putUsed(int entry, int written);

    /**
     * Ask to be notified of the next available chain.
     *
     * @return false if there is one already.
     */
    abstract boolean armEvent();

    /** Ask for no notifications. */
    abstract void disarmEvent();

    abstract boolean isUnpublished();

    /** Let the driver see the used entries. */
    abstract void show();

    /** Whether the driver wants to be told of what was shown last. */
    abstract boolean isInterruptWanted();

    /** Write what was taken into the journal. There is one. */
    abstract void record(int entry);

    abstract int available();

    abstract int used();

    abstract RingSnapshot.Chain snapshotOf(int entry);

    /** Whether the ring has just these chains, in this order, from the used position on to the available one. */
    abstract boolean isStillAvailable(List<Integer> entries);
}
