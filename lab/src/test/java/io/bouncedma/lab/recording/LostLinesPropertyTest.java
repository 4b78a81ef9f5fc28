/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random maps and unmaps of pages and lists, bounced and not, of which lines are lost, against a model that looks
 * through all that lives.
 */
class LostLinesPropertyTest
{
    private static final int STEPS = 4000;
    private static final int SLOT = 2048;
    private static final int SLOTS = 300;
    private static final int PAGES = 40;
    private static final int DEVICES = 3;
    private static final long POOL = 0x3a700000L;

    /** What lives: a page or a list, in the pool or not. */
    private record Live(int device, boolean isPool, boolean isList, List<long[]> parts)
    {
        boolean overlaps(final long address, final long bytes)
        {
            return isPool && parts.stream().anyMatch(part -> part[0] / SLOT <= (address + bytes - 1) / SLOT &&
                address / SLOT <= (part[0] + part[1] - 1) / SLOT);
        }
    }

    private static final Comparator<Live> BY_SIZE = Comparator.comparingLong(LostLinesPropertyTest::size);

    private final List<Live> live = new ArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private int now;
    private long lost;
    private long unknown;
    private long otherSize;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldDoAsAModelThatLooksThroughAllThatLives(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        for (now = 0; now < STEPS; now++)
        {
            if (random.nextInt(100) < 55)
            {
                map(random);
            }
            else
            {
                unmap(random);
            }
        }
        final Recording recording = Lines.read(lines.toArray(String[]::new));
        final Trace trace = recording.trace();
        // What one line ends has no order.
        assertEquals(String.join("\n", expected.stream().sorted().toList()), IntStream.range(0, trace.size())
            .mapToObj(i -> event(trace.isMap(i) ? "map" : "unmap",
                Integer.parseInt(trace.devices().get(trace.device(i)).substring(1)), trace.bytes(i),
                trace.timeMicros(i)))
            .sorted().collect(Collectors.joining("\n")));
        assertEquals(lost, recording.count(Count.LOST_UNMAPS), "lost");
        assertEquals(unknown, recording.count(Count.UNKNOWN_UNMAPS), "unknown");
        assertEquals(otherSize, recording.count(Count.OTHER_SIZE), "other size");
        assertEquals(0, recording.count(Count.NOT_UNDERSTOOD));
        assertTrue(lost > 20 && unknown > 20 && otherSize > 5, () -> recording.counts().toString());
    }

    /** Anywhere in the pool, as if the unmap of what was there had been lost; or a page that may be mapped already. */
    private void map(final SplittableRandom random)
    {
        final boolean isPool = random.nextBoolean();
        final boolean isList = random.nextInt(3) == 0;
        final int device = random.nextInt(DEVICES);
        final List<long[]> parts = new ArrayList<>();
        long address = isPool ? POOL + random.nextInt(SLOTS) * SLOT + random.nextInt(4) : page(random);
        for (int i = isList ? random.nextInt(1, 5) : 1; i > 0; i--)
        {
            final long bytes = isPool ? random.nextInt(1, 5 * SLOT) : 512 << random.nextInt(3);
            parts.add(new long[] {address, bytes});
            address = isPool ? (address + bytes + SLOT) / SLOT * SLOT + SLOT : page(random);
        }
        for (final long[] part : parts)
        {
            for (final Live each : List.copyOf(live))
            {
                if (isPool && each.overlaps(part[0], part[1]))
                {
                    lost++;
                    end(each);
                }
            }
        }
        final Live mapping = new Live(device, isPool, isList, parts);
        live.add(mapping);
        parts.forEach(part -> expected.add(event("map", device, part[1], now)));
        lines.add(isList ? "dma_map_sg: d" + device + " dir=TO_DEVICE dma_addrs=" + list(parts, 0, 0) + " sizes=" +
            list(parts, 1, 0) + " phys_addrs=" + list(parts, 0, physical(isPool)) + " attrs=" :
            "dma_map_phys: d" + device + " dir=TO_DEVICE dma_addr=" + Long.toHexString(parts.getFirst()[0]) + " size=" +
            parts.getFirst()[1] + " phys_addr=" + Long.toHexString(parts.getFirst()[0] + physical(isPool)) + " attrs=");
        lines.set(lines.size() - 1, Lines.event(now, lines.getLast()));
    }

    /** Of something that lives, of nothing, or of another size than what lives. */
    private void unmap(final SplittableRandom random)
    {
        final Live of = live.isEmpty() || random.nextInt(20) == 0 ?
            new Live(random.nextInt(DEVICES), false, false, List.of(new long[] {page(random), 77})) :
            live.get(random.nextInt(live.size()));
        final long wrong = random.nextInt(10) == 0 ? 1 : 0;
        final long first = of.parts().getFirst()[0];
        if (of.isList())
        {
            final long length = of.parts().size() + wrong;
            lines.add(Lines.event(now, "dma_unmap_sg: d" + of.device() + " dir=TO_DEVICE phys_addrs={0x" +
                Long.toHexString(first + physical(of.isPool())) + ",0x1".repeat((int)length - 1) + "} attrs="));
        }
        else
        {
            lines.add(Lines.event(now, "dma_unmap_phys: d" + of.device() + " dir=TO_DEVICE dma_addr=" +
                Long.toHexString(first) + " size=" + (of.parts().getFirst()[1] + wrong) + " attrs="));
        }
        final List<Live> there = live.stream().filter(each -> each.device() == of.device() &&
            each.isPool() == of.isPool() && each.isList() == of.isList() &&
            each.parts().getFirst()[0] == first).toList();
        final long size = size(of) + wrong;
        // Of the size that is asked for, or the next larger, or else the smallest.
        final Live found = there.stream().filter(each -> size(each) >= size).min(BY_SIZE)
            .or(() -> there.stream().min(BY_SIZE)).orElse(null);
        if (null == found)
        {
            unknown++;
            return;
        }
        otherSize += size(found) == size ? 0 : 1;
        end(found);
    }

    private void end(final Live each)
    {
        live.remove(each);
        each.parts().forEach(part -> expected.add(event("unmap", each.device(), part[1], now)));
    }

    private static String event(final String op, final int device, final long bytes, final long time)
    {
        return "%06d %s d%d %d".formatted(time, op, device, bytes);
    }

    private static long size(final Live each)
    {
        return each.isList() ? each.parts().size() : each.parts().getFirst()[1];
    }

    private static long page(final SplittableRandom random)
    {
        return 0x1000000L + random.nextInt(PAGES) * 4096L;
    }

    /** In the pool, originals lie elsewhere in their page; beside it, they are where the device sees them. */
    private static long physical(final boolean isPool)
    {
        return isPool ? 0x10000010L : 0;
    }

    private static String list(final List<long[]> parts, final int which, final long distance)
    {
        final StringBuilder text = new StringBuilder("{");
        for (final long[] part : parts)
        {
            text.append(text.length() > 1 ? "," : "").append("0x").append(Long.toHexString(part[which] + distance));
        }
        return text.append('}').toString();
    }
}
