/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.List;

import static io.bouncedma.virtio.SplitRingLayout.AREA_FLAGS_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AREA_IDX_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AVAIL_F_NO_INTERRUPT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_INDIRECT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.USED_F_NO_NOTIFY;
import static io.bouncedma.virtio.SplitRingLayout.USED_LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.availEntryOffset;
import static io.bouncedma.virtio.SplitRingLayout.availEventOffset;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;
import static io.bouncedma.virtio.SplitRingLayout.usedEntryOffset;
import static io.bouncedma.virtio.SplitRingLayout.usedEventOffset;

/**
 * The driver role of a split ring (virtio 1.4, sections 2.7.13 and 2.7.14).
 * <p>
 * The descriptor table is only ever written: free list, chain lengths and tokens are private, so that a device that
 * rewrites the table can not make this side walk it. What the device does write, the used ring, is read once a field
 * and checked before it is believed.
 */
final class SplitDriverRing extends AbstractDriverRing
{
    private final OrderedMemory desc;
    private final OrderedMemory avail;
    private final OrderedMemory used;
    private final int mask;
    private final boolean publishesIndices;
    /** Private shadow of the table: the next descriptor of a chain or of the free list. */
    private final int[] next;
    private int freeHead;
    private int availIdx;
    private int usedIdx;
    /** The device's index as it was read last: it is not looked at again before all up to it is polled. */
    private int seenIdx;
    private int publishedIdx;

    SplitDriverRing(final Features negotiated, final RingAreas areas, final IndirectTables tables)
    {
        super(negotiated, areas, tables);
        desc = areas.desc();
        avail = areas.driver();
        used = areas.device();
        mask = size() - 1;
        publishesIndices = PublishedIndices.isFor(negotiated);
        next = new int[size()];
        for (int i = 0; i <= mask; i++)
        {
            next[i] = i + 1 & mask;
        }
    }

    SplitDriverRing(
        final Features negotiated, final RingAreas areas, final IndirectTables tables, final RingSnapshot snapshot)
    {
        this(negotiated, areas, tables);
        final int inFlight = snapshot.available() - snapshot.used() & IDX_MASK;
        if (inFlight != snapshot.chains().size())
        {
            throw new IllegalArgumentException("snapshot has other chains in flight than its positions say: chains=" +
                snapshot.chains().size() + ", available=" + snapshot.available() + ", used=" + snapshot.used());
        }
        availIdx = snapshot.available();
        publishedIdx = availIdx;
        usedIdx = snapshot.used();
        seenIdx = usedIdx;
        relink(snapshot.chains());
        resume(snapshot.chains());
    }

    @Override
    public boolean publish()
    {
        requireWorking();
        final int before = publishedIdx;
        if (before == availIdx)
        {
            return publishedNothing();
        }
        publishedIdx = availIdx;
        chains.show();
        // 2.7.13.3: the entries before the index that covers them.
        avail.storeRelease16(AREA_IDX_OFFSET, availIdx);
        // 2.7.13.4.1: the index before the look at the device's wish.
        OrderedMemory.fullFence();
        return published(hasEventIndex() ?
            EventIndex.isPassed(used.loadOpaque16(availEventOffset(size())), availIdx, before) :
            0 == (used.loadOpaque16(AREA_FLAGS_OFFSET) & USED_F_NO_NOTIFY));
    }

    @Override
    void disarmEvent()
    {
        // 2.7.7.1: with an event index the flag stays 0; an event that was passed is not told again.
        if (!hasEventIndex())
        {
            avail.storeRelease16(AREA_FLAGS_OFFSET, AVAIL_F_NO_INTERRUPT);
        }
    }

    @Override
    public int next()
    {
        return publishedIdx;
    }

    @Override
    int nextId()
    {
        return freeHead;
    }

    @Override
    void put(final int id, final long[] addresses, final int[] lengths, final int readable, final int count)
    {
        int index = id;
        for (int i = 0; i < count; i++)
        {
            final int following = next[index];
            final boolean isLast = i == count - 1;
            store(index, addresses[i], lengths[i], (i < readable ? 0 : DESC_F_WRITE) | (isLast ? 0 : DESC_F_NEXT),
                isLast ? 0 : following);
            index = following;
        }
        freeHead = index;
        makeAvailable(id);
    }

    @Override
    void put(final int id, final long table, final int bytes)
    {
        store(id, table, bytes, DESC_F_INDIRECT, 0);
        freeHead = next[id];
        makeAvailable(id);
    }

