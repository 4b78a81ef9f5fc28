/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Under identity addressing an element may be contiguous for the driver and not for this process: pages that follow
 * each other in paddr lie anywhere in the region.
 */
final class ScatteredExtentsTest
{
    private static final int PAGE = 4096;
    /** Page i of the region has the paddr of place PLACES[i]; the gap from place 4 to 7 is nobody's. */
    private static final int[] PLACES = {10, 8, 11, 9, 3, 1, 0, 2};

    private final TestRegion shared = TestRegion.ofPages(PLACES);
    private final RingPair ring = new RingPair(shared, 8);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    @Test
    void shouldSplitElementThatCrossesExtents()
    {
        // From the end of place 0 through all of place 1 into place 2: pages 6, 5 and 7 of the region.
        final long start = TestRegion.PADDR + PAGE - 100;
        final int length = 100 + PAGE + 50;
        final byte[] bytes = new byte[length];
        new SplittableRandom(31).nextBytes(bytes);
        putByPaddr(start, bytes);

        ring.driver.add(new long[]{start}, new int[]{length}, 1, 0, 0);
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        assertNull(ring.chain.fault());
        assertEquals(length, ring.chain.readable());

        final byte[] read = new byte[length];
        ring.chain.read(0, read, 0, length);
        assertArrayEquals(bytes, read);
        assertEquals(100, ring.chain.readableBytes(0, length).remaining());
        assertEquals(PAGE, ring.chain.readableBytes(100, length - 100).remaining());
        assertEquals(1, ring.chain.readableBytes(100 + PAGE - 1, 51).remaining());
        assertEquals(50, ring.chain.readableBytes(100 + PAGE, 50).remaining());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {41, 42, 43})
    void shouldCopyRightAcrossElementsAndExtents(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++)
        {
            // The device reads from places 0 and 1, and writes places 2 and 3, cut in two anywhere.
            final int readable = random.nextInt(1, PAGE);
            final long from = TestRegion.PADDR + random.nextInt(2 * PAGE - readable);
            final int cutAt = random.nextInt(1, 2 * PAGE);
            final long to = TestRegion.PADDR + 2 * PAGE;
            ring.driver.add(
                new long[]{from, to, to + cutAt}, new int[]{readable, cutAt, 2 * PAGE - cutAt}, 1, 2, round);
            ring.driver.publish();
            assertTrue(ring.device.poll(ring.chain));

            final byte[] question = new byte[readable];
            random.nextBytes(question);
            putByPaddr(from, question);
            final byte[] seen = new byte[readable];
            final int cut = random.nextInt(readable);
            ring.chain.read(cut, seen, cut, readable - cut);
            ring.chain.read(0, seen, 0, cut);
            assertArrayEquals(question, seen);

            final byte[] answer = new byte[2 * PAGE];
            random.nextBytes(answer);
            final int middle = random.nextInt(answer.length);
            ring.chain.write(middle, answer, middle, answer.length - middle);
            ring.chain.write(0, answer, 0, middle);
            final byte[] expected = new byte[answer.length];
            getByPaddr(to, expected, 0, expected.length);
            assertArrayEquals(expected, answer);

            ring.device.complete(ring.chain, answer.length);
            ring.device.publish();
            assertTrue(ring.driver.poll());
        }
    }

    @Test
    void shouldSplitChainIntoMoreSlicesThanItHasElements()
    {
        final long[] addresses = new long[8];
        final int[] lengths = new int[8];
        for (int i = 0; i < 8; i++)
        {
            addresses[i] = TestRegion.PADDR + 10 + i;
            lengths[i] = 4 * PAGE - 20;
        }
        ring.driver.add(addresses, lengths, 4, 4, 0);
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        assertEquals(4 * (4 * PAGE - 20), ring.chain.readable());
        final byte[] bytes = new byte[ring.chain.writable()];
        new SplittableRandom(51).nextBytes(bytes);
        ring.chain.write(0, bytes, 0, bytes.length);
        // The last element was written last.
        final byte[] last = new byte[4 * PAGE - 20];
        getByPaddr(addresses[7], last, 0, last.length);
        assertArrayEquals(Arrays.copyOfRange(bytes, 3 * last.length, 4 * last.length), last);
    }

    @Test
    void shouldFaultElementThatRunsIntoAGap()
    {
        final long start = TestRegion.PADDR + 4 * PAGE - 10;
        ring.driver.add(new long[]{start}, new int[]{10}, 0, 1, 0);
        ring.driver.add(new long[]{start}, new int[]{11}, 0, 1, 0);
        ring.driver.publish();
        assertTrue(ring.device.poll(ring.chain));
        assertNull(ring.chain.fault());
        ring.device.complete(ring.chain, 10);
        assertTrue(ring.device.poll(ring.chain));
        assertEquals("element is outside the shared memory: address=0x40003ff6, length=11", ring.chain.fault());
    }

    @Test
    void shouldRefuseRingAreaThatCrossesExtents()
    {
        // Contiguous in paddr, and long enough: but the two pages are apart in this process.
        final long crossing = TestRegion.PADDR + PAGE - 64;
        assertThrows(IllegalArgumentException.class, () -> RingAreas.at(RingFormat.SPLIT,
            8, shared.region, crossing, ring.driver.areas().driverAddress(), ring.driver.areas().deviceAddress()));
        final RingAreas whole = RingAreas.at(RingFormat.SPLIT,
            4, shared.region, crossing, ring.driver.areas().driverAddress(), ring.driver.areas().deviceAddress());
        assertEquals(4, whole.size());
    }

    private void putByPaddr(final long paddr, final byte[] bytes)
    {
        for (int i = 0; i < bytes.length; i++)
        {
            shared.put(offsetOf(paddr + i), new byte[]{bytes[i]});
        }
    }

    private void getByPaddr(final long paddr, final byte[] to, final int index, final int length)
    {
        for (int i = 0; i < length; i++)
        {
            to[index + i] = shared.bytes(offsetOf(paddr + i), 1)[0];
        }
    }

    /**
     * The oracle: from the table above, not from the code.
     */
    private static long offsetOf(final long paddr)
    {
        final int place = (int)((paddr - TestRegion.PADDR) / PAGE);
        int page = 0;
        while (PLACES[page] != place)
        {
            page++;
        }
        return (long)page * PAGE + paddr % PAGE;
    }
}
