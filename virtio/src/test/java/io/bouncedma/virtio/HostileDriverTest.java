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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The device role against a driver that writes what it likes: a bad chain is given back empty and the ring goes on, a
 * bad ring is dead.
 */
final class HostileDriverTest
{
    private static final int SIZE = 4;
    private static final int NEXT = SplitRingLayout.DESC_F_NEXT;
    private static final int WRITE = SplitRingLayout.DESC_F_WRITE;

    /** 64 KiB, so bus addresses are valid from 1 to 0xffff. */
    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, SIZE);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    /**
     * CVE-2026-74356 (vhost) was this check missing for a ring that was not empty; libvhost-user has none.
     */
    @ParameterizedTest
    @ValueSource(ints = {SIZE + 1, 1000, 32768, 65535})
    void shouldDieOfAvailIndexThatJumps(final int idx)
    {
        ring.availIdx(idx);
        assertDead("driver made more chains available than the ring has: avail.idx=" + idx);
    }

    @Test
    void shouldDieOfAvailIndexThatGoesBack()
    {
        good(0);
        ring.availIdx(2);
        pollGood(0);
        pollGood(1);
        ring.availIdx(1);
        assertDead("avail.idx=1, seen=2");
    }

    /**
     * CVE-2016-5403 (QEMU): chains that the device has taken and not completed count, or memory is used without bound.
     */
    @Test
    void shouldDieOfMoreChainsInFlightThanTheRingHas()
    {
        for (int i = 0; i < SIZE; i++)
        {
            good(i);
            ring.availEntry(i, i);
        }
        ring.availIdx(SIZE);
        for (int i = 0; i < SIZE; i++)
        {
            assertTrue(ring.device.poll(ring.chain));
        }
        assertFalse(ring.device.poll(ring.chain));
        ring.device.complete(ring.chain, 0);
        ring.device.publish();
        ring.availEntry(0, SIZE - 1);
        ring.availIdx(SIZE + 1);
        assertTrue(ring.device.poll(ring.chain));
        ring.availIdx(SIZE + 2);
        assertDead("taken=" + SIZE);
    }

    /**
     * What is used and not published is still the device's: no driver can have made it available again.
     */
    @Test
    void shouldDieOfChainThatTheDriverCanNotHaveBack()
    {
        for (int i = 0; i < SIZE; i++)
        {
            good(i);
            ring.availEntry(i, i);
        }
        ring.availIdx(SIZE);
        for (int i = 0; i < SIZE; i++)
        {
            assertTrue(ring.device.poll(ring.chain));
        }
        ring.device.complete(ring.chain, 0);
        ring.availEntry(0, SIZE - 1);
        ring.availIdx(SIZE + 1);
        assertDead("taken=" + SIZE);
    }

    @ParameterizedTest
    @ValueSource(ints = {SIZE, SIZE + 1, 32768, 65535})
    void shouldDieOfHeadOutOfRange(final int head)
    {
        ring.availEntry(0, head);
        ring.availIdx(1);
        assertDead("driver made a chain available that can not be: head=" + head);
    }

    @ParameterizedTest(name = "next {0}")
    @ValueSource(ints = {SIZE, 5000, 32768, 65535})
    void shouldFaultNextOutOfRange(final int next)
    {
        ring.desc(1, 0x8000, 16, NEXT, next);
        assertFaultAndGoOn("next descriptor is outside the table: next=" + next);
    }

    @ParameterizedTest(name = "descriptor {0} goes back to {1}")
    @CsvSource({"1, 1", "2, 1", "3, 1", "3, 2", "2, 2", "3, 3"})
    void shouldFaultLoop(final int last, final int back)
    {
        for (int i = 1; i < last; i++)
        {
            ring.desc(i, 0x8000, 16, NEXT, i + 1);
        }
        ring.desc(last, 0x8000, 16, NEXT, back);
        assertFaultAndGoOn("chain is longer than the ring: head=1");
    }

    @Test
    void shouldTakeChainAsLongAsTheRing()
    {
        for (int i = 0; i < SIZE; i++)
        {
            ring.desc(i, 0x8000, 16, i < SIZE - 1 ? NEXT : WRITE, i + 1);
        }
        ring.availIdx(1);
        assertTrue(ring.device.poll(ring.chain));
        assertNull(ring.chain.fault());
        assertEquals(16 * (SIZE - 1), ring.chain.readable());
        assertEquals(16, ring.chain.writable());
    }

    /**
     * CVE-2016-6490 (QEMU) was an endless loop over an element without length.
     */
    @ParameterizedTest(name = "length {0}")
    @CsvSource({"0", "0x80000000", "0xffffffff"})
    void shouldFaultLengthThatIsNone(final String length)
    {
        ring.desc(1, 0x8000, 16, NEXT, 2);
        ring.desc(2, 0x8000, (int)(long)Long.decode(length), 0, 0);
        assertFaultAndGoOn("element has no usable length: length=" + Long.decode(length));
    }

    /**
     * CVE-2018-1059 (DPDK) and CVE-2016-7422 (QEMU): only the first byte of an element was translated.
     */
    @ParameterizedTest(name = "{1} bytes at {0}")
    @CsvSource({
        "0x10000, 1",
        "0xffff, 2",
        "0xfff0, 17",
        "0x8000, 0x8001",
        "0x8000, 0x7fffffef",
        "1, 0x10000",
        "0x7fffffffffffffff, 1",
        "0x7ffffffffffffff0, 32",
        "-1, 1",
        "-1, 2",
        "-16, 0x8000",
        "-0x8000000000000000, 16",
        "0x100008000, 16",
    })
    void shouldFaultElementOutsideTheRegion(final String address, final int length)
    {
        ring.desc(1, 0x8000, 16, NEXT, 2);
        ring.desc(2, Long.decode(address), length, WRITE, 0);
        assertFaultAndGoOn("element is outside the shared region");
    }

    @Test
    void shouldFaultAddressZeroThoughTheRegionHasAByteThere()
    {
        ring.desc(1, 0, 16, WRITE, 0);
        assertFaultAndGoOn("element has no address");
    }

    @Test
    void shouldTakeElementThatEndsWithTheRegion()
    {
        ring.desc(0, 0xfff0, 16, WRITE, 0);
        ring.availIdx(1);
        assertTrue(ring.device.poll(ring.chain));
        assertEquals(16, ring.chain.writable());
    }

    @Test
    void shouldFaultReadableBehindWritable()
    {
        ring.desc(1, 0x8000, 16, WRITE | NEXT, 2);
        ring.desc(2, 0x9000, 16, 0, 0);
        assertFaultAndGoOn("readable element behind a writable one");
    }

    @ParameterizedTest(name = "flags {0}")
    @ValueSource(ints = {4, 5, 6, 7})
    void shouldFaultIndirectThatWasNotNegotiated(final int flags)
    {
        ring.desc(1, 0x8000, 16, flags, 2);
        ring.desc(2, 0x9000, 16, WRITE, 0);
        assertFaultAndGoOn("indirect descriptor without INDIRECT_DESC negotiated: index=1");
    }

    /**
     * V-gHost, CVE-2019-14835 (vhost): sums of what a chain has outgrew their variable.
     */
    @Test
    void shouldFaultChainOfMoreThan2GiB()
    {
        final int size = 4096;
        try (TestRegion large = TestRegion.ofOffsets(1 << 21); RingPair ample = new RingPair(large, size))
        {
            for (int i = 0; i < size; i++)
            {
                ample.desc(i, 1 << 20, 1 << 20, i == 2046 || i == size - 1 ? WRITE : WRITE | NEXT, i + 1);
            }
            // 2047 MiB are a chain, 2049 MiB behind it are none.
            ample.availEntry(1, 2047);
            ample.availIdx(2);
            assertTrue(ample.device.poll(ample.chain));
            assertNull(ample.chain.fault());
            assertEquals(2047 << 20, ample.chain.writable());
            assertTrue(ample.device.poll(ample.chain));
            assertEquals("chain is longer than 2147483647 bytes", ample.chain.fault());
        }
    }

    /**
     * CVE-2020-14375 (DPDK): what was checked was read again.
     */
    @Test
    void shouldNeverReadDescriptorsAgainOnceTheChainIsTaken()
    {
        shared.put(0x8000, new byte[]{1, 2, 3, 4});
        ring.desc(0, 0x8000, 4, NEXT, 1);
        ring.desc(1, 0x9000, 4, WRITE, 0);
        ring.availIdx(1);
        assertTrue(ring.device.poll(ring.chain));
        for (int i = 0; i < SIZE; i++)
        {
            ring.desc(i, -1, -1, -1, -1);
        }
        final byte[] bytes = new byte[4];
        ring.chain.read(0, bytes, 0, 4);
        ring.chain.write(0, bytes, 0, 4);
        assertEquals(4, ring.chain.readable());
        assertEquals(4, ring.chain.writable());
        assertArrayEquals(new byte[]{1, 2, 3, 4}, shared.bytes(0x9000, 4));
    }

    /**
     * The bad chain begins at descriptor 1; descriptor 0 is good.
     */
    private void assertFaultAndGoOn(final String fault)
    {
        final byte[] window = shared.bytes(shared.free, shared.free);
        good(0);
        ring.availEntry(0, 1);
        ring.availEntry(1, 0);
        ring.availEntry(2, 1);
        ring.availEntry(3, 0);
        ring.availIdx(4);
        for (int i = 0; i < 2; i++)
        {
            assertTrue(ring.device.poll(ring.chain));
            assertTrue(String.valueOf(ring.chain.fault()).startsWith(fault), ring.chain.fault());
            assertEquals(0, ring.chain.readable());
            assertEquals(0, ring.chain.writable());
            assertThrows(IndexOutOfBoundsException.class, () -> ring.chain.write(0, new byte[1], 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> ring.chain.readableBytes(0, 1));
            assertThrows(IllegalArgumentException.class, () -> ring.device.complete(ring.chain, 1));
            ring.device.complete(ring.chain, 0);
            assertEquals(1, ring.usedEntryId(2 * i));
            assertEquals(0, ring.usedEntryLength(2 * i));
            pollGood(2 * i + 1);
        }
        ring.device.publish();
        assertEquals(4, ring.usedIdx());
        assertArrayEquals(window, shared.bytes(shared.free, shared.free));
    }

    private void good(final int index)
    {
        ring.desc(index, 0xa000, 32, WRITE, 0);
    }

    private void pollGood(final int usedSlot)
    {
        assertTrue(ring.device.poll(ring.chain));
        assertNull(ring.chain.fault());
        assertEquals(32, ring.chain.writable());
        ring.device.complete(ring.chain, 32);
        assertEquals(0, ring.usedEntryId(usedSlot));
        assertEquals(32, ring.usedEntryLength(usedSlot));
    }

    private void assertDead(final String reason)
    {
        final int used = ring.usedIdx();
        final RingException first = assertThrows(RingException.class, () -> ring.device.poll(ring.chain));
        assertTrue(first.getMessage().contains(reason), first.getMessage());
        // Whatever the driver does afterwards.
        ring.availIdx(0);
        ring.availEntry(0, 0);
        final String again = "ring is dead: " + first.getMessage();
        assertEquals(again,
            assertThrows(RingException.class, () -> ring.device.poll(ring.chain)).getMessage());
        assertEquals(again, assertThrows(RingException.class, ring.device::publish).getMessage());
        assertEquals(again, assertThrows(RingException.class, ring.device::enableKicks).getMessage());
        assertEquals(used, ring.usedIdx());
    }
}
