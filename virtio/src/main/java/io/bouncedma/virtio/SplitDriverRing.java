/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.pool.OrderedMemory;

import static io.bouncedma.virtio.SplitRingLayout.AREA_FLAGS_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AREA_IDX_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.AVAIL_F_NO_INTERRUPT;
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
 * The driver role of a split ring (virtio 1.4, section 2.7.13 and 2.7.14).
 * <p>
 * The descriptor table is only ever written: free list, chain lengths and tokens are private, so that a device that
 * rewrites the table can not make this side walk it. What the device does write, the used ring, is read once a field
 * and checked before it is believed.
 */
public final class SplitDriverRing implements DriverRing, AutoCloseable
{
    private static final int NONE = -1;

    private final CoherentBuffer memory;
    private final OrderedMemory desc;
    private final OrderedMemory avail;
    private final OrderedMemory used;
    private final int size;
    /** Private shadow of the table: the next descriptor of the chain or of the free list. */
    private final int[] next;
    /** By head: how many descriptors the chain has, zero if no chain begins there. */
    private final int[] chainLength;
    /** By head: how many bytes the device may write. */
    private final int[] writableBytes;
    private final long[] tokens;
    private int freeHead;
    private int freeCount;
    private int inFlight;
    private int availIdx;
    private int usedIdx;
    private long token;
    private int written;
    private String broken;

    /**
     * Lay a ring into zeroed memory.
     *
     * @param size   entries, a power of two up to {@link SplitRingLayout#MAX_SIZE}.
     * @param memory of at least {@link SplitRingLayout#totalLength(int)} bytes; this ring closes it.
     * @throws IllegalArgumentException if the size is none or the memory is too short.
     */
    public SplitDriverRing(final int size, final CoherentBuffer memory)
    {
        SplitRingLayout.requireSize(size);
        if (memory.length() < SplitRingLayout.totalLength(size))
        {
            throw new IllegalArgumentException("ring memory is too short: size=" + size + ", length=" +
                memory.length() + ", required=" + SplitRingLayout.totalLength(size));
        }
        this.size = size;
        this.memory = memory;
        desc = new OrderedMemory(memory.memory().asSlice(0, SplitRingLayout.descLength(size)));
        avail = new OrderedMemory(
            memory.memory().asSlice(SplitRingLayout.driverOffset(size), SplitRingLayout.driverLength(size)));
        used = new OrderedMemory(
            memory.memory().asSlice(SplitRingLayout.deviceOffset(size), SplitRingLayout.deviceLength(size)));
        next = new int[size];
        chainLength = new int[size];
        writableBytes = new int[size];
        tokens = new long[size];
        for (int i = 0; i < size; i++)
        {
            next[i] = i + 1 < size ? i + 1 : NONE;
        }
        freeCount = size;
    }