    @Override
    int findUsed()
    {
        if (seenIdx == usedIdx)
        {
            seenIdx = used.loadAcquire16(AREA_IDX_OFFSET);
            final int most = publishedIdx - usedIdx & IDX_MASK;
            if ((seenIdx - usedIdx & IDX_MASK) > most)
            {
                throw broken("device used more chains than it has: used.idx=" + seenIdx + ", expected=" + usedIdx +
                    " to " + publishedIdx + ", published=" + most);
            }
        }
        final int ready = seenIdx - usedIdx & IDX_MASK;
        if (0 == ready)
        {
            return 0;
        }
        final long entry = usedEntryOffset(usedIdx & mask);
        used(used.load32(entry), used.load32(entry + USED_LEN_OFFSET));
        return ready;
    }

    @Override
    void recycle(final int id, final int slots)
    {
        int last = id;
        for (int i = 1; i < slots; i++)
        {
            clear(last);
            last = next[last];
        }
        clear(last);
        // In order the free list is the table's own order (2.7.5), and what ends is what follows its end.
        if (!isInOrder())
        {
            next[last] = freeHead;
            freeHead = id;
        }
        usedIdx = usedIdx + 1 & IDX_MASK;
        if (publishesIndices)
        {
            avail.storeRelease16(usedEventOffset(size()), usedIdx);
        }
    }

    @Override
    boolean armEvent()
    {
        if (hasEventIndex())
        {
            avail.storeRelease16(usedEventOffset(size()), usedIdx);
        }
        else
        {
            avail.storeRelease16(AREA_FLAGS_OFFSET, 0);
        }
        // The wish before the look at the index, or a chain that is used in between is never noticed.
        OrderedMemory.fullFence();
        return used.loadAcquire16(AREA_IDX_OFFSET) == usedIdx;
    }

    @Override
    List<Integer> slotsOf(final int id)
    {
        final List<Integer> indexes = new ArrayList<>();
        int index = id;
        for (int i = 0; i < chains.slots(id); i++)
        {
            indexes.add(index);
            index = next[index];
        }
        return indexes;
    }

    @Override
    RingSnapshot snapshot(final List<RingSnapshot.Chain> outstanding)
    {
        if (publishedIdx != availIdx)
        {
            throw new IllegalStateException("publish first: added=" + availIdx + ", published=" + publishedIdx);
        }
        return new RingSnapshot(RingFormat.SPLIT, size(), availIdx, usedIdx, outstanding);
    }

    private void store(final int index, final long address, final int length, final int flags, final int following)
    {
        final long at = descOffset(index);
        desc.store64(at, address);
        desc.store64(at + LEN_OFFSET, SplitRingLayout.half(length, flags, following));
    }

    /** A middleman sees by the addresses which descriptors are in flight. */
    private void clear(final int index)
    {
        if (publishesIndices)
        {
            desc.store64(descOffset(index), 0);
        }
    }

    private void makeAvailable(final int head)
    {
        avail.store16(availEntryOffset(availIdx & mask), head);
        availIdx = availIdx + 1 & IDX_MASK;
    }

    /** Rebuild the shadow of the table from what is outstanding; the rest is free. */
    private void relink(final List<RingSnapshot.Chain> outstanding)
    {
        final boolean[] taken = new boolean[size()];
        int following = NONE;
        for (final RingSnapshot.Chain chain : outstanding)
        {
            final List<Integer> indexes = chain.indexes();
            if (isInOrder() && NONE != following && following != chain.id())
            {
                throw new IllegalArgumentException("snapshot has a chain out of the table's order: expected=" +
                    following + ", chain=" + chain);
            }
            following = chain.id() + chain.slots() & mask;
            if (indexes.size() != chain.slots() || indexes.get(0) != chain.id())
            {
                throw new IllegalArgumentException("snapshot has a chain whose descriptors do not fit: " + chain);
            }
            for (int i = 0; i < indexes.size(); i++)
            {
                taken[indexes.get(i)] = true;
                if (isInOrder() && indexes.get(i) != (chain.id() + i & mask))
                {
                    throw new IllegalArgumentException("snapshot has a chain out of the table's order: " + chain);
                }
                next[indexes.get(i)] = indexes.get(Math.min(i + 1, indexes.size() - 1));
            }
        }
        for (int i = 0; i <= mask; i++)
        {
            if (!taken[i])
            {
                // What another object added and never published.
                clear(i);
            }
        }
        if (isInOrder())
        {
            for (int i = 0; i <= mask; i++)
            {
                next[i] = i + 1 & mask;
            }
            freeHead = Math.max(0, following);
            return;
        }
        int tail = NONE;
        for (int i = 0; i <= mask; i++)
        {
            if (!taken[i])
            {
                freeHead = NONE == tail ? i : freeHead;
                if (NONE != tail)
                {
                    next[tail] = i;
                }
                tail = i;
            }
        }
    }
}
