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
import static io.bouncedma.virtio.PackedRingLayout.isUsed;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_INDIRECT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;

/**
 * The driver role of a packed ring (virtio 1.4, sections 2.8.21 and 2.8.22).
 * <p>
 * What the device wrote is read once: the flags of the next used descriptor, and if they say so its id and length. How
 * many descriptors a chain takes is private.
 */
final class PackedDriverRing extends AbstractDriverRing
{
    private final OrderedMemory desc;
    private final OrderedMemory driverEvent;
    private final OrderedMemory deviceEvent;
    /** Ids that are free, a stack. */
    private final int[] freeIds;
    private int freeIdCount;
    private int available;
    private boolean availableWrap = true;
    private int used;
    private boolean usedWrap = true;
    /** Where the first chain that is not published begins: its flags, held back, hide all that follow. */
    private int heldSlot = NONE;
    private int heldFlags;
    private int unpublished;

    PackedDriverRing(final Features negotiated, final RingAreas areas, final IndirectTables tables)
    {
        super(negotiated, areas, tables);
        desc = areas.desc();
        driverEvent = areas.driver();
        deviceEvent = areas.device();
        freeIds = new int[size()];
        for (int id = size() - 1; id >= 0; id--)
        {
            freeIds[freeIdCount++] = id;
        }
    }

    PackedDriverRing(
        final Features negotiated, final RingAreas areas, final IndirectTables tables, final RingSnapshot snapshot)
    {
        this(negotiated, areas, tables);
        available = snapshot.available() & POSITION_MASK;
        availableWrap = 0 != snapshot.available() >>> WRAP_SHIFT;
        used = snapshot.used() & POSITION_MASK;
        usedWrap = 0 != snapshot.used() >>> WRAP_SHIFT;
        resume(snapshot.chains());
        final int ahead = available - used + (availableWrap == usedWrap ? 0 : size());
        if (ahead != size() - freeDescriptors())
        {
            throw new IllegalArgumentException("snapshot has other descriptors in flight than its positions say: " +
                "descriptors=" + (size() - freeDescriptors()) + ", positions=" + ahead);
        }
        freeIdCount = 0;
        for (int id = size() - 1; id >= 0; id--)
        {
            if (!chains.has(id))
            {
                freeIds[freeIdCount++] = id;
            }
        }
        // What another object added and never published.
        PackedRingLayout.setAvailable(desc, size(), next(), freeDescriptors(), false);
    }

    @Override
    public boolean publish()
    {
        requireWorking();
        if (NONE == heldSlot)
        {
            return publishedNothing();
        }
        // 2.8.21.1.1: everything else before the flags of the first.
        desc.storeRelease16(descOffset(heldSlot) + FLAGS_OFFSET, heldFlags);
        heldSlot = NONE;
        final int steps = unpublished;
        unpublished = 0;
        chains.show();
        // 2.8.21.3.1: the flags before the look at the device's wish.
        OrderedMemory.fullFence();
        return published(EventIndex.isDue(
            deviceEvent.loadAcquire32(EVENT_POSITION_OFFSET), size(), available, availableWrap, steps));
    }

    @Override
    void disarmEvent()
    {
        driverEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_DISABLE);
    }

    @Override
    public int next()
    {
        // Behind what is published; what is held back may have passed the ring's end, or fill it.
        final boolean hasPassed = NONE != heldSlot && available <= heldSlot;
        return (NONE == heldSlot ? available : heldSlot) | (availableWrap ^ hasPassed ? 1 << WRAP_SHIFT : 0);
    }

    @Override
    int nextId()
    {
        return freeIds[freeIdCount - 1];
    }

    @Override
    void put(final int id, final long[] addresses, final int[] lengths, final int readable, final int count)
    {
        freeIdCount--;
        for (int i = 0; i < count; i++)
        {
            store(id, addresses[i], lengths[i],
                (i < readable ? 0 : DESC_F_WRITE) | (i < count - 1 ? DESC_F_NEXT : 0), i);
        }
        endChain(count);
    }

    @Override
    void put(final int id, final long table, final int bytes)
    {
        freeIdCount--;
        store(id, table, bytes, DESC_F_INDIRECT, 0);
        endChain(1);
    }

    @Override
    int findUsed()
    {
        final long at = descOffset(used);
        if (!isUsed(desc.loadAcquire16(at + FLAGS_OFFSET), usedWrap))
        {
            return 0;
        }
        // 2.8.4 has drivers ignore the length without WRITE. QEMU never sets it, so Linux does not look, nor does this.
        final long half = desc.load64(at + LEN_OFFSET);
        used(PackedRingLayout.id(half), PackedRingLayout.length(half));
        // A device that has nothing has used something all the same: one, so that it is looked at and found out.
        return Math.max(1, inFlight());
    }

    @Override
    void recycle(final int id, final int slots)
    {
        freeIds[freeIdCount++] = id;
        used += slots;
        if (used >= size())
        {
            used -= size();
            usedWrap = !usedWrap;
        }
    }

    @Override
    boolean armEvent()
    {
        if (hasEventIndex())
        {
            driverEvent.storeRelease16(EVENT_POSITION_OFFSET, used | (usedWrap ? 1 << WRAP_SHIFT : 0));
            // 2.8.10: the position before the flag that makes it count.
            driverEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_DESC);
        }
        else
        {
            driverEvent.storeRelease16(EVENT_FLAGS_OFFSET, EVENT_ENABLE);
        }
        // The wish before the look at the descriptor, or a chain that is used in between is never noticed.
        OrderedMemory.fullFence();
        return !isUsed(desc.loadAcquire16(descOffset(used) + FLAGS_OFFSET), usedWrap);
    }

    @Override
    List<Integer> slotsOf(final int id)
    {
        return List.of();
    }

    @Override
    RingSnapshot snapshot(final List<RingSnapshot.Chain> outstanding)
    {
        if (NONE != heldSlot)
        {
            throw new IllegalStateException("publish first: unpublished=" + unpublished);
        }
        return new RingSnapshot(
            RingFormat.PACKED, size(), next(), used | (usedWrap ? 1 << WRAP_SHIFT : 0), outstanding);
    }

    /**
     * Write the descriptor at the next slot.
     *
     * @param place in its chain.
     */
    private void store(final int id, final long address, final int length, final int flags, final int place)
    {
        final long at = descOffset(available);
        final int all = flags | PackedRingLayout.available(availableWrap);
        desc.store64(at, address);
        // 2.8.6: the last one's id counts; others write it into all, and so does Linux.
        if (0 == place && NONE == heldSlot)
        {
            desc.store32(at + LEN_OFFSET, length);
            desc.store16(at + ID_OFFSET, id);
            heldSlot = available;
            heldFlags = all;
        }
        else
        {
            desc.store64(at + LEN_OFFSET, PackedRingLayout.half(length, id, all));
        }
        available++;
        if (available == size())
        {
            available = 0;
            availableWrap = !availableWrap;
        }
    }

    private void endChain(final int slots)
    {
        unpublished += slots;
    }
}
