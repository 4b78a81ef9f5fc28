/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;

import java.util.Arrays;

/**
 * The mappings that live at a point of a recording, found by what their unmap says. Each space of addresses has its own
 * rule for what it means that an address is mapped again:
 * <ul>
 * <li>{@link #POOL}: slots of 2 KiB of swiotlb, common to all devices. A slot has one owner, so whatever overlaps by
 * slots has ended, and its unmap was lost.</li>
 * <li>{@link #TRANSLATED}: addresses that an IOMMU gave to one device. As above.</li>
 * <li>{@link #COHERENT}: memory that was made for a device. As above.</li>
 * <li>{@link #LINEAR}: the device uses the memory itself. Nothing is wrong with the same page in several mappings: they
 * end first in, first out among those of one size.</li>
 * <li>{@link #LIST}: lists, by the address of their first memory and their length: as for linear ones.</li>
 * </ul>
 * The mappings of a list live and end together, as do the parts of one that is cut. Not thread-safe.
 */
final class LiveMappings
{
    static final int POOL = 0;
    static final int LINEAR = 1;
    static final int TRANSLATED = 2;
    static final int LIST = 3;
    static final int COHERENT = 4;
    /** An element of a list that is found by its list only. */
    static final int ELEMENT = 5;

    /** Entries, about 60 bytes each: mappings, parts of them, and one more for each list. */
    static final int MAX_LIVE = 1 << 21;

    private static final int NONE = LiveIndex.NONE;
    private static final int KINDS = 8;
    private static final int FIRST = 64;
    private static final long SLOT_MASK = 2047;
    /** 128 slots, IO_TLB_SEGSIZE. */
    private static final int SWIOTLB_MOST = 256 << 10;

    private final Trace.Builder builder;
    private final Counts counts;
    private final int cut;
    private final LiveIndex index = new LiveIndex();
    private long[] handles = new long[FIRST];
    private int[] devices = new int[FIRST];
    /** The next of those that end together, in a ring; of free entries, the next that is free. */
    private int[] nexts = new int[FIRST];
    private int used;
    private int free = NONE;
    private int live;

    /**
     * Begin without mappings.
     *
     * @param name   of the trace.
     * @param counts takes what is found to be lost.
     * @param cut    the most bytes of a mapping that is not coherent: longer ones become several.
     */
    LiveMappings(final String name, final Counts counts, final int cut)
    {
        builder = new Trace.Builder(name);
        this.counts = counts;
        this.cut = cut;
    }

    /** What was added so far. */
    Trace trace()
    {
        return builder.build();
    }

    /** End what can not live any longer if an address is mapped now. */
    void makeRoom(final long time, final int kind, final RecordedDevice device, final long address, final int bytes)
    {
        if (LINEAR == kind)
        {
            return;
        }
        final int space = space(kind, device);
        final long first = address & ~SLOT_MASK;
        final long last = address + bytes - 1 | SLOT_MASK;
        int before = index.atOrBefore(space, last);
        while (before != NONE && index.space(before) == space &&
            Long.compareUnsigned(index.address(before) + index.size(before) - 1, first) >= 0)
        {
            counts.add(Count.LOST_UNMAPS);
            end(time, before);
            before = index.atOrBefore(space, last);
        }
    }

    /**
     * Add a mapping for which there is room.
     *
     * @return its entry; of several that it was cut into, the last.
     */
    int map(
        final long time,
        final int kind,
        final RecordedDevice device,
        final long address,
        final int bytes,
        final TraceDirection direction,
        final int offset)
    {
        count(kind, bytes);
        final int most = COHERENT == kind ? bytes : cut;
        int last = NONE;
        for (int done = 0; done < bytes; done += Math.min(most, bytes - done))
        {
            final int entry = entry(device);
            handles[entry] = builder.map(time, Math.min(most, bytes - done), direction,
                offset + done & Trace.PAGE_SIZE - 1, device.numberIn(builder));
            if (last != NONE)
            {
                join(last, entry);
            }
            else if (kind != ELEMENT)
            {
                index.add(entry, space(kind, device), address, bytes, serial(entry));
            }
            last = entry;
        }
        return last;
    }

    private void count(final int kind, final int bytes)
    {
        if (POOL == kind)
        {
            counts.add(Count.BOUNCED);
        }
        if (kind != COHERENT && bytes > cut)
        {
            counts.add(Count.CUT);
        }
        if (kind != COHERENT && Math.min(bytes, cut) > SWIOTLB_MOST)
        {
            counts.add(Count.LONG);
        }
    }

