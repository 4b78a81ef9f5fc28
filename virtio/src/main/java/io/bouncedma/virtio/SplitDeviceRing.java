/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

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
 * The device role of a split ring (virtio 1.4, sections 2.7.6 to 2.7.8 and 2.7.14). A chain's entry is its head.
 * <p>
 * Each field of a descriptor is read once into a local, checked, and used from there.
 */
final class SplitDeviceRing extends AbstractDeviceRing
{
    private final OrderedMemory desc;
    private final OrderedMemory avail;
    private final OrderedMemory used;
    private final int mask;
    private final boolean hasTables;
    private final boolean publishesIndices;
    private int availIdx;
    /** The driver's index as it was read last: it is not looked at again before all up to it is taken. */
    private int seenIdx;
    private int usedIdx;
    private int publishedIdx;
    /** The index before the last {@link #show()}. */
    private int shownFrom;
    private final SplitJournal journal;

    SplitDeviceRing(final Features negotiated, final RingAreas areas, final SplitJournal journal)
    {
        super(negotiated, areas, journal);
        this.journal = journal;
        desc = areas.desc();
        avail = areas.driver();
        used = areas.device();
        mask = size() - 1;
        hasTables = negotiated.has(FeatureBits.INDIRECT_DESC);
        publishesIndices = PublishedIndices.isFor(negotiated);
    }

    SplitDeviceRing(
        final Features negotiated, final RingAreas areas, final SplitJournal journal, final RingSnapshot snapshot)
    {
        this(negotiated, areas, journal);
        final int taken = snapshot.available() - snapshot.used() & IDX_MASK;
        if (taken != snapshot.chains().size())
        {
            throw new IllegalArgumentException("snapshot has other chains in flight than its positions say: chains=" +
                snapshot.chains().size() + ", available=" + snapshot.available() + ", used=" + snapshot.used());
        }
        availIdx = snapshot.available();
        seenIdx = availIdx;
        usedIdx = snapshot.used();
        publishedIdx = usedIdx;
        resume(snapshot.chains().stream().mapToInt(RingSnapshot.Chain::id).toArray());
    }

    @Override
    boolean armEvent()
    {
        if (hasEventIndex())
        {
            used.storeRelease16(availEventOffset(size()), availIdx);
        }
        else
        {
            used.storeRelease16(AREA_FLAGS_OFFSET, 0);
        }
        // The wish before the look at the index, or a chain made available in between is never noticed.
        OrderedMemory.fullFence();
        return avail.loadAcquire16(AREA_IDX_OFFSET) == availIdx;
    }

    @Override
    void disarmEvent()
    {
        // 2.7.10.2: with an event index the flag stays 0; an event that was passed is not told again.
        if (!hasEventIndex())
        {
            used.storeRelease16(AREA_FLAGS_OFFSET, USED_F_NO_NOTIFY);
        }
    }

    @Override
    int take()
    {
        if (seenIdx == availIdx)
        {
            seenIdx = avail.loadAcquire16(AREA_IDX_OFFSET);
            if (seenIdx == availIdx)
            {
                return NONE;
            }
            // Those that the driver has not seen used count too, or it could queue without end (CVE-2016-5403).
            final int taken = availIdx - publishedIdx & IDX_MASK;
            if ((seenIdx - availIdx & IDX_MASK) > size() - taken)
            {
                throw broken("driver made more chains available than the ring has: avail.idx=" + seenIdx +
                    ", seen=" + availIdx + ", taken=" + taken + ", size=" + size());
            }
        }
        final int head = avail.load16(availEntryOffset(availIdx & mask));
        if (head >= size() || chains.has(head))
        {
            throw broken("driver made a chain available that can not be: head=" + head + ", size=" + size() +
                (head < size() ? ", the device has it already" : ""));
        }
        availIdx = availIdx + 1 & IDX_MASK;
        if (publishesIndices)
        {
            used.storeRelease16(availEventOffset(size()), availIdx);
        }
        return head;
    }

    @Override
    void walk(final DescriptorChain chain, final int head)
    {
        int index = head;
        for (int count = 1; count <= size(); count++)
        {
            final long at = descOffset(index);
            final long address = desc.load64(at);
            final long half = desc.load64(at + LEN_OFFSET);
            final int length = SplitRingLayout.length(half);
            final int flags = SplitRingLayout.flags(half);
            final int next = SplitRingLayout.next(half);
            if (0 != (flags & DESC_F_INDIRECT))
            {
                walkTable(chain, index, flags, address, length);
                return;
            }
            if (!chain.add(address, length, 0 != (flags & DESC_F_WRITE)) || 0 == (flags & DESC_F_NEXT))
            {
                return;
            }
            if (next >= size())
            {
                chain.fail("next descriptor is outside the table: next=" + next + ", size=" + size());
                return;
            }
            index = next;
        }
        // 2.7.5.2: a chain is no longer than the queue size, so this one loops.
        chain.fail("chain is longer than the ring: head=" + head + ", size=" + size());
    }

    @Override
    void putUsed(final int entry, final int written)
    {
        final long at = usedEntryOffset(usedIdx & mask);
        used.store32(at, entry);
        used.store32(at + USED_LEN_OFFSET, written);
        usedIdx = usedIdx + 1 & IDX_MASK;
    }

    @Override
    boolean isUnpublished()
    {
        return publishedIdx != usedIdx;
    }

    @Override
    void show()
    {
        shownFrom = publishedIdx;
        publishedIdx = usedIdx;
        // 2.7.8.2: the entries before the index that covers them.
        used.storeRelease16(AREA_IDX_OFFSET, usedIdx);
    }

    @Override
    boolean isInterruptWanted()
    {
        return hasEventIndex() ?
            EventIndex.isPassed(avail.loadOpaque16(usedEventOffset(size())), usedIdx, shownFrom) :
            0 == (avail.loadOpaque16(AREA_FLAGS_OFFSET) & AVAIL_F_NO_INTERRUPT);
    }

    @Override
    void record(final int entry)
    {
        journal.taken(entry);
    }

    @Override
    int available()
    {
        return availIdx;
    }

    @Override
    int used()
    {
        return usedIdx;
    }

    @Override
    RingSnapshot.Chain snapshotOf(final int entry)
    {
        return new RingSnapshot.Chain(entry, 1, 0, 0, List.of(), List.of());
    }

    @Override
    boolean isStillAvailable(final List<Integer> entries)
    {
        for (int i = 0; i < entries.size(); i++)
        {
            if (avail.load16(availEntryOffset(usedIdx + i & mask)) != entries.get(i))
            {
                return false;
            }
        }
        return true;
    }

    /** 2.7.5.3.2: a table may follow descriptors, and ends the chain. */
    private void walkTable(
        final DescriptorChain chain, final int index, final int flags, final long address, final int length)
    {
        if (!hasTables)
        {
            chain.fail("indirect descriptor without INDIRECT_DESC negotiated: index=" + index);
        }
        else if (0 != (flags & DESC_F_NEXT))
        {
            chain.fail("indirect descriptor has a next one: index=" + index);
        }
        else
        {
            chain.addTable(RingFormat.SPLIT, address, length);
        }
    }
}
