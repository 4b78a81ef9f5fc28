/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;

/**
 * What both peers that are played by hand have in common. They write any value anywhere, with nothing of the code under
 * test but the offsets of the fields, which the golden tests hold.
 * <pre>
 * desc 1 w:0x8000+16 next 3      a descriptor of the ring, flags as they are; of a packed ring: id 3
 * table 0xa000 r:0x8000+16 ...   a table as it should be; 300*w:0x9000+1 is an element 300 times
 * entry 0xa000 1 rn:... next 2   an entry of a table, flags as they are
 * fill 0xa000+32 255             bytes at addresses
 * fill desc 255                  bytes of an area: desc, driver, device
 * event 5                        the wish to be told when position 5 is passed, counted in descriptors from the start
 * event 1 wrap 0 flags 3         the raw event structure of a packed ring
 * loud, quiet                    the wish to be told of all, of nothing
 * flags 0xfffe                   the raw flags word of a split ring
 * </pre>
 */
abstract class RawPeer
{
    final RingAreas areas;
    final CaseMemory memory;
    final int size;
    final boolean isPacked;

    RawPeer(final RingAreas areas, final CaseMemory memory)
    {
        this.areas = areas;
        this.memory = memory;
        size = areas.size();
        isPacked = RingFormat.PACKED == areas.format();
    }

    /** The area that this peer writes. */
    abstract OrderedMemory mine();

    /** The area that the role under test writes. */
    abstract OrderedMemory theirs();

    /** Where in {@link #mine()} a split ring has this peer's event. */
    abstract long eventOffset();

    /** Where in {@link #theirs()} a split ring has the other's event. */
    abstract long theirEventOffset();

    /** Commands of the one peer only. */
    abstract void runOwn(String[] words);

    final void run(final String[] words)
    {
        switch (words[0])
        {
            case "desc" -> desc(Integer.parseInt(words[1]), element(words[2]), words.length > 4 ? number(words[4]) : 0);
            case "table" -> table(address(words[1]), elements(words, 2));
            case "entry" ->
            {
                final RawElement element = element(words[3]);
                memory.descriptor(address(words[1]) + SplitRingLayout.descOffset(number(words[2])), element, isPacked,
                    element.flags(), words.length > 5 ? number(words[5]) : 0);
            }
            case "fill" -> fill(words[1], number(words[2]));
            case "event" -> event(words);
            case "loud" -> wish(0);
            case "quiet" -> wish(1);
            case "flags" -> mine().store16(SplitRingLayout.AREA_FLAGS_OFFSET, number(words[1]));
            default -> runOwn(words);
        }
    }

    final void desc(final int index, final RawElement element, final int nextOrId)
    {
        final long at = SplitRingLayout.descOffset(index);
        areas.desc().store64(at, element.address());
        areas.desc().store32(at + SplitRingLayout.LEN_OFFSET, element.length());
        areas.desc().store16(
            at + (isPacked ? PackedRingLayout.ID_OFFSET : SplitRingLayout.NEXT_OFFSET), nextOrId);
        areas.desc().storeRelease16(at + flagsOffset(), element.flags());
    }

    final int descFlags(final int index)
    {
        return areas.desc().load16(SplitRingLayout.descOffset(index) + flagsOffset());
    }

    final int descNextOrId(final int index)
    {
        return areas.desc().load16(SplitRingLayout.descOffset(index) +
            (isPacked ? PackedRingLayout.ID_OFFSET : SplitRingLayout.NEXT_OFFSET));
    }

    final RawElement descElement(final int index)
    {
        final long at = SplitRingLayout.descOffset(index);
        return new RawElement(descFlags(index), areas.desc().load64(at),
            areas.desc().load32(at + SplitRingLayout.LEN_OFFSET));
    }

    final long flagsOffset()
    {
        return isPacked ? PackedRingLayout.FLAGS_OFFSET : SplitRingLayout.FLAGS_OFFSET;
    }

