/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Random maps and unmaps: the model gives the same addresses and refusals as a slow reference, and the same figures.
 */
class SwiotlbModelPropertyTest
{
    private static final int SEEDS = 60;
    private static final int STEPS = 3000;
    private static final int[] MASKS = {0, 0, 511, 2047, 4095, 4095, 8191, 65535};

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldPlaceAsTheReference(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final boolean isRestricted = 0 == random.nextInt(3);
        final int areas = isRestricted ? 1 : 1 << random.nextInt(3);
        final int segments = areas * random.nextInt(1, 5);
        final int cpus = random.nextInt(1, 7);
        final CpuOrder order = CpuOrder.values()[random.nextInt(2)];
        final int mask = MASKS[random.nextInt(MASKS.length)];
        final SwiotlbModel model = new SwiotlbModel(
            new SwiotlbPool(segments * SwiotlbPool.SEGMENT_SLOTS, areas, cpus, isRestricted), order,
            DeviceMasks.of(5 + 2).with("b", mask), List.of("a", "b"));
        final NaiveSwiotlb reference = new NaiveSwiotlb(segments, areas, mask);
        int maps = 0;
        final List<Long> live = new ArrayList<>();
        int preferMaps = 50;
        for (int step = 0; step < STEPS; step++)
        {
            if (0 == step % 100)
            {
                preferMaps = random.nextInt(20, 90);
            }
            if (live.isEmpty() || random.nextInt(100) < preferMaps)
            {
                final int bytes = bytes(random);
                final int pageOffset = random.nextBoolean() ? 0 : random.nextInt(4096);
                final boolean isCoherent = isRestricted && random.nextBoolean();
                final long address = model.map(
                    bytes, isCoherent ? TraceDirection.COHERENT : TraceDirection.TO_DEVICE, pageOffset, 1);
                final boolean isCounted = isCoherent ? bytes <= SwiotlbPool.SEGMENT_SIZE :
                    bytes <= SwiotlbModel.maxMapping(mask);
                final int cpu = CpuOrder.ONE == order ? 0 : maps % cpus;
                maps += isCounted ? 1 : 0;
                final long expected = isCoherent ?
                    reference.allocate(bytes, cpu) : reference.map(bytes, pageOffset, cpu);
                assertEquals(expected, Math.max(-1, address), () -> "mask=" + mask + ", bytes=" + bytes);
                if (address >= 0)
                {
                    assertEquals(isCoherent ? 0 : pageOffset & mask, address & mask & 4095, "low bits");
                    live.add(address);
                }
            }
            else
            {
                final long address = live.remove(random.nextInt(live.size()));
                model.unmap(address);
                reference.unmap(address);
            }
            if (0 == step % 50)
            {
                assertSameFigures(model, reference, segments);
            }
        }
        live.forEach(model::unmap);
        assertEquals(0, model.usedBytes());
        assertEquals(SwiotlbModel.SEGMENT_SIZE, model.largestFreeRun());
    }

    private static int bytes(final SplittableRandom random)
    {
        return switch (random.nextInt(4))
        {
            case 0 -> random.nextInt(1, 2049);
            case 1 -> random.nextInt(2048, 8193);
            case 2 -> random.nextInt(1, 65_537);
            default -> random.nextInt(1, SwiotlbModel.SEGMENT_SIZE + 4097);
        };
    }

    private static void assertSameFigures(
        final SwiotlbModel model, final NaiveSwiotlb reference, final int segments)
    {
        final int slots = segments * SwiotlbModel.SEGMENT_SIZE / SwiotlbModel.SLOT_SIZE;
        final int[] usage = new int[slots];
        model.usage(usage);
        long used = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            assertEquals(reference.isUsed(slot) ? SwiotlbModel.SLOT_SIZE : 0, usage[slot], "slot " + slot);
            used += usage[slot];
        }
        assertEquals(used, model.usedBytes());
        assertEquals(reference.largestFreeRun(), model.largestFreeRun());
    }
}