    /** Let mappings end together that did with one other each; each is the last of its own in order. */
    void join(final int last, final int otherLast)
    {
        final int next = nexts[last];
        nexts[last] = nexts[otherLast];
        nexts[otherLast] = next;
    }

    /** Let mappings that end together be found as a list too; one of them is the last. */
    void list(final RecordedDevice device, final long firstAddress, final int length, final int last)
    {
        final int head = entry(device);
        handles[head] = handles[last];
        index.add(head, space(LIST, device), firstAddress, length, serial(last));
        join(last, head);
    }

    /**
     * End the mapping of an address, and tell if there is none or it has another size.
     */
    void unmap(final long time, final RecordedDevice device, final long address, final int bytes)
    {
        final int pooled = at(POOL, device, address, 0);
        if (pooled != NONE && index.size(pooled) == bytes && devices[pooled] == device.number())
        {
            end(time, pooled);
            return;
        }
        final int linear = at(LINEAR, device, address, bytes);
        if (linear != NONE && index.size(linear) == bytes)
        {
            end(time, linear);
            return;
        }
        final int translated = at(TRANSLATED, device, address, 0);
        endOther(time, translated != NONE ? translated : linear != NONE ? linear :
            pooled != NONE ? pooled : at(LINEAR, device, address, 0), bytes);
    }

    /** End a list, or memory that was made for a device. */
    void unmap(final long time, final int kind, final RecordedDevice device, final long address, final int size)
    {
        final int exact = at(kind, device, address, size);
        endOther(time, exact != NONE ? exact : at(kind, device, address, 0), size);
    }

    /** Whether an address of a device lies in a mapping. */
    boolean isMapped(final RecordedDevice device, final long address)
    {
        return isMapped(POOL, device, address) || isMapped(LINEAR, device, address) ||
            isMapped(TRANSLATED, device, address);
    }

    private boolean isMapped(final int kind, final RecordedDevice device, final long address)
    {
        final int entry = index.atOrBefore(space(kind, device), address);
        return entry != NONE && index.space(entry) == space(kind, device) &&
            Long.compareUnsigned(index.address(entry) + index.size(entry) - 1, address) >= 0;
    }

    private void endOther(final long time, final int entry, final int size)
    {
        if (NONE == entry)
        {
            counts.add(Count.UNKNOWN_UNMAPS);
            return;
        }
        if (index.size(entry) != size)
        {
            // The memory is free now whoever had it: the unmap that belongs to what lived here is not in the recording.
            counts.add(Count.OTHER_SIZE);
        }
        end(time, entry);
    }

    /** The first that was mapped at an address of those with a size; if there is none, one of the next larger. */
    private int at(final int kind, final RecordedDevice device, final long address, final int size)
    {
        final int entry = index.atOrAfter(space(kind, device), address, size);
        return entry != NONE && index.space(entry) == space(kind, device) && index.address(entry) == address ?
            entry : NONE;
    }

    private void end(final long time, final int entry)
    {
        int at = entry;
        do
        {
            final int next = nexts[at];
            if (NONE == index.space(at) || index.space(at) % KINDS != LIST)
            {
                builder.unmap(time, handles[at]);
            }
            index.remove(at);
            nexts[at] = free;
            free = at;
            live--;
            at = next;
        }
        while (at != entry);
    }

    private int entry(final RecordedDevice device)
    {
        if (MAX_LIVE == live)
        {
            throw new IllegalStateException("at most " + MAX_LIVE + " mappings that live at one time; record their " +
                "ends too (dma_unmap_*, dma_free*), or a shorter time");
        }
        int entry = free;
        if (NONE == entry)
        {
            entry = used++;
            if (entry == nexts.length)
            {
                handles = Arrays.copyOf(handles, 2 * entry);
                devices = Arrays.copyOf(devices, 2 * entry);
                nexts = Arrays.copyOf(nexts, 2 * entry);
            }
            index.require(entry);
        }
        else
        {
            free = nexts[entry];
        }
        live++;
        devices[entry] = device.number();
        nexts[entry] = entry;
        index.leaveOut(entry);
        return entry;
    }

    /** Which mapping of the trace it is: a later one has a higher number. */
    private int serial(final int entry)
    {
        return (int)(handles[entry] >>> Integer.SIZE);
    }

    private static int space(final int kind, final RecordedDevice device)
    {
        return POOL == kind ? POOL : device.number() * KINDS + kind;
    }
}
