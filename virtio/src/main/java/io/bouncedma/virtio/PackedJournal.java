/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.List;

import static io.bouncedma.virtio.PackedRingLayout.WRAP_SHIFT;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;

/**
 * The journal of a packed ring. All fields are little-endian.
 * <pre>
 * features u64 | version u16 | desc_num u16 | free_head u16 | old_free_head u16
 * used_idx u16 | old_used_idx u16 | used_wrap_counter u8 | old_used_wrap_counter u8 | padding 10 * u8
 * desc_num * { inflight u8 | padding u8 | next u16 | last u16 | num u16 | counter u64
 *              id u16 | flags u16 | len u32 | addr u64 }
 * </pre>
 * Nodes that hold no descriptor are a list that begins at free_head and ends beyond the last node. What is new becomes
 * what is old in the end, and a device that died in between is told by the ring whether the driver has seen the batch.
 * <p>
 * The specification is followed but for this: the positions and their wrap counters are stored together, as a device
 * that dies between them leaves a position of the wrong lap; and a batch as long as the ring, which moves the wrap
 * counter alone, is noticed.
 */
final class PackedJournal extends InFlightJournal
{
    static final int FREE_HEAD_OFFSET = 12;
    static final int OLD_FREE_HEAD_OFFSET = 14;
    /** Both positions and both wrap counters, in one word. */
    static final int POSITIONS_OFFSET = 16;
    static final int NEXT_OFFSET = 2;
    static final int LAST_OFFSET = 4;
    static final int NUM_OFFSET = 6;
    static final int COUNTER_OFFSET = 8;

    private static final int ID_OFFSET = 16;
    private static final int FLAGS_OFFSET = 18;
    private static final int LEN_OFFSET = 20;
    private static final int ADDR_OFFSET = 24;
    private static final int STATES_OFFSET = 32;
    private static final int STATE_LENGTH = 32;
    private static final int WRAPS_SHIFT = 32;

    /** Private, as the rest: what is in the memory may be anything by the time it is needed. */
    private final int[] next;
    /** By entry of the ring: the first node of the chain. */
    private final int[] heads;
    /** By first node: the last one, and how many there are. */
    private final int[] lasts;
    private final int[] slots;
    private int freeHead;
    private int used;
    private boolean usedWrap;
    private List<Integer> restored = List.of();

    PackedJournal(final int size, final OrderedMemory memory)
    {
        super(RingFormat.PACKED, size, memory);
        next = new int[size];
        heads = new int[size];
        lasts = new int[size];
        slots = new int[size];
    }

    static int length(final int size)
    {
        return STATES_OFFSET + STATE_LENGTH * size;
    }

    static long stateOffset(final int node)
    {
        return STATES_OFFSET + (long)node * STATE_LENGTH;
    }

    /** Note that a chain is taken, before anything is done for it. */
    void taken(final int entry, final DescriptorCopies copies)
    {
        final int head = freeHead;
        heads[entry] = head;
        slots[head] = copies.slots(entry);
        memory.store64(stateOffset(head) + COUNTER_OFFSET, nextCounter());
        memory.store8(stateOffset(head), 1);
        for (int copy = entry; Ring.NONE != copy; copy = copies.next(copy))
        {
            put(freeHead, copies.id(entry), copies.flags(copy), copies.length(copy), copies.address(copy));
            lasts[head] = freeHead;
            freeHead = next[freeHead];
        }
        memory.store16(stateOffset(head) + LAST_OFFSET, lasts[head]);
        memory.store16(stateOffset(head) + NUM_OFFSET, slots[head]);
        memory.store16(FREE_HEAD_OFFSET, freeHead);
        OrderedMemory.storeFence();
        // The chain is there as soon as it is no longer in the list of free nodes.
        memory.store16(OLD_FREE_HEAD_OFFSET, freeHead);
        OrderedMemory.storeFence();
    }

    /** Take the names that the ring gives to the chains of {@link #restore}, in their order. */
    void resume(final int[] entries)
    {
        for (int i = 0; i < entries.length; i++)
        {
            heads[entries[i]] = restored.get(i);
        }
        restored = List.of();
    }

