/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.pool.ExtentTable;
import io.bouncedma.pool.OrderedMemory;
import io.bouncedma.pool.SharedRegion;

import static io.bouncedma.virtio.SplitRingLayout.AREA_FLAGS_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AREA_IDX_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AVAIL_F_NO_INTERRUPT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_INDIRECT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.FLAGS_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.NEXT_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.USED_F_NO_NOTIFY;
import static io.bouncedma.virtio.SplitRingLayout.USED_LEN_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.availEntryOffset;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;
import static io.bouncedma.virtio.SplitRingLayout.usedEntryOffset;

/**
 * The device role of a split ring (virtio 1.4, section 2.7.6 to 2.7.8 and 2.7.14).
 * <p>
 * Each field of a descriptor is read once into a local, checked, and used from there.
 */
public final class SplitDeviceRing implements DeviceRing
{
    private final int size;
    private final OrderedMemory desc;
    private final OrderedMemory avail;
    private final OrderedMemory used;
    private int availIdx;
    private int usedIdx;
    private String broken;

    /**
     * Use a ring that a driver laid out.
     *
     * @param size       entries, a power of two up to {@link SplitRingLayout#MAX_SIZE}.
     * @param region     that the areas and the buffers lie in.
     * @param descArea   bus address of the descriptor area, as the driver wrote it.
     * @param driverArea bus address of the driver area.
     * @param deviceArea bus address of the device area.
     * @throws IllegalArgumentException if the size is none, or an area is misaligned, not inside the region or not in
     *                                  one piece.
     */
    public SplitDeviceRing(
        final int size, final SharedRegion region, final long descArea, final long driverArea, final long deviceArea)
    {
        SplitRingLayout.requireSize(size);
        this.size = size;
        desc = area("descriptor area", region, descArea,
            SplitRingLayout.descLength(size), SplitRingLayout.DESC_ALIGNMENT);
        avail = area("driver area", region, driverArea,
            SplitRingLayout.driverLength(size), SplitRingLayout.DRIVER_ALIGNMENT);
        used = area("device area", region, deviceArea,
            SplitRingLayout.deviceLength(size), SplitRingLayout.DEVICE_ALIGNMENT);
    }

    @Override
    public int size()
    {
        return size;
    }

    @Override
    public boolean poll(final DescriptorChain chain)
    {
        requireWorking();
        final int driverIdx = avail.loadAcquire16(AREA_IDX_OFFSET);
        final int ready = (driverIdx - availIdx) & 0xffff;
        if (0 == ready)
        {
            return false;
        }
        // Those that are taken and not completed count too, or a driver could queue without end (CVE-2016-5403).
        final int taken = (availIdx - usedIdx) & 0xffff;
        if (ready > size - taken)
        {
            throw broken("driver made more chains available than the ring has: avail.idx=" + driverIdx +
                ", seen=" + availIdx + ", taken=" + taken + ", size=" + size);
        }
        final int head = avail.load16(availEntryOffset(availIdx & (size - 1)));
        if (head >= size)
        {
            throw broken("driver made a chain available that can not be: head=" + head + ", size=" + size);
        }
        availIdx = (availIdx + 1) & 0xffff;
        chain.begin(head);
        walk(chain, head);
        return true;
    }

    @Override
    public void complete(final DescriptorChain chain, final int written)
    {
        if (written < 0 || written > chain.writable())
        {
            throw new IllegalArgumentException(
                "can not have written that much: written=" + written + ", writable=" + chain.writable());
        }
        final long entry = usedEntryOffset(usedIdx & (size - 1));
        used.store32(entry, chain.head());
        used.store32(entry + USED_LEN_OFFSET, written);
        usedIdx = (usedIdx + 1) & 0xffff;
    }

    @Override
    public boolean publish()
    {
        requireWorking();
        // 2.7.8.2: the entries before the index that covers them.
        used.storeRelease16(AREA_IDX_OFFSET, usedIdx);
        // 2.7.7.2: the index before the look at the driver's wish.
        OrderedMemory.fullFence();
        return 0 == (avail.loadOpaque16(AREA_FLAGS_OFFSET) & AVAIL_F_NO_INTERRUPT);
    }

    @Override
    public boolean enableKicks()
    {
        requireWorking();
        used.storeOpaque16(AREA_FLAGS_OFFSET, 0);
        // The flag before the look at the index, or a chain made available in between is never noticed.
        OrderedMemory.fullFence();
        return avail.loadAcquire16(AREA_IDX_OFFSET) == availIdx;
    }

    @Override
    public void disableKicks()
    {
        used.storeOpaque16(AREA_FLAGS_OFFSET, USED_F_NO_NOTIFY);
    }

    private void walk(final DescriptorChain chain, final int head)
    {
        int index = head;
        for (int count = 1; count <= size; count++)
        {
            final long at = descOffset(index);
            final long address = desc.load64(at);
            final int length = desc.load32(at + LEN_OFFSET);
            final int flags = desc.load16(at + FLAGS_OFFSET);
            final int next = desc.load16(at + NEXT_OFFSET);
            if (0 != (flags & DESC_F_INDIRECT))
            {
                chain.fail("indirect descriptor without INDIRECT_DESC negotiated: index=" + index);
                return;
            }
            if (!chain.add(address, length, 0 != (flags & DESC_F_WRITE)) || 0 == (flags & DESC_F_NEXT))
            {
                return;
            }
            if (next >= size)
            {
                chain.fail("next descriptor is outside the table: next=" + next + ", size=" + size);
                return;
            }
            index = next;
        }
        // 2.7.5.2: a chain is no longer than the queue size, so this one loops.
        chain.fail("chain is longer than the ring: head=" + head + ", size=" + size);
    }

    private RingException broken(final String message)
    {
        broken = message;
        return new RingException(message);
    }

    private void requireWorking()
    {
        if (null != broken)
        {
            throw new RingException("ring is dead: " + broken);
        }
    }

    private static OrderedMemory area(
        final String name, final SharedRegion region, final long busAddress, final int length, final int alignment)
    {
        final long offset = region.offsetOf(busAddress);
        if (0 == busAddress || 0 != (busAddress & (alignment - 1)) || ExtentTable.NOT_FOUND == offset ||
            0 != (offset & (alignment - 1)) || region.runLength(busAddress) < length)
        {
            throw new IllegalArgumentException(name + " must be aligned and inside the region: address=0x" +
                Long.toHexString(busAddress) + ", length=" + length + ", alignment=" + alignment + ", " + region);
        }
        return new OrderedMemory(region.memory(offset, length));
    }
}