    /**
     * The bus address of the descriptor area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long descArea()
    {
        return memory.busAddress();
    }

    /**
     * The bus address of the driver area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long driverArea()
    {
        return memory.busAddress() + SplitRingLayout.driverOffset(size);
    }

    /**
     * The bus address of the device area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long deviceArea()
    {
        return memory.busAddress() + SplitRingLayout.deviceOffset(size);
    }

    @Override
    public int size()
    {
        return size;
    }

    @Override
    public int freeDescriptors()
    {
        return freeCount;
    }

    @Override
    public int inFlight()
    {
        return inFlight;
    }

    @Override
    public int add(
        final long[] addresses, final int[] lengths, final int readable, final int writable, final long token)
    {
        requireWorking();
        final int count = readable + writable;
        requireElements(size, lengths, readable, writable);
        if (count > freeCount)
        {
            return FULL;
        }
        final int head = freeHead;
        int bytes = 0;
        int index = head;
        for (int i = 0; i < count; i++)
        {
            final boolean isWritable = i >= readable;
            final boolean isLast = i == count - 1;
            final int following = next[index];
            final long at = descOffset(index);
            desc.store64(at, addresses[i]);
            desc.store32(at + LEN_OFFSET, lengths[i]);
            desc.store16(at + FLAGS_OFFSET, (isWritable ? DESC_F_WRITE : 0) | (isLast ? 0 : DESC_F_NEXT));
            desc.store16(at + NEXT_OFFSET, isLast ? 0 : following);
            bytes += isWritable ? lengths[i] : 0;
            if (isLast)
            {
                freeHead = following;
                next[index] = NONE;
            }
            index = following;
        }
        freeCount -= count;
        chainLength[head] = count;
        writableBytes[head] = bytes;
        tokens[head] = token;
        avail.store16(availEntryOffset(availIdx & (size - 1)), head);
        availIdx = (availIdx + 1) & 0xffff;
        inFlight++;
        return head;
    }

    @Override
    public boolean publish()
    {
        requireWorking();
        // 2.7.13.3: the entries before the index that covers them.
        avail.storeRelease16(AREA_IDX_OFFSET, availIdx);
        // 2.7.13.4.1: the index before the look at the device's wish.
        OrderedMemory.fullFence();
        return 0 == (used.loadOpaque16(AREA_FLAGS_OFFSET) & USED_F_NO_NOTIFY);
    }

    @Override
    public boolean poll()
    {
        requireWorking();
        final int deviceIdx = used.loadAcquire16(AREA_IDX_OFFSET);
        final int ready = (deviceIdx - usedIdx) & 0xffff;
        if (0 == ready)
        {
            return false;
        }
        if (ready > inFlight)
        {
            throw broken("device used more chains than it has: used.idx=" + deviceIdx + ", expected=" + usedIdx +
                " to " + ((usedIdx + inFlight) & 0xffff) + ", inFlight=" + inFlight);
        }
        final long entry = usedEntryOffset(usedIdx & (size - 1));
        final int head = used.load32(entry);
        final int claimed = used.load32(entry + USED_LEN_OFFSET);
        if (head < 0 || head >= size || 0 == chainLength[head])
        {
            throw broken("device used a chain that it does not have: id=" + Integer.toUnsignedString(head) +
                ", size=" + size + ", used.idx=" + usedIdx);
        }
        written = Integer.compareUnsigned(claimed, writableBytes[head]) > 0 ? writableBytes[head] : claimed;
        token = tokens[head];
        recycle(head);
        usedIdx = (usedIdx + 1) & 0xffff;
        return true;
    }

    @Override
    public long token()
    {
        return token;
    }

    @Override
    public int written()
    {
        return written;
    }

    @Override
    public boolean enableInterrupts()
    {
        requireWorking();
        avail.storeOpaque16(AREA_FLAGS_OFFSET, 0);
        // The flag before the look at the index, or a chain that is used in between is never noticed.
        OrderedMemory.fullFence();
        return used.loadAcquire16(AREA_IDX_OFFSET) == usedIdx;
    }

    @Override
    public void disableInterrupts()
    {
        avail.storeOpaque16(AREA_FLAGS_OFFSET, AVAIL_F_NO_INTERRUPT);
    }

    /**
     * Give the ring's memory back. The device must have been reset.
     */
    @Override
    public void close()
    {
        memory.close();
    }

    private void recycle(final int head)
    {
        int last = head;
        while (NONE != next[last])
        {
            last = next[last];
        }
        next[last] = freeHead;
        freeHead = head;
        freeCount += chainLength[head];
        chainLength[head] = 0;
        inFlight--;
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

    private static void requireElements(
        final int size, final int[] lengths, final int readable, final int writable)
    {
        // 2.7.5.2: a chain is no longer than the queue size.
        if (readable < 0 || writable < 0 || 0 == readable + writable || readable + writable > size)
        {
            throw new IllegalArgumentException("a chain needs 1 to " + size + " elements: readable=" + readable +
                ", writable=" + writable);
        }
        long bytes = 0;
        for (int i = 0; i < readable + writable; i++)
        {
            if (lengths[i] <= 0)
            {
                throw new IllegalArgumentException("an element needs bytes: index=" + i + ", length=" + lengths[i]);
            }
            bytes += lengths[i];
        }
        if (bytes > Integer.MAX_VALUE)
        {
            throw new IllegalArgumentException("chain is too long: bytes=" + bytes + ", maximum=" + Integer.MAX_VALUE);
        }
    }
}
