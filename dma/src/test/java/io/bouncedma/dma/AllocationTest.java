/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Mapping makes no garbage, whatever is mapped and in whichever way.
 */
class AllocationTest
{
    private static final int LENGTH = 300;
    private static final int MAPPINGS = 50;
    private static final int ROUNDS = 200;

    private final byte[] array = new byte[LENGTH];
    private final ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH);
    private final UnsafeBuffer agrona = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final MemorySegment nativeSegment = Arena.ofAuto().allocate(LENGTH);
    private final MemorySegment ints = MemorySegment.ofArray(new int[LENGTH / 4]);

    /** Once in each way. */
    @ParameterizedTest
    @EnumSource
    void shouldMakeNoGarbage(final Direction direction)
    {
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean)ManagementFactory.getThreadMXBean();
        try (TestPool window = new TestPool();
            CoherentBuffer shared = window.dma.allocateCoherent(LENGTH, 64);
            Mapping mapping = new Mapping(window.dma))
        {
            final ScatterGather list = new ScatterGather(8).add(array, 0, LENGTH).add(direct, 0, LENGTH)
                .add(agrona, 0, LENGTH).add(nativeSegment, 0, LENGTH).add(ints, 0, LENGTH).add(shared.view(), 0, 9);
            final MappingBatch batch = new MappingBatch().add(array, 0, LENGTH).add(direct, 0, LENGTH)
                .add(agrona, 0, LENGTH).add(nativeSegment, 0, LENGTH).add(ints, 0, LENGTH).add(shared.view(), 0, 9);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++)
            {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < MAPPINGS; i++)
                {
                    use(window.dma, shared, direction);
                    mapping.map(array, 0, LENGTH, direction);
                    mapping.syncForDevice(0, 8);
                    mapping.syncForCpu(0, 8);
                    mapping.unmap(8);
                    assertTrue(window.dma.map(list, direction) > 0);
                    window.dma.unmap(list, LENGTH);
                    assertEquals(6, window.dma.map(batch, direction));
                    window.dma.unmap(batch);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
        }
    }

    private void use(final DmaDevice dma, final CoherentBuffer shared, final Direction direction)
    {
        dma.unmap(dma.map(array, 0, LENGTH, direction));
        dma.unmap(dma.map(direct, 0, LENGTH, direction));
        dma.unmap(dma.map(agrona, 0, LENGTH, direction));
        dma.unmap(dma.map(nativeSegment, 0, LENGTH, direction));
        dma.unmap(dma.map(ints, 0, LENGTH, direction));
        dma.unmap(dma.map(shared.view(), 0, LENGTH, direction));
    }
}
