/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The driver role without the format: what is outstanding, in what order it comes back, and how much of what the device
 * says is believed.
 */
abstract class AbstractDriverRing extends Ring implements DriverRing
{
    /** Tables for chains of several elements, or null. */
    final IndirectTables tables;
    final OutstandingChains chains;
    private int free;
    private int usedId = NONE;
    private int usedLength;
    private boolean isInBatch;
    private long token;
    private int written;
    private long overclaims;

    AbstractDriverRing(final Features negotiated, final RingAreas areas, final IndirectTables tables)
    {
        super(negotiated, areas);
        this.tables = tables;
        chains = new OutstandingChains(size());
        free = size();
    }

    @Override
    public final int freeDescriptors()
    {
        return free;
    }

    @Override
    public final boolean hasRoom(final int elements)
    {
        return slotsFor(elements) <= free;
    }

    @Override
    public final int inFlight()
    {
        return chains.inFlight();
    }

    @Override
    public final int add(
        final long[] addresses, final int[] lengths, final int readable, final int writable, final long tokenOfChain)
    {
        requireWorking();
        final int bytes = writableBytes(lengths, readable, writable);
        final int count = readable + writable;
        final int slots = slotsFor(count);
        if (slots > free)
        {
            return FULL;
        }
        final int id = nextId();
        if (slots < count)
        {
            put(id, tables.fill(id, addresses, lengths, readable, writable), count * SplitRingLayout.DESC_LENGTH);
        }
        else
        {
            put(id, addresses, lengths, readable, count);
        }
        free -= slots;
        chains.begin(id, slots, bytes, tokenOfChain);
        return id;
    }

    @Override
    public final boolean poll()
    {
        requireWorking();
        if (!isInBatch)
        {
            final int ready = findUsed();
            if (0 == ready)
            {
                return false;
            }
            // What is not published yet comes back too early: it would be made available when it is another's.
            if (!chains.isShown(usedId))
            {
                throw broken("device used a chain that it does not have: id=" + Integer.toUnsignedString(usedId) +
                    ", size=" + size());
            }
            if (isInOrder() && chains.countUpTo(usedId) > ready)
            {
                throw broken("device used chains out of order: id=" + usedId + ", oldest=" + chains.oldest() +
                    ", used=" + ready);
            }
        }
        // 2.7.9, 2.8.8: in order, one entry stands for all chains up to that which it names.
        final int id = isInOrder() ? chains.oldest() : usedId;
        final int most = chains.writable(id);
        isInBatch = id != usedId;
        written = isInBatch ? most : usedLength;
        if (Integer.compareUnsigned(written, most) > 0)
        {
            overclaims++;
            written = most;
        }
        token = chains.token(id);
        final int slots = chains.end(id);
        free += slots;
        recycle(id, slots);
        return true;
    }

    @Override
    public final long token()
    {
        return token;
    }

    @Override
    public final int written()
    {
        return written;
    }

    @Override
    public final long overclaims()
    {
        return overclaims;
    }

    @Override
    public final RingStatistics statistics()
    {
        final long ended = chains.ended();
        return statistics(RingStatistics.Role.DRIVER, ended, chains.begun(), free, overclaims, 0);
    }

    @Override
    public final boolean enableInterrupts()
    {
        requireWorking();
        return armEvent() && !isInBatch;
    }

    @Override
    public final void disableInterrupts()
    {
        if (isWorking())
        {
            disarmEvent();
        }
    }

    @Override
    public final RingSnapshot snapshot()
    {
        requireWorking();
        if (isInBatch)
        {
            // Only the batch's first entry was written (2.7.9, 2.8.8): whoever goes on could not find it any more.
            throw new IllegalStateException("poll the rest of the batch first: last=" + usedId + ", oldest=" +
                chains.oldest());
        }
        final List<RingSnapshot.Chain> outstanding = new ArrayList<>();
        for (int id = 0; id < size(); id++)
        {
            if (chains.has(id))
            {
                outstanding.add(new RingSnapshot.Chain(id, chains.slots(id), chains.writable(id), chains.token(id),
                    slotsOf(id), List.of()));
            }
        }
        outstanding.sort(Comparator.comparingLong((chain) -> chains.sequence(chain.id())));
        return snapshot(outstanding);
    }

    @Override
    public final void close()
    {
        // A driver that goes on all the same, to publish what it had added say, would write into another's memory.
        broken("its memory was given back");
        areas().close();
    }

    /** Take chains over that another object had outstanding on the same ring; they are checked. */
    final void resume(final List<RingSnapshot.Chain> outstanding)
    {
        for (final RingSnapshot.Chain chain : outstanding)
        {
            chains.begin(chain.id(), chain.slots(), chain.writable(), chain.token());
            free -= chain.slots();
        }
        chains.show();
    }

    /** For {@link #findUsed()}: what the device wrote, any value. */
    final void used(final int id, final int length)
    {
        usedId = id;
        usedLength = length;
    }

    private int slotsFor(final int elements)
    {
        return null != tables && tables.isFor(elements) ? 1 : elements;
    }

    private int writableBytes(final int[] lengths, final int readable, final int writable)
    {
        // 2.7.5.2, 2.7.5.3.1, 2.8.17: no chain is longer than the queue, not in a table either.
        if (readable < 0 || writable < 0 || 0 == readable + writable || readable > size() - writable)
        {
            throw new IllegalArgumentException("a chain needs 1 to " + size() + " elements: readable=" + readable +
                ", writable=" + writable);
        }
        long bytes = 0;
        long bytesToWrite = 0;
        for (int i = 0; i < readable + writable; i++)
        {
            if (lengths[i] <= 0)
            {
                throw new IllegalArgumentException("an element needs bytes: index=" + i + ", length=" + lengths[i]);
            }
            bytes += lengths[i];
            bytesToWrite += i < readable ? 0 : lengths[i];
        }
        if (bytes > Integer.MAX_VALUE)
        {
            throw new IllegalArgumentException("chain is too long: bytes=" + bytes + ", maximum=" + Integer.MAX_VALUE);
        }
        return (int)bytesToWrite;
    }

    /** The id that the next chain gets. There is a free descriptor. */
    abstract int nextId();

    /** Make a chain of free descriptors. */
    abstract void put(int id, long[] addresses, int[] lengths, int readable, int count);

    /** Make a chain of one free descriptor that refers to a table. */
    abstract void put(int id, long table, int bytes);

    /**
     * Look for a used entry, and read it once by {@link #used}.
     *
     * @return how many chains it can stand for at most, zero if there is none.
     */
    abstract int findUsed();

    /** Take a chain's descriptors back, and step over its used entry. */
    abstract void recycle(int id, int slots);

    /**
     * Ask to be notified of the next used entry.
     *
     * @return false if there is one already.
     */
    abstract boolean armEvent();

    /** Ask for no notifications. */
    abstract void disarmEvent();

    /** Which descriptors an outstanding chain takes, if the format does not tell otherwise. */
    abstract List<Integer> slotsOf(int id);

    abstract RingSnapshot snapshot(List<RingSnapshot.Chain> outstanding);
}
