/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The driver role against a device that writes what it likes: the attacks that Linux's drivers met.
 */
final class HostileDeviceTest
{
    private static final int SIZE = 8;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, SIZE);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    /**
     * Linux 6.1: "id 5000 out of range", and the ring is marked broken.
     */
    @ParameterizedTest
    @ValueSource(ints = {SIZE, 5000, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void shouldRefuseUsedIdOutOfRange(final int id)
    {
        publish(1);
        ring.usedEntry(0, id, 0);
        ring.usedIdx(1);
        assertDead("id=" + Integer.toUnsignedString(id));
    }

    /**
     * Linux 6.1: "id 0 is not a head!". A chain that came back twice would free its buffers twice.
     */
    @Test
    void shouldRefuseReplayOfAnIdThatWasUsedAlready()
    {
        publish(2);
        ring.usedEntry(0, 0, 0);
        ring.usedEntry(1, 0, 0);
        ring.usedIdx(2);
        assertTrue(ring.driver.poll());
        assertDead("id=0");
    }

    /**
     * Linux 6.1: "id 1 is not a head!".
     */
    @Test
    void shouldRefuseIdFromTheMiddleOfAChain()
    {
        ring.add(2, 1, 16, 1);
        ring.driver.publish();
        ring.usedEntry(0, 1, 0);
        ring.usedIdx(1);
        assertDead("id=1");
    }

    @Test
    void shouldRefuseIdThatWasNeverMadeAvailable()
    {
        publish(1);
        ring.usedEntry(0, 5, 0);
        ring.usedIdx(1);
        assertDead("id=5");
    }

    /**
     * Linux 6.1 follows an index that jumps into stale entries until one of them is not a head.
     */
    @ParameterizedTest
    @ValueSource(ints = {3, 8, 1000, 32768, 65535})
    void shouldRefuseUsedIndexThatJumps(final int idx)
    {
        publish(2);
        ring.usedEntry(0, 0, 0);
        ring.usedEntry(1, 1, 0);
        ring.usedIdx(idx);
        assertDead("device used more chains than it has: used.idx=" + idx);
    }

    @Test
    void shouldRefuseUsedIndexThatGoesBack()
    {
        publish(2);
        ring.usedEntry(0, 0, 0);
        ring.usedEntry(1, 1, 0);
        ring.usedIdx(2);
        assertTrue(ring.driver.poll());
        assertTrue(ring.driver.poll());
        publish(2);
        ring.usedIdx(1);
        assertDead("used.idx=1, expected=2 to 4");
    }

    /**
     * Linux 6.1 passes 0xffffffff on: CVE-2025-40292 and CVE-2026-64552 (virtio-net), CVE-2026-46123 (virtio_bt). QEMU
     * and libvhost-user over-report without malice, so the length is capped and the ring lives on.
     */
    @ParameterizedTest(name = "used.len={0} of {1}+{2} elements of 16: {3}")
    @CsvSource({
        "0xffffffff, 1, 2, 32",
        "0x80000000, 1, 2, 32",
        "0x7fffffff, 1, 2, 32",
        "33, 1, 2, 32",
        "32, 1, 2, 32",
        "31, 1, 2, 31",
        "0, 1, 2, 0",
        "65537, 2, 1, 16",
        "1, 3, 0, 0",
        "0xffffffff, 3, 0, 0",
    })
    void shouldCapUsedLengthToWhatIsWritable(
        final String claimed, final int readable, final int writable, final int expected)
    {
        ring.add(readable, writable, 16, 9);
        ring.driver.publish();
        ring.usedEntry(0, 0, (int)(long)Long.decode(claimed));
        ring.usedIdx(1);
        assertTrue(ring.driver.poll());
        assertEquals(9, ring.driver.token());
        assertEquals(expected, ring.driver.written());
        publish(1);
    }

    /**
     * Linux 6.1: NEXT set in the shared table is an endless loop in detach_buf_split, which reads it again.
     */
    @ParameterizedTest(name = "flags {0} next {1}")
    @CsvSource({"1, 0", "1, 3", "3, 7", "0, 65535", "65535, 65535", "4, 1"})
    void shouldNeverReadTheDescriptorTableAgain(final int flags, final int next)
    {
        ring.add(2, 1, 16, 1);
        ring.add(1, 1, 16, 2);
        ring.add(1, 0, 16, 3);
        ring.driver.publish();
        for (int i = 0; i < SIZE; i++)
        {
            ring.desc(i, -1, -1, flags, next);
        }
        ring.usedEntry(0, 3, 16);
        ring.usedEntry(1, 0, 16);
        ring.usedEntry(2, 5, 0);
        ring.usedIdx(3);
        final int[] free = {4, 7, 8};
        final long[] tokens = {2, 1, 3};
        for (int i = 0; i < 3; i++)
        {
            assertTrue(ring.driver.poll());
            assertEquals(tokens[i], ring.driver.token());
            assertEquals(free[i], ring.driver.freeDescriptors());
        }
        // The next chain takes all descriptors and overwrites what the device left in them.
        ring.add(4, 4, 16, 4);
        ring.driver.publish();
        for (int i = 0; i < 3; i++)
        {
            assertTrue(ring.device.poll(ring.chain));
            ring.device.complete(ring.chain, 0);
        }
        assertTrue(ring.device.poll(ring.chain));
        assertEquals(64, ring.chain.readable());
        assertEquals(64, ring.chain.writable());
    }

    @Test
    void shouldNeverReadTheDriverAreaAgain()
    {
        publish(1);
        ring.availIdx(77);
        ring.availEntry(0, 99);
        ring.usedEntry(0, 0, 0);
        ring.usedIdx(1);
        assertTrue(ring.driver.poll());
        publish(1);
        assertEquals(2, ring.availIdx());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13, 14})
    void shouldSurviveGarbageInAllSharedMemory(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        int deaths = 0;
        for (int round = 0; round < 500; round++)
        {
            try (RingPair victim = new RingPair(shared, SIZE))
            {
                deaths += attack(victim, random) ? 1 : 0;
            }
        }
        assertTrue(deaths > 100, "the garbage never hurt: deaths=" + deaths);
    }

    private boolean attack(final RingPair victim, final SplittableRandom random)
    {
        final byte[] garbage = new byte[(int)victim.memory.byteSize()];
        boolean isDead = false;
        for (int step = 0; step < 20 && !isDead; step++)
        {
            final int outstanding = victim.driver.inFlight();
            random.nextBytes(garbage);
            try
            {
                victim.add(random.nextInt(3), random.nextInt(1, 3), 16, step);
                victim.driver.publish();
                victim.memory.copyFrom(MemorySegment.ofArray(garbage));
                // Small enough to be believed sometimes.
                victim.usedEntry(step % SIZE, random.nextInt(-1, SIZE + 1), random.nextInt());
                victim.usedIdx(random.nextInt(outstanding + 3));
                while (victim.driver.poll())
                {
                    assertTrue(victim.driver.written() >= 0 && victim.driver.written() <= 32);
                }
                victim.driver.enableInterrupts();
            }
            catch (final RingException e)
            {
                isDead = true;
            }
            assertTrue(victim.driver.freeDescriptors() >= 0 && victim.driver.freeDescriptors() <= SIZE);
            assertTrue(victim.driver.inFlight() >= 0 && victim.driver.inFlight() <= SIZE);
        }
        return isDead;
    }

    private void publish(final int chains)
    {
        for (int i = 0; i < chains; i++)
        {
            ring.add(1, 0, 16, i);
        }
        ring.driver.publish();
    }

    private void assertDead(final String reason)
    {
        final int free = ring.driver.freeDescriptors();
        final RingException first = assertThrows(RingException.class, ring.driver::poll);
        assertTrue(first.getMessage().contains(reason), first.getMessage());
        // Whatever the device does afterwards.
        ring.usedIdx(0);
        final String again = "ring is dead: " + first.getMessage();
        assertEquals(again, assertThrows(RingException.class, ring.driver::poll).getMessage());
        assertEquals(again, assertThrows(RingException.class, ring.driver::publish).getMessage());
        assertEquals(again, assertThrows(RingException.class, ring.driver::enableInterrupts).getMessage());
        assertEquals(again, assertThrows(RingException.class, () -> ring.add(1, 0, 16, 1)).getMessage());
        assertEquals(free, ring.driver.freeDescriptors());
    }
}
