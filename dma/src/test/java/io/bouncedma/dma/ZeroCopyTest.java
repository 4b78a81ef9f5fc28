/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.Refusal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.lang.foreign.Arena;

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

    @Test
    void shouldUseEntriesOfAListInPlace()
    {
        final byte[] small = {1, 2, 3};
        buffer.view().setMemory(0, LENGTH, (byte)9);
        for (final Direction direction : Direction.values())
        {
            final ScatterGather list = new ScatterGather(4).add(small, 0, 3).add(buffer.view(), 100, 50)
                .add(small, 1, 1).add(small, 2, 1).add(buffer.view(), 0, 100);
            final DmaStatistics before = dma.statistics();
            assertEquals(4, dma.map(list, direction));
            assertEquals(buffer.busAddress() + 100, list.busAddress(1));
            assertEquals(50, list.segmentLength(1));
            assertEquals(2, list.segmentLength(2));
            assertEquals(buffer.busAddress(), list.busAddress(3));
            assertEquals(100, list.segmentLength(3));
            final byte[] seen = window.deviceReads(list.busAddress(0), 3);
            assertArrayEquals(direction.isToDevice() ? small : new byte[3], seen);
            assertEquals(9, window.deviceReads(list.busAddress(3), 1)[0]);
            assertMessage("mappings=4", dma::close);
            window.deviceWrites(list.busAddress(0), new byte[]{4, 5, 6});
            window.deviceWrites(list.busAddress(2), new byte[]{7, 8});
            dma.unmap(list, Long.MAX_VALUE);
            assertArrayEquals(direction.isFromDevice() ? new byte[]{4, 7, 8} : new byte[]{1, 2, 3}, small);
            final DmaStatistics after = dma.statistics();
            assertEquals(4, after.maps() - before.maps());
            assertEquals(4, after.unmaps() - before.unmaps());
            assertEquals(direction.isToDevice() ? 5 : 0, after.bytesToDevice() - before.bytesToDevice());
            assertEquals(direction.isFromDevice() ? 5 : 0, after.bytesFromDevice() - before.bytesFromDevice());
            small[0] = 1;
            small[1] = 2;
            small[2] = 3;
        }
    }

    @Test
    void shouldTakeNothingForAListThatLiesInThePool()
    {
        final long used = window.a.usedBytes();
        final ScatterGather list = new ScatterGather(2).add(buffer.view(), 0, 10).add(buffer.view(), 4000, 1000);
        assertEquals(2, dma.map(list, Direction.BIDIRECTIONAL));
        assertEquals(used, window.a.usedBytes());
        dma.unmap(list, 1010);
        assertMessage("list is not mapped", () -> dma.unmap(list, 0));
    }

    @Test
    void shouldBounceAListThatHasTooFewSegmentsForItsPlaces()
    {
        final ScatterGather list = new ScatterGather(1).add(buffer.view(), 0, 10).add(buffer.view(), 4000, 100);
        buffer.view().putByte(4099, (byte)3);
        final DmaStatistics before = dma.statistics();
        assertEquals(1, dma.map(list, Direction.TO_DEVICE));
        assertEquals(110, list.segmentLength(0));
        assertEquals(3, window.deviceReads(list.busAddress(0) + 109, 1)[0]);
        dma.unmap(list, 0);
        assertEquals(1, dma.statistics().maps() - before.maps());
        assertEquals(1, dma.statistics().unmaps() - before.unmaps());
    }

    @Test
    void shouldKeepABufferOpenWhileAPartOfItIsMapped()
    {
        final long mapping = dma.map(buffer.view(), LENGTH - 1, 1, Direction.FROM_DEVICE);
        assertMessage("memory is mapped in place", buffer::close);
        buffer.view().putByte(0, (byte)1);
        dma.unmap(mapping);
        final ScatterGather list = new ScatterGather(2).add(buffer.view(), 0, 1);
        assertEquals(1, dma.map(list, Direction.TO_DEVICE));
        assertMessage("memory is mapped in place", buffer::close);
        dma.unmap(list, 0);
        try (CoherentBuffer beside = dma.allocateCoherent(64, 64))
        {
            final long other = dma.map(beside.view(), 0, 64, Direction.TO_DEVICE);
            buffer.close();
            dma.unmap(other);
        }
        assertEquals(0, window.a.usedBytes());
    }

    @Test
    void shouldKeepABufferOpenWhileAListBouncesAPartOfIt()
    {
        for (final Direction direction : Direction.values())
        {
            final byte[] beside = new byte[100];
            final ScatterGather list = new ScatterGather(1);
            list.add(buffer.view(), LENGTH - 100, 100).add(beside, 0, 100);
            final DmaStatistics before = dma.statistics();
            assertEquals(1, dma.map(list, direction));
            assertMessage("memory is mapped and bounced", buffer::close);
            assertMessage("mappings=1", dma::close);
            window.deviceWrites(list.busAddress(0), new byte[]{7});
            buffer.view().putByte(LENGTH - 100, (byte)1);
            dma.unmap(list, 200);
            assertEquals(direction.isFromDevice() ? 7 : 1, buffer.view().getByte(LENGTH - 100));
            assertEquals(1, dma.statistics().maps() - before.maps());
            assertEquals(1, dma.statistics().unmaps() - before.unmaps());
        }
        buffer.close();
        assertEquals(0, window.a.usedBytes());
    }

    @Test
    void shouldLetABufferGoWhenAListIsNotMapped()
    {
        final byte[] large = new byte[TwoPools.LENGTH + 1];
        final ScatterGather refused = new ScatterGather(1).add(buffer.view(), 0, 100).add(large, 0, large.length);
        assertTrue(dma.map(refused, Direction.FROM_DEVICE) < 0);
        final ScatterGather dead = new ScatterGather(1).add(buffer.view(), 0, 100);
        try (Arena arena = Arena.ofShared())
        {
            dead.add(arena.allocate(100).asByteBuffer(), 0, 100);
        }
        assertMessage("can not be reached", () -> dma.map(dead, Direction.TO_DEVICE));
        assertEquals(0, dma.statistics().maps() - dma.statistics().unmaps());
        buffer.close();
    }

    @Test
    void shouldKeepABufferOfAnUnregisteredPoolOpenWhileAPartOfItIsBounced()
    {
        try (DmaDevice both = new DmaDevice(new DmaPolicy("both", window.pools).order("a", "b"));
            PoolClient other = window.b.open("other"))
        {
            final CoherentBuffer first = both.allocateCoherent(LENGTH, 4096);
            window.pools.unregister(window.a);
            for (final Direction direction : Direction.values())
            {
                for (final int written : new int[]{0, 1, 10})
                {
                    final long mapping = both.map(first.view(), 0, 10, direction);
                    assertTrue(window.b.contains(both.busAddress(mapping)));
                    assertMessage("memory is mapped and bounced", first::close);
                    assertMessage("mappings=1,", both::close);
                    both.unmap(mapping, written);
                    assertMessage("unmapped already", () -> both.unmap(mapping, written));
                }
                final ScatterGather list = new ScatterGather(2).add(first.view(), 0, 10);
                assertEquals(1, both.map(list, direction));
                assertMessage("memory is mapped and bounced", first::close);
                both.unmap(list, 10);
            }
            final long all = other.allocate(TwoPools.LENGTH);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), both.map(first.view(), 0, 10, Direction.TO_DEVICE));
            other.free(all);
            // The blocks, and with them their records, serve others next.
            final long next = both.map(new byte[10], 0, 10, Direction.FROM_DEVICE);
            first.close();
            both.unmap(next);
        }
    }

    /** Who found its pool before the device was closed, and comes to note the mapping after it. */
    @Test
    void shouldNoteNothingOnceTheDeviceIsClosed()
    {
        final ZeroCopyMappings mappings = new ZeroCopyMappings();
        final long last = mappings.add(4096, 8192, 10, Direction.TO_DEVICE);
        final Runnable others = () -> assertEquals(0, mappings.live());
        assertMessage("mappings=1", () -> mappings.close(others));
        mappings.remove(last);
        assertMessage("another thread", () -> mappings.close(() ->
        {
            throw new IllegalStateException("another thread has taken a block");
        }));
        mappings.remove(mappings.add(4096, 8192, 10, Direction.TO_DEVICE));
        mappings.close(others);
        assertMessage("device is closed: bus=0x1000",
            () -> mappings.add(4096, 8192, 10, Direction.TO_DEVICE));
        assertMessage("device is closed", () -> mappings.pin(8192, 10, Direction.TO_DEVICE));
        assertEquals(0, mappings.live());
        assertEquals(2, mappings.maps());
        mappings.requireNone(4096, 8192, 10);
        mappings.close(others);
    }

    @Test
    void shouldRememberManyMappings()
    {
        final long[] mappings = new long[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            mappings[i] = dma.map(buffer.view(), i, 1, Direction.TO_DEVICE);
        }
        for (int i = LENGTH - 1; i >= 0; i--)
        {
            assertEquals(buffer.busAddress() + i, dma.busAddress(mappings[i]));
            dma.unmap(mappings[i]);
        }
        // A free record's next handle, which nobody was given.
        assertMessage("unmapped already", () -> dma.unmap(mappings[0] + (1L << 26)));
        assertEquals(0, dma.statistics().maps() - dma.statistics().unmaps());
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
