/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * The device played by hand, against the driver role.
 * <pre>
 * use #7 16                the chain of token 7 is used, with 16 bytes written
 * use 5 0xffffffff         the same with a raw id and length
 * batch #7 16 3            IN_ORDER: one entry for three chains, of which the chain of token 7 is the last
 * usedidx 1000             the raw index of a split ring
 * wrongwrap #7 16          a used entry of a packed ring with the other wrap counter
 * </pre>
 */
final class RawDevice extends RawPeer
{
    private static final int NOTHING = -1;

    private final LongFunction<Integer> idOfToken;
    private int available;
    private int used;
    /** What the driver role made available, by id: descriptors of the ring that it takes. */
    private final Map<Integer, Integer> slots = new HashMap<>();
    private final List<Integer> order = new ArrayList<>();

    RawDevice(
        final RingAreas areas, final CaseMemory memory, final int start, final LongFunction<Integer> idOfToken)
    {
        super(areas, memory);
        this.idOfToken = idOfToken;
        available = start;
        used = start;
        begin(start);
    }

    @Override
    OrderedMemory mine()
    {
        return areas.device();
    }

    @Override
    OrderedMemory theirs()
    {
        return areas.driver();
    }

    @Override
    long eventOffset()
    {
        return SplitRingLayout.availEventOffset(size);
    }

    @Override
    long theirEventOffset()
    {
        return SplitRingLayout.usedEventOffset(size);
    }

    @Override
    void runOwn(final String[] words)
    {
        switch (words[0])
        {
            case "use" -> use(id(words[1]), number(words[2]), 1, wrapAt(used));
            case "batch" -> use(id(words[1]), number(words[2]), number(words[3]), wrapAt(used));
            case "wrongwrap" -> use(id(words[1]), number(words[2]), 0, !wrapAt(used));
            case "usedidx" -> areas.device().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, number(words[1]));
            default -> throw new IllegalArgumentException("the device can not do that: " + String.join(" ", words));
        }
    }

    /** The next chain that the driver role made available, its table followed. */
    String seen()
    {
        final List<RawElement> elements = new ArrayList<>();
        return NOTHING == next(elements) ? "none" : text(elements);
    }

    boolean wrapOfUsed()
    {
        return wrapAt(used);
    }

    void use(final int id, final int length, final int chains, final boolean wrap)
    {
        if (!isPacked)
        {
            final long at = SplitRingLayout.usedEntryOffset(used & size - 1);
            areas.device().store32(at, id);
            areas.device().store32(at + SplitRingLayout.USED_LEN_OFFSET, length);
            used += chains;
            available = Math.max(available, used);
            areas.device().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, used);
            return;
        }
        // What is overwritten now would not be seen any more.
        int seen = next(new ArrayList<>());
        while (NOTHING != seen)
        {
            seen = next(new ArrayList<>());
        }
        desc(used % size, new RawElement(
            PackedRingLayout.used(wrap) | (0 == length ? 0 : SplitRingLayout.DESC_F_WRITE), 0, length), id);
        if (1 == chains)
        {
            used += slots.getOrDefault(id, 1);
            order.remove((Integer)id);
        }
        for (int i = 0; i < chains && chains > 1 && !order.isEmpty(); i++)
        {
            used += slots.get(order.remove(0));
        }
    }

    /** Follow the next available chain, and return its id. */
    private int next(final List<RawElement> elements)
    {
        final boolean isAvailable = isPacked ?
            PackedRingLayout.isAvailable(descFlags(available % size), wrapAt(available)) :
            areas.driver().load16(SplitRingLayout.AREA_IDX_OFFSET) != (available & Ring.IDX_MASK);
        if (!isAvailable)
        {
            return NOTHING;
        }
        int at = isPacked ? available % size :
            areas.driver().load16(SplitRingLayout.availEntryOffset(available & size - 1));
        int id = at;
        int count = 1;
        while (count <= size)
        {
            final RawElement element = descElement(at);
            elements.addAll(element.has(SplitRingLayout.DESC_F_INDIRECT) ? table(element) : List.of(element));
            id = isPacked ? descNextOrId(at) : id;
            if (!element.has(SplitRingLayout.DESC_F_NEXT))
            {
                break;
            }
            at = isPacked ? (at + 1) % size : descNextOrId(at);
            count++;
        }
        available += isPacked ? count : 1;
        slots.put(id, count);
        order.add(id);
        return id;
    }

    /** The entries of a table, which must be in a row: in a split ring each names the next. */
    private List<RawElement> table(final RawElement table)
    {
        final List<RawElement> elements = new ArrayList<>();
        final OrderedMemory bytes = new OrderedMemory(memory.shared.region.memory(
            memory.shared.region.offsetOf(table.address()), table.length()));
        final int count = table.length() / SplitRingLayout.DESC_LENGTH;
        for (int i = 0; i < count; i++)
        {
            final long at = SplitRingLayout.descOffset(i);
            final RawElement element = new RawElement(bytes.load16(at + flagsOffset()), bytes.load64(at),
                bytes.load32(at + SplitRingLayout.LEN_OFFSET));
            final boolean hasNext = !isPacked && i < count - 1;
            if (hasNext != element.has(SplitRingLayout.DESC_F_NEXT) ||
                hasNext && i + 1 != bytes.load16(at + SplitRingLayout.NEXT_OFFSET))
            {
                throw new IllegalStateException("table is in disorder: entry=" + i);
            }
            elements.add(element);
        }
        return elements;
    }

    private int id(final String text)
    {
        return text.startsWith("#") ? idOfToken.apply(Long.parseLong(text.substring(1))) : number(text);
    }
}
