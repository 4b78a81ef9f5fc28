/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A middleman that is neither end saves a ring from its memory alone, between any two calls of the ends, and other
 * objects go on: every chain comes back once. Then memory that no honest pair leaves.
 */
class PublishedIndicesTest
{
    private static final int STEPS = 6_000;
    private static final int MAX_ELEMENTS = 4;
    private static final int SIZE = 8;
    private static final long FIRST_TOKEN = 1L << 32;
    private static final Features PUBLISHED = Features.MANDATORY.with(FeatureBits.PUBLISH_INDICES);

    private final TestRegion shared = TestRegion.ofOffsets(1 << 20);
    private Features features = PUBLISHED;
    private Random random;
    private DriverRing first;
    private DriverRing driver;
    private DeviceRing device;
    /** The middleman's own view. */
    private RingAreas seen;
    private long nextToken = FIRST_TOKEN;
    private final Map<Integer, Long> byId = new HashMap<>();
    private final Set<Long> outstanding = new HashSet<>();
    private final Set<Long> unpublished = new HashSet<>();
    private final List<DescriptorChain> taken = new ArrayList<>();

    static LongStream seeds()
    {
        return LongStream.range(1, 65);
    }

    @AfterEach
    void close()
    {
        if (null != first)
        {
            first.close();
        }
        shared.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldLoseNothingAtTheMiddleman(final long seed)
    {
        random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        features = random.nextBoolean() ? PUBLISHED.with(FeatureBits.IN_ORDER) : PUBLISHED;
        open(1 << random.nextInt(random.nextBoolean() ? 4 : 8));
        for (int step = 0; step < STEPS; step++)
        {
            switch (random.nextInt(13))
            {
                case 0, 1, 2, 3 -> addAny();
                case 4, 5, 6 -> take();
                case 7, 8 -> complete();
                case 9, 10 -> poll();
                case 11 -> publish();
                default -> move();
            }
        }
        for (int i = 0; i < STEPS && !outstanding.isEmpty(); i++)
        {
            publish();
            take();
            complete();
            device.publish();
            poll();
        }
        assertEquals(Set.of(), outstanding);
        assertEquals(driver.size(), driver.freeDescriptors());
        assertEquals(0, device.inFlight());
    }

    /** Oldest first, as long as the available ring has not been written over. */
    @Test
    void shouldKeepTheOrderOfWhatIsTaken()
    {
        open(SIZE);
        for (int i = 0; i < 3; i++)
        {
            add(1);
        }
        driver.publish();
        take(3);
        for (int i = 0; i < 2; i++)
        {
            device.complete(taken.remove(0), 0);
        }
        device.publish();
        poll();
        // Descriptor 1 is the first free one, then 0.
        add(1);
        add(1);
        driver.publish();
        take(2);
        assertEquals(List.of(2, 1, 0),
            PublishedIndices.ofDevice(features, seen).chains().stream().map(RingSnapshot.Chain::id).toList());
        assertEquals(device.snapshot(), PublishedIndices.ofDevice(features, seen));
    }

    /** A device that uses chains in order may write one used entry for several (2.7.9). */
    @Test
    void shouldNotReadSkippedUsedEntriesInOrder()
    {
        features = PUBLISHED.with(FeatureBits.IN_ORDER);
        open(SIZE);
        for (int i = 0; i < 3; i++)
        {
            add(1);
        }
        driver.publish();
        seen.device().store32(SplitRingLayout.usedEntryOffset(2), 2);
        seen.device().store16(SplitRingLayout.availEventOffset(SIZE), 3);
        seen.device().store16(SplitRingLayout.AREA_IDX_OFFSET, 3);
        assertEquals(driver.snapshot().chains().stream().map(RingSnapshot.Chain::id).toList(),
            PublishedIndices.ofDriver(features, seen).chains().stream().map(RingSnapshot.Chain::id).toList());
    }

    @Test
    void shouldRefuseRingThatDoesNotPublish()
    {
        open(SIZE);
        for (final int bit : new int[]{
            FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC, FeatureBits.RING_PACKED})
        {
            assertThrows(IllegalArgumentException.class, () -> PublishedIndices.ofDriver(features.with(bit), seen));
        }
        assertThrows(IllegalArgumentException.class, () -> PublishedIndices.ofDevice(Features.MANDATORY, seen));
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(delimiter = '|', value = {
        // Chains 0+1 used, 2 and 5+6 taken, 3 and 4 available; 7 is free.
        "driver |   2 |  99 | indices of the ring contradict each other: lastUsed=0, used.idx=1, lastAvail=3",
        "driver |  20 | 200 | indices of the ring contradict each other: lastUsed=200",
        "device |   2 |   9 | indices of the ring contradict each other",
        "device |  68 |   0 | indices of the ring contradict each other",
        "device |   4 |   8 | ring names a descriptor beyond it: index=8",
        "device |   4 |   7 | ring has a descriptor in flight that is free: index=7, head=7",
        "device |   4 |   3 | ring has a descriptor in flight that is there already: index=3, head=3",
        "device |   6 | 0x8000 | ring names a descriptor beyond it: index=2147483648",
        "driver |  10 |   8 | ring names a descriptor beyond it: index=8",
        "driver |  10 |   4 | descriptors of the ring contradict its indices",
        // Flags and next of 4: into other chains, a free one, beyond.
        "desc   |  76 |   1 | ring has a descriptor in flight that is there already: index=0, head=4",
        "chain4 |   0 |   6 | ring has a descriptor in flight that is there already: index=6, head=4",
        "chain4 |   0 |   7 | ring has a descriptor in flight that is free: index=7, head=4",
        "chain4 |   0 |   9 | ring names a descriptor beyond it: index=9",
        // The lengths of what the device may write, of 5 and 6 together.
        "length |   0 |   0 | chain is too long: head=5, bytes=4294967294"
    })
    void shouldRefuseMemoryThatNoHonestPairLeaves(
        final String area, final int offset, final String value, final String expected)
    {
        open(SIZE);
        for (final int elements : new int[]{2, 1, 1, 1, 2})
        {
            add(elements);
        }
        final int[] order = {0, 2, 5};
        for (int i = 0; i < order.length; i++)
        {
            seen.driver().store16(SplitRingLayout.availEntryOffset(i), order[i]);
        }
        seen.driver().store16(SplitRingLayout.availEntryOffset(3), 3);
        seen.driver().store16(SplitRingLayout.availEntryOffset(4), 4);
        driver.publish();
        take(3);
        device.complete(taken.remove(0), 0);
        device.publish();
        assertEquals(5, PublishedIndices.ofDriver(features, seen).chains().size());
        final OrderedMemory desc = seen.desc();
        switch (area)
        {
            case "driver" -> seen.driver().store16(offset, Integer.decode(value));
            case "device" -> seen.device().store16(offset, Integer.decode(value));
            case "desc" -> desc.store16(offset, Integer.decode(value));
            case "chain4" ->
            {
                desc.store16(SplitRingLayout.descOffset(4) + SplitRingLayout.FLAGS_OFFSET, SplitRingLayout.DESC_F_NEXT);
                desc.store16(SplitRingLayout.descOffset(4) + SplitRingLayout.NEXT_OFFSET, Integer.decode(value));
            }
            default ->
            {
                for (int index = 5; index <= 6; index++)
                {
                    desc.store32(SplitRingLayout.descOffset(index) + SplitRingLayout.LEN_OFFSET, Integer.MAX_VALUE);
                    desc.store16(SplitRingLayout.descOffset(index) + SplitRingLayout.FLAGS_OFFSET,
                        SplitRingLayout.DESC_F_WRITE | (5 == index ? SplitRingLayout.DESC_F_NEXT : 0));
                }
            }
        }
        final String message = assertThrows(IllegalArgumentException.class,
            () -> PublishedIndices.ofDriver(features, seen)).getMessage();
        assertTrue(message.startsWith(expected), message);
    }

    private void open(final int size)
    {
        first = Rings.driver(features, size, 0,
            shared.dma.allocateCoherent(Rings.memoryLength(features, size, 0), 64));
        driver = first;
        final RingAreas areas = driver.areas();
        device = Rings.device(features, areas);
        seen = RingAreas.at(RingFormat.SPLIT, size, shared.region,
            areas.descAddress(), areas.driverAddress(), areas.deviceAddress());
    }

    private void addAny()
    {
        add(1 + random.nextInt(Math.min(MAX_ELEMENTS, driver.size())));
        if (random.nextBoolean())
        {
            publish();
        }
    }

    private void publish()
    {
        driver.publish();
        unpublished.clear();
    }

    private void add(final int count)
    {
        final long[] addresses = new long[count];
        final int[] lengths = new int[count];
        for (int i = 0; i < count; i++)
        {
            addresses[i] = shared.region.busAddress(shared.free);
            lengths[i] = 16;
        }
        final int id = driver.add(addresses, lengths, 1, count - 1, nextToken);
        if (DriverRing.FULL != id)
        {
            byId.put(id, nextToken);
            outstanding.add(nextToken);
            unpublished.add(nextToken);
            nextToken++;
        }
    }

    private void take()
    {
        take(1 + random.nextInt(4));
    }

    private void take(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            final DescriptorChain chain = new DescriptorChain();
            if (!device.poll(chain))
            {
                return;
            }
            assertNull(chain.fault());
            taken.add(chain);
        }
    }

    private void complete()
    {
        for (int i = random.nextInt(4); i >= 0 && !taken.isEmpty(); i--)
        {
            device.complete(taken.remove(random.nextInt(taken.size())), 0);
        }
        if (random.nextBoolean())
        {
            device.publish();
        }
    }

    private void poll()
    {
        while (driver.poll())
        {
            // A driver that was moved knows a chain by its id.
            final Long token = driver.token() < FIRST_TOKEN ? byId.get((int)driver.token()) : (Long)driver.token();
            assertTrue(outstanding.remove(token), () -> "unknown or doubled token " + token);
        }
    }

    private void move()
    {
        final RingSnapshot ofDriver = PublishedIndices.ofDriver(features, seen);
        final RingSnapshot ofDevice = PublishedIndices.ofDevice(features, seen);
        final int who = random.nextInt(3);
        if (who > 0)
        {
            driver = Rings.resumeDriver(features, seen, ofDriver);
            outstanding.removeAll(unpublished);
            unpublished.clear();
            assertEquals(outstanding.size(), driver.inFlight());
        }
        if (who < 2)
        {
            device = Rings.resumeDevice(features, seen, ofDevice);
            taken.clear();
        }
    }
}
