/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.List;

import static io.bouncedma.virtio.PackedRingLayout.EVENT_DESC;
import static io.bouncedma.virtio.PackedRingLayout.EVENT_DISABLE;
import static io.bouncedma.virtio.PackedRingLayout.EVENT_ENABLE;
import static io.bouncedma.virtio.PackedRingLayout.EVENT_FLAGS_OFFSET;
import static io.bouncedma.virtio.PackedRingLayout.EVENT_POSITION_OFFSET;
import static io.bouncedma.virtio.PackedRingLayout.FLAGS_OFFSET;
import static io.bouncedma.virtio.PackedRingLayout.ID_OFFSET;
import static io.bouncedma.virtio.PackedRingLayout.POSITION_MASK;
import static io.bouncedma.virtio.PackedRingLayout.WRAP_SHIFT;
import static io.bouncedma.virtio.PackedRingLayout.isAvailable;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_INDIRECT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;

/**
 * The device role of a packed ring (virtio 1.4, sections 2.8.6, 2.8.7, 2.8.12 and 2.8.22).
 * <p>
 * A chain's descriptors are copied out of the ring, each field once, before they are looked at: the used entry of
 * another chain may have to be written over them.
 */
final class PackedDeviceRing extends AbstractDeviceRing
{
    private final OrderedMemory desc;
    private final OrderedMemory driverEvent;
    private final OrderedMemory deviceEvent;
    private final boolean hasTables;
    private final DescriptorCopies copies;
    private int available;
    private boolean availableWrap = true;
    private int used;
    private boolean usedWrap = true;
    /** Descriptors of the ring that are taken and not used. */
    private int takenSlots;
    /** Where the first used entry that is not published is: its flags, held back, hide all that follow. */
    private int heldSlot = NONE;
    private int heldFlags;
    private int unpublished;
    /** How many descriptors the last {@link #show()} was for. */
    private int shown;
    private final PackedJournal journal;

    PackedDeviceRing(final Features negotiated, final RingAreas areas, final PackedJournal journal)
    {
        super(negotiated, areas, journal);
        this.journal = journal;
        desc = areas.desc();
        driverEvent = areas.driver();
        deviceEvent = areas.device();
        hasTables = negotiated.has(FeatureBits.INDIRECT_DESC);
        copies = new DescriptorCopies(size());
    }

    PackedDeviceRing(
        final Features negotiated, final RingAreas areas, final PackedJournal journal, final RingSnapshot snapshot)
    {
        this(negotiated, areas, journal);
        available = snapshot.available() & POSITION_MASK;
        availableWrap = 0 != snapshot.available() >>> WRAP_SHIFT;
        used = snapshot.used() & POSITION_MASK;
        usedWrap = 0 != snapshot.used() >>> WRAP_SHIFT;
        final List<RingSnapshot.Chain> taken = snapshot.chains();
        final int[] entries = new int[taken.size()];
        for (int i = 0; i < entries.length; i++)
        {
            entries[i] = copies.restore(taken.get(i));
            takenSlots += taken.get(i).slots();
        }
        final int ahead = available - used + (availableWrap == usedWrap ? 0 : size());
        if (ahead != takenSlots)
        {
            throw new IllegalArgumentException("snapshot has other descriptors in flight than its positions say: " +
                "descriptors=" + takenSlots + ", positions=" + ahead);
        }
        // What another object used and never showed.
        PackedRingLayout.setAvailable(desc, size(), used(), takenSlots, true);
        resume(entries);
        if (null != journal)
        {
            journal.resume(entries);
        }
    }

