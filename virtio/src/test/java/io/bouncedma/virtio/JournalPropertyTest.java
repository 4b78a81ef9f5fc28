/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Devices with a journal that die anywhere: between two calls, and between the stores of one. Rings of random features,
 * many of them so small that a batch fills them: every chain comes back once, and again to a device in the order in
 * which it was made available. The driver sleeps until it is interrupted, and a device may die before it does that.
 */
class JournalPropertyTest
{
    private static final int STEPS = 6_000;
    private static final int MAX_ELEMENTS = 4;
    private static final int NUMBERS = 1024;

    private final Arena arena = Arena.ofConfined();
    private TestRegion shared;
    private Random random;
    private Features features;
    private RingFormat format;
    private DriverRing driver;
    private AbstractDeviceRing device;
    private InFlightJournal journal;
    private MemorySegment journalMemory;
    private OrderedMemory raw;
    private long nextToken;
    private long lastTaken;
    private final Set<Long> outstanding = new HashSet<>();
    private final List<DescriptorChain> taken = new ArrayList<>();
    private final List<DescriptorChain> spare = new ArrayList<>();
    /** Of the driver: it polls only when it was interrupted. */
    private boolean isAsleep;
    /** Completed, and not published. */
    private int unpublished;
    private long died;

    static LongStream seeds()
    {
        return LongStream.range(1, 97);
    }

    @BeforeEach
    void open()
    {
        shared = TestRegion.ofOffsets(1 << 20);
    }

    @AfterEach
    void close()
    {
        if (null != driver)
        {
            driver.close();
        }
        shared.close();
        arena.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldGiveEveryChainBackOnce(final long seed)
    {
        random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        features = Features.MANDATORY;
        for (final int bit : new int[]{
            FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER})
        {
            features = random.nextBoolean() ? features.with(bit) : features;
        }
        format = RingFormat.of(features);
        final int size = format.fit(1 + random.nextInt(random.nextBoolean() ? 6 : 100));
        final int elements = random.nextBoolean() ? MAX_ELEMENTS : 0;
        final CoherentBuffer memory = shared.dma.allocateCoherent(Rings.memoryLength(features, size, elements), 64);
        driver = Rings.driver(features, size, elements, memory);
        journalMemory = arena.allocate(InFlightJournal.length(format, size), 64);
        raw = new OrderedMemory(journalMemory);
        attach(0);
        for (int step = 0; step < STEPS; step++)
        {
            switch (random.nextInt(12))
            {
                case 0, 1, 2, 3 -> add();
                case 4, 5, 6 -> take();
                case 7, 8 -> complete();
                case 9, 10 -> poll();
                default -> die();
            }
        }
        for (int i = 0; i < STEPS && !outstanding.isEmpty(); i++)
        {
            take();
            complete();
            publish();
            poll();
        }
        assertEquals(Set.of(), outstanding, () -> features + ", size=" + size);
        assertEquals(size, driver.freeDescriptors());
        assertEquals(0, device.inFlight());
        assertTrue(died > 0);
    }

    private void add()
    {
        final int count = 1 + random.nextInt(Math.min(MAX_ELEMENTS, driver.size()));
        if (driver.hasRoom(count))
        {
            final long[] addresses = new long[count];
            final int[] lengths = new int[count];
            for (int i = 0; i < count; i++)
            {
                addresses[i] = shared.region.busAddress(shared.free + nextToken % NUMBERS * Long.BYTES);
                lengths[i] = Long.BYTES;
            }
            new OrderedMemory(shared.memory()).store64(shared.free + nextToken % NUMBERS * Long.BYTES, nextToken);
            driver.add(addresses, lengths, 1, count - 1, nextToken);
            outstanding.add(nextToken);
            nextToken++;
        }
        if (random.nextBoolean())
        {
            driver.publish();
        }
    }

    private void take()
    {
        driver.publish();
        for (int i = random.nextInt(8); i >= 0; i--)
        {
            final DescriptorChain chain =
                spare.isEmpty() ? new DescriptorChain() : spare.remove(spare.size() - 1);
            if (!device.poll(chain))
            {
                spare.add(chain);
                return;
            }
            assertNull(chain.fault());
            final byte[] bytes = new byte[Long.BYTES];
            chain.read(0, bytes, 0, Long.BYTES);
            final long token = MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            assertTrue(token > lastTaken, "taken out of order: " + token + " after " + lastTaken);
            lastTaken = token;
            taken.add(chain);
        }
    }

    private void complete()
    {
        for (int i = random.nextInt(random.nextBoolean() ? 4 : 100); i >= 0 && !taken.isEmpty(); i--)
        {
            final DescriptorChain chain = taken.remove(random.nextInt(taken.size()));
            device.complete(chain, chain.writable());
            spare.add(chain);
            unpublished++;
        }
        if (random.nextBoolean())
        {
            publish();
        }
    }

    private void publish()
    {
        final boolean isDue = device.publish();
        unpublished = features.has(FeatureBits.IN_ORDER) ? device.chains.waiting() : 0;
        if (0 == random.nextInt(16))
        {
            // Between what the driver can see and the doorbell.
            die();
        }
        else if (isDue)
        {
            isAsleep = false;
        }
    }

    private void poll()
    {
        while (!isAsleep)
        {
            while (driver.poll())
            {
                assertTrue(outstanding.remove(driver.token()), "unknown or doubled token " + driver.token());
            }
            if (random.nextBoolean())
            {
                return;
            }
            isAsleep = driver.enableInterrupts();
        }
    }

    /** The device is forgotten, after it has done a part of what a call does. */
    private void die()
    {
        died++;
        final int inFlight = device.inFlight() + unpublished;
        final boolean isBatch = device.isUnpublished();
        final byte[] before = journalMemory.toArray(ValueLayout.JAVA_BYTE);
        final int phase = isBatch ? random.nextInt(6) : 0;
        final int waiting = features.has(FeatureBits.IN_ORDER) ? device.chains.waiting() : 0;
        if (phase > 0)
        {
            journal.publishing();
        }
        if (1 == phase)
        {
            // Linked, and nothing said of it yet.
            keepHeader(before);
        }
        if (phase > 2)
        {
            device.show();
        }
        if (phase > 3)
        {
            final byte[] shown = journalMemory.toArray(ValueLayout.JAVA_BYTE);
            journal.published();
            keepHeader(shown);
            if (5 == phase && RingFormat.PACKED == format)
            {
                raw.store16(PackedJournal.OLD_FREE_HEAD_OFFSET, raw.load16(PackedJournal.FREE_HEAD_OFFSET));
            }
        }
        attach(phase > 2 ? device.inFlight() + waiting : inFlight);
    }

    private void keepHeader(final byte[] bytes)
    {
        final int length = RingFormat.SPLIT == format ? 16 : 32;
        MemorySegment.copy(bytes, 0, journalMemory, ValueLayout.JAVA_BYTE, 0, length);
    }

    private void attach(final int inFlight)
    {
        if (random.nextBoolean())
        {
            poll();
            add();
        }
        for (int i = random.nextInt(2); i >= 0; i--)
        {
            journal = InFlightJournal.in(format, driver.size(), journalMemory);
            device = (AbstractDeviceRing)Rings.device(features, driver.areas(), journal);
        }
        assertEquals(inFlight, device.inFlight(), () -> features + ", size=" + driver.size());
        spare.addAll(taken);
        taken.clear();
        unpublished = 0;
        lastTaken = -1;
    }
}
