/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static io.bouncedma.virtio.SplitRingLayout.AREA_IDX_OFFSET;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.descOffset;

/**
 * The memory of a split ring with {@linkplain PublishedIndices published indices}, as somebody finds it who is neither
 * end.
 * <pre>
 * lastUsed .. usedIdx    used, and not seen by the driver      in order: in the available ring; else in the used ring
 * usedIdx .. lastAvail   taken by the device                   in order: in the available ring; else what remains
 * lastAvail .. availIdx  not seen by the device                in the available ring
 * </pre>
 */
final class RingImage
{
    private final OrderedMemory desc;
    private final int size;
    private final int availIdx;
    private final int lastUsed;
    private final int usedIdx;
    private final int lastAvail;
    private final List<Integer> usedHeads;
    private final List<Integer> availableHeads;
    private final List<Integer> takenHeads;

    RingImage(final RingAreas areas, final boolean isInOrder)
    {
        desc = areas.desc();
        size = areas.size();
        availIdx = areas.driver().loadAcquire16(AREA_IDX_OFFSET);
        lastUsed = areas.driver().loadAcquire16(SplitRingLayout.usedEventOffset(size));
        usedIdx = areas.device().loadAcquire16(AREA_IDX_OFFSET);
        lastAvail = areas.device().loadAcquire16(SplitRingLayout.availEventOffset(size));
        if (distance(lastUsed, usedIdx) + distance(usedIdx, lastAvail) + distance(lastAvail, availIdx) > size)
        {
            throw new IllegalArgumentException("indices of the ring contradict each other: lastUsed=" + lastUsed +
                ", used.idx=" + usedIdx + ", lastAvail=" + lastAvail + ", avail.idx=" + availIdx + ", size=" + size);
        }
        // 2.7.9: in order, a device need not write every used entry.
        usedHeads = isInOrder ? availableHeads(areas.driver(), lastUsed, usedIdx) : usedHeads(areas.device());
        availableHeads = availableHeads(areas.driver(), lastAvail, availIdx);
        takenHeads = isInOrder ? availableHeads(areas.driver(), usedIdx, lastAvail) : remaining(areas.driver());
        if (takenHeads.size() != distance(usedIdx, lastAvail))
        {
            throw new IllegalArgumentException("descriptors of the ring contradict its indices: taken=" + takenHeads +
                ", used.idx=" + usedIdx + ", lastAvail=" + lastAvail);
        }
        requireChains();
    }

    int availIdx()
    {
        return availIdx;
    }

    int lastUsed()
    {
        return lastUsed;
    }

    int usedIdx()
    {
        return usedIdx;
    }

    int lastAvail()
    {
        return lastAvail;
    }

    List<Integer> usedHeads()
    {
        return usedHeads;
    }

    List<Integer> availableHeads()
    {
        return availableHeads;
    }

    List<Integer> takenHeads()
    {
        return takenHeads;
    }

    /** The descriptors of a chain. */
    List<Integer> indexes(final int head)
    {
        final List<Integer> indexes = new ArrayList<>();
        int index = head;
        while (indexes.size() < size)
        {
            indexes.add(index);
            if (0 == (flags(index) & DESC_F_NEXT))
            {
                return indexes;
            }
            index = requireHead(next(index));
        }
        throw new IllegalArgumentException("chain loops: head=" + head + ", size=" + size);
    }

    int writable(final List<Integer> indexes)
    {
        long bytes = 0;
        for (final int index : indexes)
        {
            final int length = desc.load32(descOffset(index) + SplitRingLayout.LEN_OFFSET);
            bytes += 0 == (flags(index) & DESC_F_WRITE) ? 0 : Integer.toUnsignedLong(length);
        }
        if (bytes > Integer.MAX_VALUE)
        {
            throw new IllegalArgumentException("chain is too long: head=" + indexes.get(0) + ", bytes=" + bytes);
        }
        return (int)bytes;
    }

    private List<Integer> availableHeads(final OrderedMemory avail, final int from, final int to)
    {
        final List<Integer> heads = new ArrayList<>();
        for (int i = 0; i < distance(from, to); i++)
        {
            heads.add(requireHead(avail.load16(SplitRingLayout.availEntryOffset(from + i & size - 1))));
        }
        return heads;
    }

    private List<Integer> usedHeads(final OrderedMemory used)
    {
        final List<Integer> heads = new ArrayList<>();
        for (int i = 0; i < distance(lastUsed, usedIdx); i++)
        {
            heads.add(requireHead(used.load32(SplitRingLayout.usedEntryOffset(lastUsed + i & size - 1))));
        }
        return heads;
    }

    /** Refuse chains that have a descriptor in common, with themselves too, or one that is free. */
    private void requireChains()
    {
        final boolean[] seen = new boolean[size];
        for (final List<Integer> heads : List.of(usedHeads, takenHeads, availableHeads))
        {
            for (final int head : heads)
            {
                for (final int index : indexes(head))
                {
                    if (seen[index] || 0 == desc.load64(descOffset(index)))
                    {
                        throw new IllegalArgumentException("ring has a descriptor in flight that is " +
                            (seen[index] ? "there already" : "free") + ": index=" + index + ", head=" + head);
                    }
                    seen[index] = true;
                }
            }
        }
    }

    /**
     * The heads of the table that are neither used nor available: taken, or added and never published. Oldest first as
     * far as the available ring still tells; those that it does not name any more are older.
     */
    private List<Integer> remaining(final OrderedMemory avail)
    {
        final Set<Integer> heads = new HashSet<>();
        for (int index = 0; index < size; index++)
        {
            if (0 != desc.load64(descOffset(index)))
            {
                heads.add(index);
            }
        }
        for (int index = 0; index < size; index++)
        {
            if (0 != desc.load64(descOffset(index)) && 0 != (flags(index) & DESC_F_NEXT))
            {
                heads.remove(next(index));
            }
        }
        heads.removeAll(usedHeads);
        heads.removeAll(availableHeads);
        final int unpublished = heads.size() - distance(usedIdx, lastAvail);
        final int end = availIdx + Math.max(0, unpublished);
        heads.removeAll(availableHeads(avail, availIdx, end));
        final Map<Integer, Integer> places = new HashMap<>();
        // Of an image that was tampered with, the distance may be anything.
        final int before = Math.min(size, distance(end - size, lastAvail));
        for (int i = 0; i < before; i++)
        {
            places.put(avail.load16(SplitRingLayout.availEntryOffset(end + i & size - 1)), i);
        }
        return heads.stream()
            .sorted(Comparator.comparingInt((head) -> places.getOrDefault(head, Ring.NONE))).toList();
    }

    private int flags(final int index)
    {
        return desc.load16(descOffset(index) + SplitRingLayout.FLAGS_OFFSET);
    }

    private int next(final int index)
    {
        return desc.load16(descOffset(index) + SplitRingLayout.NEXT_OFFSET);
    }

    private int requireHead(final int head)
    {
        if (head < 0 || head >= size)
        {
            throw new IllegalArgumentException("ring names a descriptor beyond it: index=" +
                Integer.toUnsignedString(head) + ", size=" + size);
        }
        return head;
    }

    private static int distance(final int from, final int to)
    {
        return to - from & Ring.IDX_MASK;
    }
}