    /** What the role under test wishes to be told of: on, off, or a position. */
    final String wish(final boolean hasEventIndex)
    {
        if (!isPacked)
        {
            final boolean isQuiet = 0 != theirs().load16(SplitRingLayout.AREA_FLAGS_OFFSET);
            return hasEventIndex ? String.valueOf(theirs().load16(theirEventOffset())) : isQuiet ? "off" : "on";
        }
        final int position = theirs().load16(PackedRingLayout.EVENT_POSITION_OFFSET);
        final int slot = position & PackedRingLayout.POSITION_MASK;
        return switch (theirs().load16(PackedRingLayout.EVENT_FLAGS_OFFSET))
        {
            case PackedRingLayout.EVENT_ENABLE -> "on";
            case PackedRingLayout.EVENT_DISABLE -> "off";
            default -> String.valueOf(slot + (position == slot ? size : 0));
        };
    }

    final OrderedMemory area(final String name)
    {
        return switch (name)
        {
            case "desc" -> areas.desc();
            case "driver" -> areas.driver();
            case "device" -> areas.device();
            default -> throw new IllegalArgumentException("no area: " + name);
        };
    }

    final RawElement element(final String text)
    {
        return RawElement.of(text, memory.base);
    }

    final List<RawElement> elements(final String[] words, final int first)
    {
        final List<RawElement> elements = new ArrayList<>();
        for (int i = first; i < words.length; i++)
        {
            final int star = words[i].indexOf('*');
            final int count = star < 0 ? 1 : Integer.parseInt(words[i].substring(0, star));
            elements.addAll(Collections.nCopies(count, element(words[i].substring(star + 1))));
        }
        return elements;
    }

    static int number(final String text)
    {
        return (int)RawElement.number(text);
    }

    final String text(final List<RawElement> elements)
    {
        final StringJoiner text = new StringJoiner(" ");
        elements.forEach((element) -> text.add(element.text(memory.base)));
        return text.toString();
    }

    private long address(final String text)
    {
        return memory.base + RawElement.number(text);
    }

    private void table(final long address, final List<RawElement> elements)
    {
        for (int i = 0; i < elements.size(); i++)
        {
            // 2.8.7: in a packed ring the entries only follow each other.
            final boolean hasNext = !isPacked && i < elements.size() - 1;
            final RawElement element = elements.get(i);
            memory.descriptor(address + SplitRingLayout.descOffset(i), element, isPacked,
                element.flags() | (hasNext ? SplitRingLayout.DESC_F_NEXT : 0), hasNext ? i + 1 : 0);
        }
    }

    private void fill(final String where, final int value)
    {
        if (where.contains("+"))
        {
            final RawElement range = element(':' + where);
            memory.fill(range.address(), range.length(), value);
            return;
        }
        final OrderedMemory area = area(where);
        for (long i = 0; i < area.length(); i++)
        {
            area.store8(i, value);
        }
    }

    private void event(final String[] words)
    {
        final int position = number(words[1]);
        if (!isPacked)
        {
            mine().store16(eventOffset(), position);
        }
        else if (words.length > 2)
        {
            event(position | number(words[3]) << PackedRingLayout.WRAP_SHIFT, number(words[5]));
        }
        else
        {
            final int wrap = 0 == position / size % 2 ? 1 << PackedRingLayout.WRAP_SHIFT : 0;
            event(position % size | wrap, PackedRingLayout.EVENT_DESC);
        }
    }

    private void event(final int position, final int flags)
    {
        mine().store16(PackedRingLayout.EVENT_POSITION_OFFSET, position);
        mine().store16(PackedRingLayout.EVENT_FLAGS_OFFSET, flags);
    }

    private void wish(final int value)
    {
        mine().store16(isPacked ? PackedRingLayout.EVENT_FLAGS_OFFSET : SplitRingLayout.AREA_FLAGS_OFFSET, value);
    }

    /** The lap of a packed ring that a position is in has this wrap counter. */
    final boolean wrapAt(final int position)
    {
        return 0 == position / size % 2;
    }

    /** Let the memory of a ring look as if so many chains of one descriptor had gone around. */
    final void begin(final int start)
    {
        if (!isPacked)
        {
            areas.driver().store16(SplitRingLayout.AREA_IDX_OFFSET, start);
            areas.device().store16(SplitRingLayout.AREA_IDX_OFFSET, start);
            mine().store16(eventOffset(), start);
            return;
        }
        for (int slot = 0; slot < size; slot++)
        {
            final boolean lap = wrapAt(start) == slot < start % size;
            desc(slot, new RawElement(0 == start ? 0 : PackedRingLayout.used(lap), 0, 0), 0);
        }
    }
}
