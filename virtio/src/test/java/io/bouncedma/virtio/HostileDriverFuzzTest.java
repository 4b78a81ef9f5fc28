/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random rings for the device role: whatever it finds, it ends in a good chain, a bad chain or a dead ring.
 */
final class HostileDriverFuzzTest
{
    private static final int SIZE = 8;
    private static final int REGION = 1 << 16;
    private static final int TABLES = 0xe000;

    @ParameterizedTest(name = "packed {0}, others {1}, seed {2}")
    @CsvSource({
        "false, false, 21", "false, false, 22", "false, true, 23", "false, true, 24",
        "true, false, 25", "true, false, 26", "true, true, 27", "true, true, 28"
    })
    void shouldEndInGoodChainBadChainOrDeadRing(final boolean isPacked, final boolean hasAll, final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final int[] ends = new int[3];
        Features features = isPacked ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY;
        features = hasAll ? features.with(FeatureBits.INDIRECT_DESC).with(FeatureBits.EVENT_IDX) : features;
        try (CaseMemory memory = new CaseMemory(REGION);
            RingAreas areas = memory.allocate(RingFormat.of(features), SIZE))
        {
            final DescriptorChain chain = new DescriptorChain(memory.shared.region);
            for (int round = 0; round < 1000; round++)
            {
                final RawDriver driver = new RawDriver(areas, memory, 0);
                attack(driver, Rings.device(features, areas), chain, random, ends);
            }
        }
        assertTrue(ends[0] > 100 && ends[1] > 100 && ends[2] > 100,
            "one-sided: good=" + ends[0] + ", bad=" + ends[1] + ", dead=" + ends[2]);
    }

    private static void attack(
        final RawDriver driver,
        final DeviceRing device,
        final DescriptorChain chain,
        final SplittableRandom random,
        final int[] ends)
    {
        final byte[] bytes = new byte[64];
        int idx = 0;
        try
        {
            for (int step = 0; step < 30; step++)
            {
                scribble(driver, random);
                idx += random.nextInt(20) == 0 ? random.nextInt(0x10000) : random.nextInt(3);
                makeAvailable(driver, random, idx, step);
                while (device.poll(chain))
                {
                    final boolean isGood = null == chain.fault();
                    ends[isGood ? 0 : 1]++;
                    assertEquals(isGood, chain.readable() + chain.writable() > 0);
                    chain.read(0, bytes, 0, Math.min(bytes.length, chain.readable()));
                    final int written = Math.min(bytes.length, chain.writable());
                    chain.write(0, bytes, 0, written);
                    device.complete(chain, written);
                }
                device.publish();
                device.enableKicks();
            }
        }
        catch (final RingException e)
        {
            ends[2]++;
        }
    }

    private static void makeAvailable(
        final RawDriver driver, final SplittableRandom random, final int idx, final int step)
    {
        if (!driver.isPacked)
        {
            driver.mine().store16(SplitRingLayout.availEntryOffset(random.nextInt(SIZE)),
                random.nextInt(40) == 0 ? random.nextInt(0x10000) : step % SIZE);
            driver.mine().storeRelease16(SplitRingLayout.AREA_IDX_OFFSET, idx);
        }
    }

    private static void scribble(final RawDriver driver, final SplittableRandom random)
    {
        // A chain that never ends kills a packed ring, and all of them have to join in.
        final int more = random.nextInt(30) == 0 ? SplitRingLayout.DESC_F_NEXT : 0;
        for (int i = 0; i < SIZE; i++)
        {
            final RawElement element = element(random, driver.isPacked);
            driver.desc(i, new RawElement(element.flags() | more, element.address(), element.length()),
                random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(SIZE));
            final RawElement entry = element(random, false);
            driver.memory.descriptor(TABLES + SplitRingLayout.descOffset(i), entry, driver.isPacked, entry.flags(),
                random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(4));
        }
    }

    private static RawElement element(final SplittableRandom random, final boolean isPacked)
    {
        final int wrap = isPacked ? PackedRingLayout.available(random.nextBoolean()) : 0;
        if (random.nextInt(8) == 0)
        {
            final int length = random.nextInt(8) == 0 ? random.nextInt() :
                SplitRingLayout.DESC_LENGTH * random.nextInt(1, 5);
            return new RawElement(SplitRingLayout.DESC_F_INDIRECT | wrap,
                random.nextInt(8) == 0 ? REGION - 8 : TABLES + SplitRingLayout.descOffset(random.nextInt(4)), length);
        }
        final long address = switch (random.nextInt(12))
        {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(-64, 64);
            case 2 -> REGION - random.nextInt(64);
            default -> 0x8000 + random.nextInt(0x5000);
        };
        final int length = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(1, 64);
        final int flags = random.nextInt(12) == 0 ? random.nextInt() : random.nextInt(4) | wrap;
        return new RawElement(flags, address, length);
    }
}