    @Override
    void requireAt(final RingAreas areas, final RingSnapshot snapshot)
    {
        final OrderedMemory ring = areas.desc();
        final int taken = snapshot.chains().stream().mapToInt(RingSnapshot.Chain::slots).sum();
        for (int i = 0; i < size() - taken; i++)
        {
            final int position = PackedRingLayout.advance(snapshot.available(), i, size());
            final int flags = flags(ring, position & PackedRingLayout.POSITION_MASK);
            if (PackedRingLayout.isUsed(flags, 0 != position >>> WRAP_SHIFT))
            {
                throw elsewhere(position, flags);
            }
        }
    }

    @Override
    void requireUnused(final RingAreas areas)
    {
        for (int slot = 0; slot < size(); slot++)
        {
            final int flags = flags(areas.desc(), slot);
            if (0 != (flags & PackedRingLayout.DESC_F_USED))
            {
                throw elsewhere(slot, flags);
            }
        }
    }

    @Override
    void fill(final RingSnapshot snapshot)
    {
        int node = 0;
        long counter = 0;
        for (final RingSnapshot.Chain chain : snapshot.chains())
        {
            final long first = stateOffset(node);
            memory.store8(first, 1);
            memory.store64(first + COUNTER_OFFSET, counter);
            memory.store16(first + LAST_OFFSET, node + chain.slots() - 1);
            memory.store16(first + NUM_OFFSET, chain.slots());
            for (final RingSnapshot.Descriptor descriptor : chain.descriptors())
            {
                put(node, chain.id(), descriptor.flags(), descriptor.length(), descriptor.address());
                node++;
            }
            counter++;
        }
        for (int i = 0; i < size(); i++)
        {
            memory.store16(stateOffset(i) + NEXT_OFFSET, i + 1);
        }
        memory.store16(FREE_HEAD_OFFSET, node);
        memory.store16(OLD_FREE_HEAD_OFFSET, node);
        final int position = snapshot.used();
        storePositions(position & PackedRingLayout.POSITION_MASK, 0 != position >>> WRAP_SHIFT,
            position & PackedRingLayout.POSITION_MASK, 0 != position >>> WRAP_SHIFT);
    }

    @Override
    RingSnapshot restore(final RingAreas areas)
    {
        freeHead = memory.load16(OLD_FREE_HEAD_OFFSET);
        restorePositions(areas.desc());
        for (int node = 0; node < size(); node++)
        {
            next[node] = memory.load16(stateOffset(node) + NEXT_OFFSET);
        }
        final boolean[] seen = new boolean[size()];
        final boolean[] isFree = new boolean[size()];
        int count = 0;
        for (int node = freeHead; node != size(); node = next[node])
        {
            requireNew(seen, node, "free");
            isFree[node] = true;
            count++;
        }
        final List<Integer> inFlight = new ArrayList<>();
        final long[] counters = new long[size()];
        for (int node = 0; node < size(); node++)
        {
            if (!isFree[node] && 0 != memory.load8(stateOffset(node)))
            {
                inFlight.add(node);
                counters[node] = memory.load64(stateOffset(node) + COUNTER_OFFSET);
            }
        }
        restored = inOrder(inFlight, counters);
        final List<RingSnapshot.Chain> chains = new ArrayList<>();
        int taken = 0;
        for (final int head : restored)
        {
            final RingSnapshot.Chain chain = chain(head, seen);
            chains.add(chain);
            taken += chain.slots();
        }
        if (count + taken != size())
        {
            throw new IllegalArgumentException("journal has nodes that are neither free nor in flight: free=" + count +
                ", inFlight=" + taken + ", size=" + size());
        }
        // Nothing is written before all is checked.
        memory.store16(OLD_FREE_HEAD_OFFSET, freeHead);
        memory.store16(FREE_HEAD_OFFSET, freeHead);
        OrderedMemory.storeFence();
        storePositions(used, usedWrap, used, usedWrap);
        OrderedMemory.storeFence();
        for (int node = 0; node < size(); node++)
        {
            if (isFree[node])
            {
                memory.store8(stateOffset(node), 0);
            }
        }
        final int position = used | (usedWrap ? 1 << WRAP_SHIFT : 0);
        return new RingSnapshot(
            RingFormat.PACKED, size(), PackedRingLayout.advance(position, taken, size()), position, chains);
    }

    @Override
    int headOf(final int entry)
    {
        return heads[entry];
    }

