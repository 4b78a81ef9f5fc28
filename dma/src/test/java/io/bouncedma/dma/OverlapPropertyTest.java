/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which mappings debug mode refuses, against a model that compares a mapping with every live one.
 */
class OverlapPropertyTest
{
    private static final int SEEDS = 40;
    private static final int STEPS = 800;
    private static final int MEMORY = 400;

    /** A part of memory that is mapped. */
    private record Part(int memory, int offset, int length, Direction direction)
    {
        boolean conflictsWith(final Part other)
        {
            return memory == other.memory && offset < other.offset + other.length && other.offset < offset + length &&
                (direction.isFromDevice() || other.direction.isFromDevice());
        }
    }

    /** A handle, or a list, and its parts. */
    private record Live(long mapping, ScatterGather list, List<Part> parts)
    {
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldRefuseWhatTheModelRefuses(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        // Two arrays of bytes, one of another kind, and memory outside the heap.
        final MemorySegment[] memories = {MemorySegment.ofArray(new byte[MEMORY]),
            MemorySegment.ofArray(new byte[MEMORY]), MemorySegment.ofArray(new int[MEMORY / 4]),
            Arena.ofAuto().allocate(MEMORY)};
        final List<Live> live = new ArrayList<>();
        // Few writers and many, short parts and long ones.
        final int readers = random.nextInt(10);
        final int longest = 1 + random.nextInt(MEMORY / 4);
        int refused = 0;
        try (TwoPools window = new TwoPools();
            DmaDevice dma = new DmaDevice(new DmaPolicy("disk", window.pools).debug(true)))
        {
            for (int step = 0; step < STEPS; step++)
            {
                if (live.size() > 100 || !live.isEmpty() && random.nextInt(3) == 0)
                {
                    unmap(dma, live.remove(random.nextInt(live.size())));
                    continue;
                }
                final List<Part> parts = new ArrayList<>();
                final Direction direction = random.nextInt(10) < readers ? Direction.TO_DEVICE :
                    Direction.values()[1 + random.nextInt(2)];
                for (int i = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1; i > 0; i--)
                {
                    final int length = 1 + random.nextInt(longest);
                    parts.add(new Part(random.nextInt(memories.length), random.nextInt(MEMORY - length + 1), length,
                        direction));
                }
                if (map(dma, memories, parts, direction, live))
                {
                    refused++;
                }
            }
            live.forEach(each -> unmap(dma, each));
            assertEquals(0, window.a.usedBytes());
        }
        assertTrue(refused > 0 || 9 == readers, "nothing was refused");
    }

    @Test
    void shouldFindOneAmongMany()
    {
        final int count = 50_000;
        final SplittableRandom random = new SplittableRandom(1);
        final Intervals parts = new Intervals();
        final List<Intervals.Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            // The first one reaches over all others.
            nodes.add(new Intervals.Node(2L * i, 0 == i ? 2L * count : 2L * i + 1)
            {
            });
            parts.add(nodes.get(i));
        }
        parts.remove(nodes.removeFirst());
        while (!nodes.isEmpty())
        {
            final Intervals.Node node = nodes.remove(random.nextInt(nodes.size()));
            assertEquals(node, parts.overlapping(node));
            parts.remove(node);
            assertEquals(null, parts.overlapping(node));
        }
        assertTrue(parts.isEmpty());
    }

    private static boolean map(
        final DmaDevice dma,
        final MemorySegment[] memories,
        final List<Part> parts,
        final Direction direction,
        final List<Live> live)
    {
        boolean isConflict = false;
        for (int i = 0; i < parts.size(); i++)
        {
            final Part part = parts.get(i);
            isConflict |= parts.subList(0, i).stream().anyMatch(part::conflictsWith) ||
                live.stream().flatMap(each -> each.parts.stream()).anyMatch(part::conflictsWith);
        }
        boolean isRefused = false;
        try
        {
            if (1 == parts.size())
            {
                final Part part = parts.getFirst();
                final long mapping = dma.map(memories[part.memory], part.offset, part.length, direction);
                assertTrue(mapping > 0);
                live.add(new Live(mapping, null, parts));
            }
            else
            {
                final ScatterGather list = new ScatterGather(8);
                parts.forEach(part -> list.add(memories[part.memory], part.offset, part.length));
                assertTrue(dma.map(list, direction) > 0);
                live.add(new Live(0, list, parts));
            }
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains("mappings overlap"), e.getMessage());
            isRefused = true;
        }
        assertEquals(isConflict, isRefused, () -> parts.toString());
        return isRefused;
    }

    private static void unmap(final DmaDevice dma, final Live live)
    {
        if (null == live.list)
        {
            dma.unmap(live.mapping, 0);
        }
        else
        {
            dma.unmap(live.list, 0);
        }
    }
}
