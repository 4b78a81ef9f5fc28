/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Mappings of memory that lies in a pool already.
 */
class ZeroCopyTest
{
    private static final int LENGTH = 5000;

    private final TwoPools window = new TwoPools();
    private final DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools).order("a"));
    private final CoherentBuffer buffer = dma.allocateCoherent(LENGTH, 4096);

    @AfterEach
    void close()
    {
        buffer.close();
        dma.close();
        window.close();
    }

    @Test
    void shouldUseEveryPartInPlace()
    {
        final long used = window.a.usedBytes();
        for (int offset = 0; offset < LENGTH; offset += 611)
        {
            for (final Direction direction : Direction.values())
            {
                final int length = LENGTH - offset;
                final long mapping = dma.map(buffer.view(), offset, length, direction);
                assertEquals(buffer.busAddress() + offset, dma.busAddress(mapping));
                assertEquals(length, dma.length(mapping));
                buffer.view().putByte(offset, (byte)offset);
                assertArrayEquals(new byte[]{(byte)offset}, window.deviceReads(dma.busAddress(mapping), 1));
                dma.syncForCpu(mapping, 0, length);
                dma.syncForDevice(mapping, 0, length);
                assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForCpu(mapping, 1, length));
                window.deviceWrites(dma.busAddress(mapping), new byte[]{5});
                assertEquals(5, buffer.view().getByte(offset));
                dma.unmap(mapping);
                assertMessage("unmapped already", () -> dma.unmap(mapping));
                assertMessage("unmapped already", () -> dma.syncForCpu(mapping, 0, 1));
            }
        }
        assertEquals(used, window.a.usedBytes());
        assertEquals(0, dma.statistics().bytesToDevice() + dma.statistics().bytesFromDevice());
    }

    @Test
    void shouldNotTakeAStaleHandleForTheMappingInItsPlace()
    {
        final long first = dma.map(buffer.view(), 0, 10, Direction.TO_DEVICE);
        dma.unmap(first);
        final long second = dma.map(buffer.view(), 20, 30, Direction.TO_DEVICE);
        assertNotEquals(first, second);
        assertMessage("unmapped already", () -> dma.length(first));
        assertMessage("mappings=1", dma::close);
        dma.unmap(second);
    }

    @Test
    void shouldBounceWhatLiesInAPoolOfAnother()
    {
        try (DmaDevice other = new DmaDevice(new DmaPolicy("other", window.pools).order("b")))
        {
            buffer.view().putByte(7, (byte)77);
            final long mapping = other.map(buffer.view(), 7, 1, Direction.TO_DEVICE);
            assertTrue(window.b.contains(other.busAddress(mapping)));
            assertArrayEquals(new byte[]{77}, window.deviceReads(other.busAddress(mapping), 1));
            assertMessage("foreign", () -> dma.unmap(mapping));
            other.unmap(mapping);
        }
    }

    @Test
    void shouldBounceWhatIsOnlyPartlyInThePool()
    {
        try (DmaDevice other = new DmaDevice(new DmaPolicy("other", window.pools).order("b")))
        {
            // The last bytes of pool a and the first of pool b, which alone the device may use.
            final UnsafeBuffer across = window.region.view(4096 + TwoPools.LENGTH - 10, 20);
            across.setMemory(0, 20, (byte)3);
            final long mapping = other.map(across, 0, 20, Direction.TO_DEVICE);
            assertNotEquals(4096 + TwoPools.LENGTH - 10, other.busAddress(mapping));
            assertTrue(window.b.contains(other.busAddress(mapping)));
            other.unmap(mapping);
            final long outside = dma.map(across, 0, 20, Direction.TO_DEVICE);
            assertNotEquals(4096 + TwoPools.LENGTH - 10, dma.busAddress(outside), "pool a ends within");
            dma.unmap(outside);
        }
    }

    @Test
    void shouldBounceWhatTheDeviceCanNotAddress()
    {
        final int last = 4095 + TwoPools.LENGTH / 2;
        final AddressRules rules = new AddressRules(0, -1, Long.highestOneBit(last) - 1);
        try (DmaDevice narrow = new DmaDevice(new DmaPolicy("narrow", window.pools).order("a").rules(rules)))
        {
            final UnsafeBuffer high = window.region.view(TwoPools.LENGTH - 100, 100);
            final long mapping = narrow.map(high, 0, 100, Direction.TO_DEVICE);
            assertTrue(narrow.busAddress(mapping) + 99 <= rules.addressMask(),
                () -> "bus=" + narrow.busAddress(mapping) + ", mask=" + rules.addressMask());
            narrow.unmap(mapping);
        }
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
