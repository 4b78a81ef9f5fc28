/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Random map, sync, unmap and device accesses against a model that has two arrays for each mapping: what the caller
 * has, and what the device has.
 */
class DmaPropertyTest
{
    private static final int SEEDS = 40;
    private static final int STEPS = 500;

    private static final class Model
    {
        private long mapping;
        private Direction direction;
        private byte[] buffer;
        private byte[] caller;
        private byte[] device;
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldMoveBytesAsTheModelDoes(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Model> models = new ArrayList<>();
        try (TestPool window = new TestPool())
        {
            for (int step = 0; step < STEPS; step++)
            {
                if (models.isEmpty() || random.nextInt(4) == 0)
                {
                    map(random, window, models);
                }
                else
                {
                    final Model model = models.get(random.nextInt(models.size()));
                    act(random, window, model, models);
                }
            }
            while (!models.isEmpty())
            {
                unmap(random, window, models.getFirst(), models);
            }
            assertEquals(0, window.pool.usedBytes());
        }
    }

    private static void map(final SplittableRandom random, final TestPool window, final List<Model> models)
    {
        final Model model = new Model();
        model.buffer = new byte[1 + random.nextInt(9000)];
        random.nextBytes(model.buffer);
        model.caller = model.buffer.clone();
        model.direction = Direction.values()[random.nextInt(3)];
        model.mapping = window.dma.map(model.buffer, 0, model.buffer.length, model.direction);
        if (model.mapping > 0)
        {
            model.device = model.direction.isToDevice() ? model.buffer.clone() : new byte[model.buffer.length];
            models.add(model);
        }
    }

    private static void act(
        final SplittableRandom random, final TestPool window, final Model model, final List<Model> models)
    {
        final long address = window.dma.busAddress(model.mapping);
        final int from = random.nextInt(model.buffer.length);
        final int length = 1 + random.nextInt(model.buffer.length - from);
        switch (random.nextInt(5))
        {
            case 0 -> unmap(random, window, model, models);
            case 1 ->
            {
                final byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                window.deviceWrites(address + from, bytes);
                System.arraycopy(bytes, 0, model.device, from, length);
            }
            case 2 ->
            {
                model.buffer[from]++;
                model.caller[from]++;
            }
            case 3 ->
            {
                window.dma.syncForCpu(model.mapping, from, length);
                if (model.direction.isFromDevice())
                {
                    System.arraycopy(model.device, from, model.caller, from, length);
                }
            }
            default ->
            {
                window.dma.syncForDevice(model.mapping, from, length);
                if (model.direction.isToDevice())
                {
                    System.arraycopy(model.caller, from, model.device, from, length);
                }
            }
        }
        if (models.contains(model))
        {
            assertArrayEquals(model.device, window.deviceReads(address, model.device.length));
        }
        assertArrayEquals(model.caller, model.buffer);
    }

    private static void unmap(
        final SplittableRandom random, final TestPool window, final Model model, final List<Model> models)
    {
        final int written = random.nextInt(2 * model.buffer.length);
        window.dma.unmap(model.mapping, written);
        models.remove(model);
        if (model.direction.isFromDevice())
        {
            final int count = Math.min(written, model.buffer.length);
            System.arraycopy(model.device, 0, model.caller, 0, count);
        }
        assertArrayEquals(model.caller, model.buffer, () -> Arrays.toString(model.buffer));
    }
}
