/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The two ends of a split ring, both honest.
 */
final class SplitRingTest
{
    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, 8);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    @Test
    void shouldCarryBytesBothWays()
    {
        shared.put(shared.free, "question".getBytes(StandardCharsets.US_ASCII));
        final int head = ring.driver.add(new long[]{ring.bus(0), ring.bus(5), ring.bus(16), ring.bus(32)},
            new int[]{5, 3, 4, 4}, 2, 2, 42);
        assertTrue(head >= 0);
        ring.driver.publish();

        assertTrue(ring.device.poll(ring.chain));
        assertNull(ring.chain.fault());
        assertEquals(8, ring.chain.readable());
        assertEquals(8, ring.chain.writable());
        final byte[] question = new byte[8];
        ring.chain.read(0, question, 0, 8);
        assertEquals("question", new String(question, StandardCharsets.US_ASCII));
        ring.chain.write(0, "answer".getBytes(StandardCharsets.US_ASCII), 0, 6);
        ring.device.complete(ring.chain, 6);
        ring.device.publish();

        assertTrue(ring.driver.poll());
        assertEquals(42, ring.driver.token());
        assertEquals(6, ring.driver.written());
        assertEquals("answ", new String(shared.bytes(shared.free + 16, 4), StandardCharsets.US_ASCII));
        assertEquals("er", new String(shared.bytes(shared.free + 32, 2), StandardCharsets.US_ASCII));
        assertFalse(ring.driver.poll());
    }

    @Test
    void shouldShowNothingBeforePublish()
    {
        ring.add(1, 1, 16, 1);
        assertFalse(ring.device.poll(ring.chain));
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        assertFalse(ring.device.poll(ring.chain));

        ring.device.complete(ring.chain, 0);
        assertFalse(ring.driver.poll());
        ring.device.publish();
        assertTrue(ring.driver.poll());
        assertFalse(ring.driver.poll());
    }

    @Test
    void shouldCountFreeDescriptorsAndRefuseWhenFull()
    {
        assertEquals(8, ring.driver.freeDescriptors());
        assertTrue(ring.add(2, 1, 16, 1) >= 0);
        assertTrue(ring.add(1, 3, 16, 2) >= 0);
        assertEquals(1, ring.driver.freeDescriptors());
        assertEquals(2, ring.driver.inFlight());
        assertEquals(DriverRing.FULL, ring.add(1, 1, 16, 3));
        assertEquals(1, ring.driver.freeDescriptors());
        assertTrue(ring.add(1, 0, 16, 3) >= 0);
        assertEquals(DriverRing.FULL, ring.add(1, 0, 16, 4));
        assertEquals(0, ring.driver.freeDescriptors());
        assertEquals(3, ring.driver.inFlight());

        ring.driver.publish();
        for (int token = 1; token <= 3; token++)
        {
            assertTrue(ring.device.poll(ring.chain));
            ring.device.complete(ring.chain, 0);
        }
        ring.device.publish();
        for (int token = 1; token <= 3; token++)
        {
            assertTrue(ring.driver.poll());
            assertEquals(token, ring.driver.token());
        }
        assertEquals(8, ring.driver.freeDescriptors());
        assertEquals(0, ring.driver.inFlight());
        assertTrue(ring.add(8, 0, 16, 5) >= 0);
    }

    @ParameterizedTest(name = "readable={0} writable={1} length={2}")
    @CsvSource({"0, 0, 16", "-1, 1, 16", "2, -1, 16", "1, 0, 0", "0, 1, -1", "2, 0, 0x40000000", "1, 2, 0x7fffffff"})
    void shouldRefuseChainsWithoutElementsOrBytesAndChangeNothing(
        final int readable, final int writable, final int length)
    {
        final int[] lengths = {length, length, length};
        final long[] addresses = {ring.bus(0), ring.bus(0), ring.bus(0)};
        assertThrows(
            IllegalArgumentException.class, () -> ring.driver.add(addresses, lengths, readable, writable, 1));
        assertEquals(8, ring.driver.freeDescriptors());
        assertEquals(0, ring.driver.inFlight());
        ring.driver.publish();
        assertEquals(0, ring.availIdx());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 64})
    void shouldGoAroundMoreThan65536Times(final int size)
    {
        try (RingPair small = new RingPair(shared, size))
        {
            for (int i = 0; i < 70_000; i++)
            {
                small.add(0, 1, 16, i);
                small.driver.publish();
                assertTrue(small.device.poll(small.chain));
                small.device.complete(small.chain, i & 15);
                small.device.publish();
                assertTrue(small.driver.poll());
                assertEquals(i, small.driver.token());
                assertEquals(i & 15, small.driver.written());
            }
            assertEquals(70_000 & 0xffff, small.availIdx());
            assertEquals(70_000 & 0xffff, small.usedIdx());
            assertEquals(size, small.driver.freeDescriptors());
        }
    }

    @Test
    void shouldFillTheLargestRing()
    {
        final int size = RingFormat.MAX_SIZE;
        try (TestRegion large = TestRegion.ofOffsets(1 << 21); RingPair full = new RingPair(large, size))
        {
            for (int i = 0; i < size; i++)
            {
                assertTrue(full.add(1, 0, 16, i) >= 0);
            }
            full.driver.publish();
            for (int i = 0; i < size; i++)
            {
                assertTrue(full.device.poll(full.chain));
                full.device.complete(full.chain, 0);
            }
            assertFalse(full.device.poll(full.chain));
            full.device.publish();
            for (int i = 0; i < size; i++)
            {
                assertTrue(full.driver.poll());
                assertEquals(i, full.driver.token());
            }
            assertFalse(full.driver.poll());
            assertEquals(size, full.driver.freeDescriptors());
        }
    }

    @Test
    void shouldRefuseToCompleteWithMoreThanIsWritable()
    {
        ring.add(1, 1, 16, 1);
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        assertThrows(IllegalArgumentException.class, () -> ring.device.complete(ring.chain, 17));
        assertThrows(IllegalArgumentException.class, () -> ring.device.complete(ring.chain, -1));
        ring.device.publish();
        assertEquals(0, ring.usedIdx());
        ring.device.complete(ring.chain, 16);
        ring.device.publish();
        assertEquals(1, ring.usedIdx());
    }

    @Test
    void shouldKeepReadsAndWritesInsideTheirPart()
    {
        ring.add(1, 1, 16, 1);
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        final byte[] bytes = new byte[64];
        final DescriptorChain chain = ring.chain;
        assertThrows(IndexOutOfBoundsException.class, () -> chain.read(0, bytes, 0, 17));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.read(16, bytes, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.read(-1, bytes, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.read(0, bytes, 0, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.write(1, bytes, 0, 16));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.write(Integer.MAX_VALUE, bytes, 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.readableBytes(8, 9));
        assertThrows(IndexOutOfBoundsException.class, () -> chain.writableBytes(17, 1));
        chain.read(16, bytes, 0, 0);
        assertEquals(16, chain.readableBytes(0, 16).remaining());
        assertEquals(1, chain.writableBytes(15, 1).remaining());
    }

    @Test
    void shouldRefuseMemoryThatIsTooShort()
    {
        try (CoherentBuffer memory = shared.dma.allocateCoherent(RingFormat.SPLIT.totalLength(8) - 1, 64))
        {
            final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Rings.driver(Features.MANDATORY, 8, 0, memory));
            assertEquals("ring memory is too short: size=8, elements=0, length=261, required=262", e.getMessage());
        }
    }
}