    @Override
    void link(final int[] batch, final int count)
    {
        final int oldUsed = used;
        final boolean oldWrap = usedWrap;
        for (int i = 0; i < count; i++)
        {
            final int head = batch[i];
            next[lasts[head]] = freeHead;
            memory.store16(stateOffset(lasts[head]) + NEXT_OFFSET, freeHead);
            freeHead = head;
            used += slots[head];
            if (used >= size())
            {
                used -= size();
                usedWrap = !usedWrap;
            }
        }
        memory.store16(FREE_HEAD_OFFSET, freeHead);
        storePositions(used, usedWrap, oldUsed, oldWrap);
    }

    @Override
    void unlink(final int[] batch, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            memory.store8(stateOffset(batch[i]), 0);
        }
        OrderedMemory.storeFence();
        memory.store16(OLD_FREE_HEAD_OFFSET, freeHead);
        OrderedMemory.storeFence();
        storePositions(used, usedWrap, used, usedWrap);
        OrderedMemory.storeFence();
    }

    private void put(final int node, final int id, final int flags, final int length, final long address)
    {
        final long at = stateOffset(node);
        memory.store16(at + ID_OFFSET, id);
        memory.store16(at + FLAGS_OFFSET, flags);
        memory.store32(at + LEN_OFFSET, length);
        memory.store64(at + ADDR_OFFSET, address);
    }

    private void storePositions(
        final int position, final boolean wrap, final int oldPosition, final boolean oldWrap)
    {
        final long positions = position | (long)oldPosition << Short.SIZE;
        final long wraps = (wrap ? 1 : 0) | (oldWrap ? 1 << Byte.SIZE : 0);
        memory.store64(POSITIONS_OFFSET, positions | wraps << WRAPS_SHIFT);
    }

    private void restorePositions(final OrderedMemory ring)
    {
        final long word = memory.load64(POSITIONS_OFFSET);
        used = (int)word & Ring.IDX_MASK;
        final int oldUsed = (int)(word >>> Short.SIZE) & Ring.IDX_MASK;
        final int wraps = (int)(word >>> WRAPS_SHIFT) & Ring.IDX_MASK;
        if (used >= size() || oldUsed >= size() || 0 != (wraps & ~0x101))
        {
            throw new IllegalArgumentException("journal has a position beyond the ring: used=" + used + ", oldUsed=" +
                oldUsed + ", wraps=0x" + Integer.toHexString(wraps) + ", size=" + size());
        }
        usedWrap = 0 != (wraps & 1);
        final boolean oldWrap = 0 != wraps >>> Byte.SIZE;
        if (used == oldUsed && usedWrap == oldWrap)
        {
            return;
        }
        if (PackedRingLayout.isAvailable(flags(ring, oldUsed), oldWrap))
        {
            // The driver has not seen the batch: as if it had not been begun.
            used = oldUsed;
            usedWrap = oldWrap;
        }
        else
        {
            freeHead = memory.load16(FREE_HEAD_OFFSET);
        }
    }

    private RingSnapshot.Chain chain(final int head, final boolean[] seen)
    {
        final int count = memory.load16(stateOffset(head) + NUM_OFFSET);
        if (count < 1 || count > size())
        {
            throw new IllegalArgumentException(
                "journal has a chain of so many descriptors: head=" + head + ", num=" + count + ", size=" + size());
        }
        final List<RingSnapshot.Descriptor> descriptors = new ArrayList<>();
        int node = head;
        int id = 0;
        int last = node;
        for (int i = 0; i < count; i++)
        {
            requireNew(seen, node, "chain of " + head);
            final long at = stateOffset(node);
            descriptors.add(new RingSnapshot.Descriptor(
                memory.load64(at + ADDR_OFFSET), memory.load32(at + LEN_OFFSET), memory.load16(at + FLAGS_OFFSET)));
            id = memory.load16(at + ID_OFFSET);
            last = node;
            node = next[node];
        }
        final int said = memory.load16(stateOffset(head) + LAST_OFFSET);
        if (last != said)
        {
            throw new IllegalArgumentException(
                "journal has a chain that ends elsewhere: head=" + head + ", last=" + said + ", found=" + last);
        }
        slots[head] = count;
        lasts[head] = last;
        return new RingSnapshot.Chain(id, count, 0, 0, List.of(), descriptors);
    }

    private static int flags(final OrderedMemory ring, final int slot)
    {
        return ring.loadAcquire16(descOffset(slot) + PackedRingLayout.FLAGS_OFFSET);
    }

    private static IllegalArgumentException elsewhere(final int position, final int flags)
    {
        return new IllegalArgumentException("ring is not where its journal is to begin: used before position=" +
            position + ", flags=0x" + Integer.toHexString(flags));
    }
}