    @Override
    boolean armEvent()
    {
        if (hasEventIndex())
        {
            deviceEvent.storeRelease16(EVENT_POSITION_OFFSET, available());
            deviceEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_DESC);
        }
        else
        {
            deviceEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_ENABLE);
        }
        // The wish before the look at the descriptor, or a chain made available in between is never noticed.
        OrderedMemory.fullFence();
        return !isAvailable(desc.loadAcquire16(descOffset(available) + FLAGS_OFFSET), availableWrap);
    }

    @Override
    void disarmEvent()
    {
        deviceEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_DISABLE);
    }

    @Override
    int take()
    {
        if (!isAvailable(desc.loadAcquire16(descOffset(available) + FLAGS_OFFSET), availableWrap))
        {
            return NONE;
        }
        // Those that the driver has not seen used count too: it can not have made their slots available again.
        final int room = size() - takenSlots - unpublished;
        int entry = NONE;
        int slot = available;
        for (int count = 1; count <= room; count++)
        {
            final long at = descOffset(slot);
            // Behind the acquire, and what the flags say but availability is taken from here.
            final long half = desc.load64(at + LEN_OFFSET);
            final int flags = PackedRingLayout.flags(half);
            if (NONE == entry)
            {
                entry = copies.begin(desc.load64(at), PackedRingLayout.length(half), flags);
            }
            else
            {
                copies.add(entry, desc.load64(at), PackedRingLayout.length(half), flags);
            }
            slot++;
            if (slot == size())
            {
                slot = 0;
            }
            if (0 == (flags & DESC_F_NEXT))
            {
                copies.id(entry, PackedRingLayout.id(half));
                takenSlots += count;
                availableWrap ^= slot <= available;
                available = slot;
                return entry;
            }
        }
        // Where the next chain would begin can not be told, so this is the ring's end and not the chain's.
        throw broken("driver made more descriptors available than the ring has: slot=" + available + ", taken=" +
            takenSlots + ", size=" + size());
    }

    @Override
    void walk(final DescriptorChain chain, final int entry)
    {
        for (int node = entry; NONE != node; node = copies.next(node))
        {
            final int flags = copies.flags(node);
            if (0 != (flags & DESC_F_INDIRECT))
            {
                walkTable(chain, entry, node);
                return;
            }
            if (!chain.add(copies.address(node), copies.length(node), 0 != (flags & DESC_F_WRITE)))
            {
                return;
            }
        }
    }

    @Override
    void putUsed(final int entry, final int written)
    {
        final long at = descOffset(used);
        // 2.8.4: WRITE in a used entry says that its length means something.
        final int flags = PackedRingLayout.used(usedWrap) | (written > 0 ? DESC_F_WRITE : 0);
        if (NONE == heldSlot)
        {
            desc.store32(at + LEN_OFFSET, written);
            desc.store16(at + ID_OFFSET, copies.id(entry));
            heldSlot = used;
            heldFlags = flags;
        }
        else
        {
            // Not seen before the first one's flags are, which are released.
            desc.store64(at + LEN_OFFSET, PackedRingLayout.half(written, copies.id(entry), flags));
        }
        final int slots = copies.end(entry);
        takenSlots -= slots;
        unpublished += slots;
        used += slots;
        if (used >= size())
        {
            used -= size();
            usedWrap = !usedWrap;
        }
    }

    @Override
    boolean isUnpublished()
    {
        return NONE != heldSlot;
    }

    @Override
    void show()
    {
        // 2.8.22: everything else before the flags of the first.
        desc.storeRelease16(descOffset(heldSlot) + FLAGS_OFFSET, heldFlags);
        heldSlot = NONE;
        shown = unpublished;
        unpublished = 0;
    }

    @Override
    boolean isInterruptWanted()
    {
        return EventIndex.isDue(driverEvent.loadAcquire32(EVENT_POSITION_OFFSET), size(), used, usedWrap, shown);
    }

    @Override
    void record(final int entry)
    {
        journal.taken(entry, copies);
    }

    @Override
    int available()
    {
        return available | (availableWrap ? 1 << WRAP_SHIFT : 0);
    }

    @Override
    int used()
    {
        return used | (usedWrap ? 1 << WRAP_SHIFT : 0);
    }

    @Override
    RingSnapshot.Chain snapshotOf(final int entry)
    {
        return copies.snapshot(entry);
    }

    @Override
    boolean isStillAvailable(final List<Integer> entries)
    {
        int slot = used;
        for (final int entry : entries)
        {
            // 2.8.6: the last descriptor of a chain has its id.
            final int last = (slot + copies.slots(entry) - 1) % size();
            if (desc.load16(descOffset(last) + ID_OFFSET) != copies.id(entry))
            {
                return false;
            }
            slot = last + 1;
        }
        return true;
    }

    /** 2.8.19: a table stands alone. */
    private void walkTable(final DescriptorChain chain, final int entry, final int node)
    {
        if (!hasTables)
        {
            chain.fail("indirect descriptor without INDIRECT_DESC negotiated: id=" + copies.id(entry));
        }
        else if (copies.slots(entry) > 1)
        {
            chain.fail("indirect descriptor among others: id=" + copies.id(entry) + ", descriptors=" +
                copies.slots(entry));
        }
        else
        {
            chain.addTable(RingFormat.PACKED, copies.address(node), copies.length(node));
        }
    }
}
