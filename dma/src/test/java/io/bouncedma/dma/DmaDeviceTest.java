/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.Refusal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DmaDeviceTest
{
    private static final int LENGTH = 3000;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldShowTheDeviceTheBytesOfEveryKindOfBuffer()
    {
        final byte[] bytes = pattern(LENGTH + 20);
        final ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        final byte[] expected = Arrays.copyOfRange(bytes, 10, 10 + LENGTH);
        final long[] mappings = {
            dma.map(bytes, 10, LENGTH, Direction.TO_DEVICE),
            dma.map(direct, 10, LENGTH, Direction.TO_DEVICE),
            dma.map(ByteBuffer.wrap(bytes), 10, LENGTH, Direction.TO_DEVICE),
            dma.map(ByteBuffer.wrap(bytes).asReadOnlyBuffer(), 10, LENGTH, Direction.TO_DEVICE),
            dma.map(new UnsafeBuffer(bytes), 10, LENGTH, Direction.TO_DEVICE),
            dma.map(new UnsafeBuffer(direct), 10, LENGTH, Direction.TO_DEVICE),
        };
        for (final long mapping : mappings)
        {
            assertTrue(mapping > 0);
            assertEquals(LENGTH, dma.length(mapping));
            assertArrayEquals(expected, window.deviceReads(dma.busAddress(mapping), LENGTH));
            dma.unmap(mapping);
        }
        assertEquals(new DmaStatistics(6, 6, 0, 6L * LENGTH, 0), dma.statistics());
    }

    @Test
    void shouldBringBackWhatTheDeviceWroteAndNoMore()
    {
        final byte[] device = pattern(LENGTH);
        final byte[] caller = new byte[LENGTH + 2];
        Arrays.fill(caller, (byte)7);
        final long mapping = dma.map(caller, 1, LENGTH, Direction.FROM_DEVICE);
        window.deviceWrites(dma.busAddress(mapping), device);
        dma.unmap(mapping, 1000);
        assertArrayEquals(Arrays.copyOf(device, 1000), Arrays.copyOfRange(caller, 1, 1001));
        assertEquals(7, caller[0]);
        assertEquals(7, caller[1001]);
        final long again = dma.map(caller, 1, LENGTH, Direction.FROM_DEVICE);
        window.deviceWrites(dma.busAddress(again), device);
        dma.unmap(again, Integer.MAX_VALUE);
        assertArrayEquals(device, Arrays.copyOfRange(caller, 1, 1 + LENGTH));
        assertEquals(7, caller[LENGTH + 1]);
    }

    @Test
    void shouldShowTheDeviceNothingButTheBuffer()
    {
        window.spoil();
        final int size = BlockSize.of(LENGTH);
        final byte[] secret = pattern(LENGTH);
        final long read = dma.map(secret, 0, LENGTH, Direction.FROM_DEVICE);
        assertArrayEquals(new byte[size], window.deviceReads(dma.busAddress(read), size));
        final long write = dma.map(secret, 0, LENGTH, Direction.TO_DEVICE);
        assertArrayEquals(Arrays.copyOf(secret, size), window.deviceReads(dma.busAddress(write), size));
        dma.unmap(write);
        dma.unmap(read, 0);
        assertArrayEquals(pattern(LENGTH), secret);
    }

    @Test
    void shouldNeverShowTheCallerWhatAnEarlierMappingLeft()
    {
        window.spoil();
        final byte[] caller = pattern(LENGTH);
        // The device claims to have written all of it, and wrote nothing.
        dma.unmap(dma.map(caller, 0, LENGTH, Direction.FROM_DEVICE));
        assertArrayEquals(new byte[LENGTH], caller);
        final byte[] both = pattern(LENGTH);
        dma.unmap(dma.map(both, 0, LENGTH, Direction.BIDIRECTIONAL));
        assertArrayEquals(pattern(LENGTH), both);
    }

    @Test
    void shouldSyncExactlyTheBytesAskedFor()
    {
        final byte[] caller = pattern(LENGTH);
        final long mapping = dma.map(caller, 0, LENGTH, Direction.BIDIRECTIONAL);
        final byte[] device = new byte[LENGTH];
        Arrays.fill(device, (byte)9);
        window.deviceWrites(dma.busAddress(mapping), device);
        dma.syncForCpu(mapping, 2100, 10);
        final byte[] expected = pattern(LENGTH);
        Arrays.fill(expected, 2100, 2110, (byte)9);
        assertArrayEquals(expected, caller);
        caller[50] = 1;
        caller[60] = 2;
        dma.syncForDevice(mapping, 50, 10);
        device[50] = 1;
        System.arraycopy(caller, 51, device, 51, 9);
        assertArrayEquals(device, window.deviceReads(dma.busAddress(mapping), LENGTH));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForCpu(mapping, LENGTH - 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForCpu(mapping, -1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForDevice(mapping, 0, Integer.MAX_VALUE));
        dma.unmap(mapping, 0);
    }

    @Test
    void shouldNotSyncAgainstTheDirection()
    {
        final byte[] caller = pattern(LENGTH);
        final long mapping = dma.map(caller, 0, LENGTH, Direction.TO_DEVICE);
        window.deviceWrites(dma.busAddress(mapping), new byte[LENGTH]);
        dma.syncForCpu(mapping, 0, LENGTH);
        dma.unmap(mapping);
        assertArrayEquals(pattern(LENGTH), caller);
    }

    @Test
    void shouldTellWhatIsWrongWithAHandleAndChangeNothing()
    {
        final byte[] caller = pattern(LENGTH);
        final DmaDevice other = new DmaDevice("other", window.pools);
        final long mapping = dma.map(caller, 0, LENGTH, Direction.BIDIRECTIONAL);
        assertMessage("mapping is foreign: device=other", () -> other.unmap(mapping));
        assertMessage("mapping is foreign", () -> dma.unmap(0));
        assertMessage("mapping is foreign", () -> dma.busAddress(Long.MIN_VALUE));
        assertMessage("unmapped already", () -> dma.unmap(mapping | 0xffffff));
        assertMessage("mapping is foreign", () -> dma.unmap(mapping ^ 1L << 62));
        assertThrows(IllegalArgumentException.class, () -> dma.unmap(mapping, -1));
        assertEquals(BlockSize.of(LENGTH), window.pool.usedBytes());
        dma.unmap(mapping);
        assertMessage("unmapped already", () -> dma.unmap(mapping));
        assertMessage("unmapped already", () -> dma.syncForCpu(mapping, 0, 1));
        final long next = dma.map(caller, 0, LENGTH, Direction.TO_DEVICE);
        assertMessage("unmapped already", () -> dma.length(mapping));
        dma.unmap(next);
    }

    @Test
    void shouldRefuseBuffersThatCanNotBe()
    {
        final byte[] caller = new byte[10];
        assertThrows(IllegalArgumentException.class, () -> dma.map(caller, 0, 0, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.map(caller, 1, 10, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.map(caller, -1, 5, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class,
            () -> dma.map(caller, 5, Integer.MAX_VALUE, Direction.TO_DEVICE));
        assertThrows(IllegalArgumentException.class,
            () -> dma.map(ByteBuffer.wrap(caller).asReadOnlyBuffer(), 0, 10, Direction.FROM_DEVICE));
    }

    @Test
    void shouldReturnACodeWhenThePoolIsFull()
    {
        final int half = TestPool.POOL_LENGTH / 2;
        final long first = dma.map(new byte[half], 0, half, Direction.TO_DEVICE);
        final long second = dma.map(new byte[half], 0, half, Direction.TO_DEVICE);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(new byte[1], 0, 1, Direction.TO_DEVICE));
        assertEquals(Refusal.Reason.TOO_LARGE.code(), dma.map(new byte[half + 1], 0, half + 1, Direction.TO_DEVICE));
        assertNull(dma.allocateCoherent(1, 1));
        assertEquals(3, dma.statistics().refusals());
        assertTrue(dma.explain(1).startsWith(
            "EXHAUSTED: pool=pool, asked=1, most=" + half + ", free=0,"), dma.explain(1));
        assertMessage("mappings=2", dma::close);
        dma.unmap(first);
        dma.unmap(second);
    }

    @Test
    void shouldGiveZeroedAlignedCoherentMemory()
    {
        window.spoil();
        try (CoherentBuffer small = dma.allocateCoherent(100, 1);
            CoherentBuffer buffer = dma.allocateCoherent(LENGTH, 4096))
        {
            assertNotNull(small);
            assertEquals(LENGTH, buffer.length());
            assertEquals(0, buffer.busAddress() % 4096);
            final int size = BlockSize.of(LENGTH);
            assertArrayEquals(new byte[size], window.deviceReads(buffer.busAddress(), size));
            buffer.view().putByte(5, (byte)6);
            assertEquals(6, window.deviceReads(buffer.busAddress(), 10)[5]);
            assertEquals(LENGTH, buffer.memory().byteSize());
        }
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldLetExactlyOneOfTwoThreadsUnmap() throws Exception
    {
        final int rounds = 500;
        final AtomicInteger winners = new AtomicInteger();
        final long[] mapping = new long[1];
        final CyclicBarrier barrier = new CyclicBarrier(2, () ->
            mapping[0] = dma.map(new byte[10], 0, 10, Direction.BIDIRECTIONAL));
        final Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++)
        {
            threads[i] = new Thread(() -> unmapAll(rounds, barrier, mapping, winners));
            threads[i].start();
        }
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(rounds, winners.get());
    }

    private void unmapAll(
        final int rounds, final CyclicBarrier barrier, final long[] mapping, final AtomicInteger winners)
    {
        try
        {
            for (int i = 0; i < rounds; i++)
            {
                barrier.await();
                try
                {
                    dma.unmap(mapping[0]);
                    winners.incrementAndGet();
                }
                catch (final IllegalStateException e)
                {
                    assertTrue(e.getMessage().contains("unmapped already"), e.getMessage());
                }
            }
        }
        catch (final Exception e)
        {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] pattern(final int length)
    {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 31 + 17);
        }
        return bytes;
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
