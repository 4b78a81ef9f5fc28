/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Garbage for the driver role in all memory that it shares: each chain comes back at most once, and none that was not
 * given, until the ring is dead.
 */
final class HostileDeviceFuzzTest
{
    private static final int SIZE = 8;

    @ParameterizedTest(name = "packed {0}, tables {1}, in order {2}, seed {3}")
    @CsvSource({
        "false, false, false, 11", "false, true, false, 12", "false, false, true, 13", "false, true, true, 14",
        "true, false, false, 15", "true, true, false, 16", "true, false, true, 17", "true, true, true, 18"
    })
    void shouldSurviveGarbageInAllSharedMemory(
        final boolean isPacked, final boolean hasTables, final boolean isInOrder, final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        Features features = isPacked ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY;
        features = hasTables ? features.with(FeatureBits.INDIRECT_DESC) : features;
        features = isInOrder ? features.with(FeatureBits.IN_ORDER) : features;
        int deaths = 0;
        int returns = 0;
        try (CaseMemory memory = new CaseMemory(1 << 16))
        {
            for (int round = 0; round < 500; round++)
            {
                final CoherentBuffer buffer = memory.shared.dma.allocateCoherent(
                    Rings.memoryLength(features, SIZE, SIZE), RingFormat.CACHE_LINE);
                try (DriverRing driver = Rings.driver(features, SIZE, SIZE, buffer))
                {
                    final int found = attack(driver, new RawDevice(driver.areas(), memory, 0, (token) -> 0),
                        buffer.memory(), random);
                    deaths += found < 0 ? 1 : 0;
                    returns += Math.abs(found) - 1;
                }
            }
        }
        assertTrue(deaths > 100 && returns > 50, "one-sided: deaths=" + deaths + ", returns=" + returns);
    }

    /** How many chains came back, and one more; less than zero if the ring died. */
    private static int attack(
        final DriverRing driver, final RawDevice device, final MemorySegment memory, final SplittableRandom random)
    {
        final byte[] garbage = new byte[(int)memory.byteSize()];
        final Set<Long> outstanding = new HashSet<>();
        int returns = 0;
        for (long step = 0; step < 20; step++)
        {
            try
            {
                final int writable = random.nextInt(1, 3);
                if (DriverRing.FULL != driver.add(new long[]{0x8000, 0x9000, 0xa000, 0xb000},
                    new int[]{16, 16, 16, 16}, random.nextInt(3), writable, step))
                {
                    outstanding.add(step);
                }
                driver.publish();
                if (random.nextInt(16) == 0)
                {
                    random.nextBytes(garbage);
                    memory.copyFrom(MemorySegment.ofArray(garbage));
                }
                lie(device, returns, outstanding.size(), random);
                while (driver.poll())
                {
                    assertTrue(outstanding.remove(driver.token()), "twice or never: " + driver.token());
                    assertTrue(driver.written() >= 0 && driver.written() <= 32);
                    returns++;
                }
                driver.enableInterrupts();
                assertEquals(outstanding.size(), driver.inFlight());
                assertTrue(driver.freeDescriptors() >= 0 && driver.freeDescriptors() <= SIZE);
            }
            catch (final RingException e)
            {
                assertEquals(outstanding.size(), driver.inFlight());
                return -returns - 1;
            }
        }
        return returns + 1;
    }

    /** Small enough to be believed sometimes. */
    private static void lie(
        final RawDevice device, final int used, final int outstanding, final SplittableRandom random)
    {
        if (device.isPacked)
        {
            final int lap = PackedRingLayout.used(random.nextBoolean());
            device.desc(random.nextInt(SIZE), new RawElement(lap, 0, random.nextInt()), random.nextInt(SIZE + 1));
            return;
        }
        for (int slot = 0; slot < SIZE; slot++)
        {
            final long at = SplitRingLayout.usedEntryOffset(slot);
            device.mine().store32(at, random.nextInt(16) == 0 ? random.nextInt() : random.nextInt(SIZE));
            device.mine().store32(at + SplitRingLayout.USED_LEN_OFFSET, random.nextInt());
        }
        device.mine().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, random.nextInt(16) == 0 ? random.nextInt() :
            used + random.nextInt(outstanding + 1));
    }
}
