/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * The driver played by hand, against the device role.
 * <pre>
 * chain 2 r:0x8000+16 w:0x9000+32   a chain of id 2, made available; of a split ring its descriptors are 2, 3, ...;
 *                                   NEXT is set where it belongs, t:0xa000+32 refers to a table
 * head 5                            an entry of a split ring's driver area, made available
 * availidx 1000                     the raw index of a split ring
 * slots 2 3                         a packed ring's chain of id 2, made of desc, takes 3 slots
 * </pre>
 */
final class RawDriver extends RawPeer
{
    private int available;
    private int used;
    /** Of a packed ring, by id. */
    private final Map<Integer, Integer> slots = new HashMap<>();

    RawDriver(final RingAreas areas, final CaseMemory memory, final int start)
    {
        super(areas, memory);
        available = start;
        used = start;
        begin(start);
    }

    @Override
    OrderedMemory mine()
    {
        return areas.driver();
    }

    @Override
    OrderedMemory theirs()
    {
        return areas.device();
    }

    @Override
    long eventOffset()
    {
        return SplitRingLayout.usedEventOffset(size);
    }

    @Override
    long theirEventOffset()
    {
        return SplitRingLayout.availEventOffset(size);
    }

    @Override
    void runOwn(final String[] words)
    {
        switch (words[0])
        {
            case "chain" -> chain(number(words[1]), elements(words, 2));
            case "head" -> head(number(words[1]));
            case "availidx" -> areas.driver().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, number(words[1]));
            case "slots" -> slots.put(number(words[1]), number(words[2]));
            default -> throw new IllegalArgumentException("the driver can not do that: " + String.join(" ", words));
        }
    }

    void chain(final int id, final List<RawElement> elements)
    {
        final int count = elements.size();
        for (int i = count - 1; i >= 0; i--)
        {
            final RawElement element = elements.get(i);
            final int next = i < count - 1 ? SplitRingLayout.DESC_F_NEXT : 0;
            final int at = isPacked ? (available + i) % size : (id + i) % size;
            final int flags = element.flags() | next |
                (isPacked ? PackedRingLayout.available(wrapAt(available + i)) : 0);
            desc(at, new RawElement(flags, element.address(), element.length()),
                isPacked ? id : 0 == next ? 0 : (at + 1) % size);
        }
        if (isPacked)
        {
            available += count;
            slots.put(id, count);
        }
        else
        {
            head(id);
        }
    }

    /** What the device role has used since the last look. */
    String used()
    {
        final StringJoiner text = new StringJoiner(" ");
        text.setEmptyValue("none");
        if (isPacked)
        {
            int slot = used % size;
            while (PackedRingLayout.isUsed(descFlags(slot), wrapAt(used)))
            {
                final RawElement entry = descElement(slot);
                // 2.8.4: the length counts with WRITE only.
                text.add(descNextOrId(slot) + ":" + (entry.has(SplitRingLayout.DESC_F_WRITE) ? entry.length() : 0));
                used += slots.getOrDefault(descNextOrId(slot), 1);
                slot = used % size;
            }
            return text.toString();
        }
        while (areas.device().load16(SplitRingLayout.AREA_IDX_OFFSET) != (used & Ring.IDX_MASK))
        {
            final long at = SplitRingLayout.usedEntryOffset(used & size - 1);
            text.add(areas.device().load32(at) + ":" + areas.device().load32(at + SplitRingLayout.USED_LEN_OFFSET));
            used++;
        }
        return text.toString();
    }

    private void head(final int head)
    {
        areas.driver().store16(SplitRingLayout.availEntryOffset(available & size - 1), head);
        available++;
        areas.driver().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, available);
    }
}
