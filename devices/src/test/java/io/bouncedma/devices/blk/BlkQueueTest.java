/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import com.sun.management.ThreadMXBean;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.testing.DirectTransport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a front-end asks of a device and within which limits, and how little it believes.
 */
class BlkQueueTest
{
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int SECTORS = 256;

    private final BlkBench bench = new BlkBench();
    private final MemoryStore store = new MemoryStore(SECTORS);
    private final Wrapper device = new Wrapper(new BlkDevice(store, BlkSettings.USUAL.id("serial-7").queues(4, 64)));
    private DirectTransport transport;

    @AfterEach
    void close()
    {
        bench.close();
    }

    @Test
    void shouldFindOutWhatTheDeviceIsLike()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 9))
        {
            assertEquals(4, blk.queueCount());
            assertEquals(SECTORS, blk.capacity());
            assertEquals(new BlkLimits(0, 62, 4, BlkTopology.USUAL, 0, 0, 1, 32768, 16, false), blk.limits());
            assertEquals(1 << 30, blk.queue(3).maxLength());
            assertFalse(blk.isReadOnly());
            final UnsafeBuffer id = new UnsafeBuffer(new byte[22]);
            blk.getId(id, 1);
            assertEquals("\0serial-7", id.getStringWithoutLengthAscii(0, 22).stripTrailing().split("\0\0")[0]);
            assertThrows(IllegalStateException.class, () -> blk.discard(0, 1));
            assertThrows(IllegalArgumentException.class, () -> blk.queue(0).submitWriteZeroes(0, 32769, false, 0));
            assertThrows(IllegalArgumentException.class, () -> blk.queue(0).submitWriteZeroes(0, 0, false, 0));
        }
    }

    @Test
    void shouldGoOnWhenTheMemoryOfARequestsBufferIsGone()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            final BlkQueue queue = blk.queue(0);
            for (int i = 0; i < 100; i++)
            {
                try (Arena arena = Arena.ofConfined())
                {
                    final UnsafeBuffer data = new UnsafeBuffer(arena.allocate(SECTOR).asByteBuffer());
                    assertEquals(BlkQueue.SUBMITTED, queue.submitRead(0, data, 0, SECTOR, i));
                }
                assertThrows(IllegalStateException.class, () -> queue.awaitCompletions((tag, status) ->
                {
                    throw new AssertionError("a completion of bytes that are nowhere");
                }));
                assertEquals(0, queue.inFlight());
            }
            blk.read(0, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR);
        }
    }

    @Test
    void shouldNotBeClosedByACompletionHandler()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            final BlkQueue queue = blk.queue(0);
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            assertEquals(BlkQueue.SUBMITTED, queue.submitRead(0, data, 0, SECTOR, 1));
            assertEquals(BlkQueue.SUBMITTED, queue.submitRead(1, data, 0, SECTOR, 2));
            int done = 0;
            while (done < 2)
            {
                done += queue.awaitCompletions((tag, status) -> assertTrue(
                    assertThrows(IllegalStateException.class, blk::close).getMessage().startsWith(
                        "queue 0 of a block device is closed by a callback of its own: ")));
            }
            blk.read(0, data, 0, SECTOR);
        }
    }

    @Test
    void shouldZeroDiscardAndFlush()
    {
        device.offered = device.offered.with(BlkProtocol.F_DISCARD);
        device.limit(BlkProtocol.CONFIG_MAX_DISCARD_SECTORS, 3);
        device.limit(BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SECTORS, 5);
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            Arrays.fill(store.bytes, (byte)1);
            blk.writeZeroes(10, 12, true);
            final byte[] model = new byte[SECTORS * SECTOR];
            Arrays.fill(model, (byte)1);
            Arrays.fill(model, 10 * SECTOR, 22 * SECTOR, (byte)0);
            assertArrayEquals(model, store.bytes);
            blk.discard(30, 7);
            assertEquals(List.of("13 0: 10 +5 1", "13 0: 15 +5 1", "13 0: 20 +2 1", "11 0: 30 +3 0", "11 0: 33 +3 0",
                "11 0: 36 +1 0"), device.seen);
            blk.flush();
            assertEquals(1, store.flushes);
            assertThrows(VirtioException.class, () -> blk.writeZeroes(SECTORS - 1, 2, false));
        }
    }

    @ParameterizedTest(name = "alignment {0}, at most {1}: {2} +{3}")
    @CsvSource({
        "8, 20, 3, 60, 3 +13 16 +16 32 +16 48 +15", "8, 16, 16, 33, 16 +16 32 +16 48 +1", "8, 20, 3, 20, 3 +20",
        "16, 5, 3, 12, 3 +5 8 +5 13 +2", "16, 5, 12, 9, 12 +4 16 +5", "0, 5, 3, 12, 3 +5 8 +5 13 +2"})
    void shouldCutRangesWhereTheDeviceHadBetterHaveIt(
        final int alignment, final int most, final int sector, final int count, final String parts)
    {
        device.offered = device.offered.with(BlkProtocol.F_DISCARD);
        device.limit(BlkProtocol.CONFIG_MAX_DISCARD_SECTORS, most);
        device.limit(BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SECTORS, most);
        device.limit(BlkProtocol.CONFIG_DISCARD_ALIGNMENT, alignment);
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            blk.discard(sector, count);
            assertEquals(parts, String.join(" ", device.seen).replaceAll("11 0: (\\d+ \\+\\d+) 0", "$1"));
            device.seen.clear();
            blk.writeZeroes(sector, count, true);
            assertEquals(parts, String.join(" ", device.seen).replaceAll("13 0: (\\d+ \\+\\d+) 1", "$1"));
        }
    }

    @Test
    void shouldChooseTheWriteCache()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            assertTrue(blk.isWriteBack());
            blk.writeBack(false);
            assertFalse(blk.isWriteBack());
            blk.write(0, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR);
            assertEquals(1, store.flushes);
            device.ignoresWrites = true;
            assertThrows(VirtioException.class, () -> blk.writeBack(true));
        }
        device.offered = device.offered.without(BlkProtocol.F_CONFIG_WCE);
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            assertTrue(blk.isWriteBack());
            assertThrows(IllegalStateException.class, () -> blk.writeBack(true));
        }
        device.offered = device.offered.without(BlkProtocol.F_FLUSH);
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            assertFalse(blk.isWriteBack());
            blk.flush();
            assertThrows(IllegalStateException.class, () -> blk.queue(0).submitFlush(1));
        }
    }

    @Test
    void shouldFindOutThatTheDeviceGrewWhileItWaits()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            store.bytes = Arrays.copyOf(store.bytes, 300 * SECTOR);
            device.blk.checkSize();
            assertEquals(SECTORS, blk.capacity());
            blk.write(0, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR);
            assertEquals(300, blk.capacity());
            blk.write(299, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR);
        }
    }

    @ParameterizedTest(name = "size_max {0}, seg_max {1}: at most {2}")
    @CsvSource({"0, 0, 1073741824", "0, 1, 1073741824", "4096, 62, 65536", "4096, 3, 12288", "1000, 2, 1536",
        "512, 1, 512", "131072, 0, 2097152", "-1, -1, 1073741824", "511, 2, 512"})
    void shouldRespectTheLimitsOfSegments(final int sizeMax, final int segMax, final int most)
    {
        limitSegments(sizeMax, segMax);
        for (final Features ring : BlkReplacedDeviceTest.RINGS)
        {
            try (BlkDriver blk = open(ring, 1))
            {
                assertEquals(most, blk.queue(0).maxLength());
                final UnsafeBuffer data = new UnsafeBuffer(new byte[100 * SECTOR]);
                data.setMemory(0, data.capacity(), (byte)0x42);
                blk.write(7, data, 0, data.capacity());
                data.setMemory(0, data.capacity(), (byte)0);
                blk.read(7, data, 0, data.capacity());
                final byte[] expected = new byte[100 * SECTOR];
                Arrays.fill(expected, (byte)0x42);
                assertArrayEquals(expected, data.byteArray());
                assertEquals(Math.ceilDiv(expected.length, most) * 2, device.blk.requests());
            }
            device.blk = new BlkDevice(store, BlkSettings.USUAL);
        }
    }

    /** Else the first parts are written, and only then it turns out that there is no last one. */
    @ParameterizedTest(name = "offset {0}, length {1}")
    @CsvSource({"0, 4096", "1536, 2048", "0, 1600", "0, 0", "0, -512", "-512, 1024", "2147483136, 1024"})
    void shouldRefuseWhatCanNotBeTransferredBeforeAnythingIs(final int offset, final int length)
    {
        limitSegments(512, 1);
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[6 * SECTOR]);
            assertThrows(RuntimeException.class, () -> blk.write(0, data, offset, length));
            assertThrows(RuntimeException.class, () -> blk.read(0, data, offset, length));
            assertEquals(List.of(), device.seen);
            blk.write(0, data, SECTOR, 5 * SECTOR);
        }
    }

    @ParameterizedTest(name = "size_max {0}, seg_max {1}")
    @CsvSource({"1, 62", "31, 16", "511, 1"})
    void shouldRefuseADeviceThatTakesNoSector(final int sizeMax, final int segMax)
    {
        limitSegments(sizeMax, segMax);
        final VirtioException e = assertThrows(VirtioException.class, () -> open(BlkDriver.USUAL_RING, 1));
        assertTrue(e.getMessage().startsWith("device does not take a sector: sizeMax=" + sizeMax), e.getMessage());
    }

    @ParameterizedTest(name = "blk_size {0}")
    @ValueSource(ints = {0, 1, 511, 513, 1 << 13, -1, 1 << 31})
    void shouldRefuseBlocksThatCanNotBe(final int blockSize)
    {
        device.limit(BlkProtocol.CONFIG_BLK_SIZE, blockSize);
        final VirtioException e = assertThrows(VirtioException.class, () -> open(BlkDriver.USUAL_RING, 1));
        assertTrue(e.getMessage().contains("blockSize=" + Integer.toUnsignedString(blockSize)), e.getMessage());
    }

    @ParameterizedTest(name = "capacity {0}: {1}")
    @CsvSource({"0, 0", "-1, 18014398509481983", "0x7fffffffffffffff, 18014398509481983", "77, 77"})
    void shouldTakeACapacityThatCanBeCountedInBytes(final String said, final long capacity)
    {
        device.config.putLong(0, Long.decode(said), ByteOrder.LITTLE_ENDIAN);
        device.isLimited[0] = true;
        device.isLimited[4] = true;
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            assertEquals(capacity, blk.capacity());
        }
    }

    @ParameterizedTest(name = "used.len {0}")
    @ValueSource(ints = {65537, 65536})
    void shouldWorkWithADeviceThatSaysItWroteAllOfARequest(final int length)
    {
        // The device role takes no such length, so this is as much as the chain has; more is the ring tests' matter.
        device.written = length;
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[65536]);
            data.setMemory(0, 65536, (byte)3);
            blk.write(0, data, 0, 65536);
            data.setMemory(0, 65536, (byte)0);
            blk.read(0, data, 0, 65536);
            assertEquals(3, data.getByte(65535));
        }
    }

    @Test
    void shouldTakeAnIdThatIsShorter()
    {
        device.written = 3;
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 1))
        {
            final UnsafeBuffer id = new UnsafeBuffer(new byte[20]);
            blk.getId(id, 0);
            assertEquals("ser", new String(id.byteArray(), StandardCharsets.US_ASCII).substring(0, 3));
            assertEquals(0, id.getByte(3));
        }
    }

    @Test
    void shouldKeepQueuesApart()
    {
        try (BlkDriver blk = open(BlkDriver.USUAL_RING, 3))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            for (int i = 0; i < 3; i++)
            {
                assertEquals(BlkQueue.SUBMITTED, blk.queue(i).submitWrite(i, data, 0, SECTOR, 10 + i));
            }
            assertEquals(3, blk.inFlight());
            final List<Long> done = new ArrayList<>();
            blk.queue(2).awaitCompletions((tag, status) -> done.add(tag));
            assertEquals(List.of(12L), done);
            assertEquals(2, blk.inFlight());
            assertEquals("1 requests, 512 bytes (OUT sector 1 +512)", blk.queue(1).describeInFlight());
            assertEquals(List.of("1 2: 2"), device.seen.stream().filter((line) -> line.contains(" 2: ")).toList());
        }
    }

    @ParameterizedTest
    @FieldSource("io.bouncedma.devices.blk.BlkReplacedDeviceTest#RINGS")
    void shouldAllocateNothingInSteadyState(final Features ring)
    {
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        final BlkCompletion handler = (tag, status) -> assertEquals(BlkProtocol.STATUS_OK, status);
        final UnsafeBuffer data = new UnsafeBuffer(new byte[8 * SECTOR]);
        device.isRecording = false;
        try (BlkDriver blk = open(ring, 1))
        {
            final BlkQueue queue = blk.queue(0);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 20_000 && least > 0; round++)
            {
                long allocated = -threads.getCurrentThreadAllocatedBytes();
                queue.submitWrite(0, data, 0, data.capacity(), 1);
                queue.submitRead(0, data, 0, data.capacity(), 2);
                queue.submitFlush(3);
                queue.submitWriteZeroes(9, 3, true, 4);
                queue.poll(handler);
                allocated += threads.getCurrentThreadAllocatedBytes();
                transport.controller().doWork();
                allocated -= threads.getCurrentThreadAllocatedBytes();
                assertEquals(4, queue.poll(handler));
                allocated += threads.getCurrentThreadAllocatedBytes();
                least = Math.min(least, allocated);
            }
            assertEquals(0, least);
        }
    }

    private void limitSegments(final int sizeMax, final int segMax)
    {
        device.offered = device.offered.with(BlkProtocol.F_SIZE_MAX);
        device.limit(BlkProtocol.CONFIG_SIZE_MAX, sizeMax);
        device.limit(BlkProtocol.CONFIG_SEG_MAX, segMax);
    }

    private BlkDriver open(final Features ring, final int queues)
    {
        transport = new DirectTransport(device, bench.region);
        return new BlkDriver(transport, bench.dma,
            BlkBench.running(() -> transport.controller().doWork()), 64, ring, queues);
    }

    /** A device that says something else of itself, and writes down what it is asked. */
    private final class Wrapper implements VirtioDevice
    {
        final UnsafeBuffer config = new UnsafeBuffer(new byte[BlkProtocol.CONFIG_LENGTH]);
        final boolean[] isLimited = new boolean[BlkProtocol.CONFIG_LENGTH];
        final List<String> seen = new ArrayList<>();
        BlkDevice blk;
        Features offered;
        boolean ignoresWrites;
        boolean isRecording = true;
        /** What it says it wrote at most; 0 for the truth. */
        int written;

        private Wrapper(final BlkDevice blk)
        {
            this.blk = blk;
            offered = blk.features();
        }

        void limit(final int offset, final int value)
        {
            config.putInt(offset, value, ByteOrder.LITTLE_ENDIAN);
            isLimited[offset] = true;
        }

        @Override
        public int type()
        {
            return DeviceType.BLOCK;
        }

        @Override
        public Features features()
        {
            return offered;
        }

        @Override
        public int queueCount()
        {
            return blk.queueCount();
        }

        @Override
        public int queueSizeMax(final int queue)
        {
            return blk.queueSizeMax(queue);
        }

        @Override
        public int configLength()
        {
            return blk.configLength();
        }

        @Override
        public int readConfig(final int offset)
        {
            return isLimited[offset & -Integer.BYTES] ? config.getByte(offset) & 0xff : blk.readConfig(offset);
        }

        @Override
        public void writeConfig(final int offset, final int value)
        {
            if (!ignoresWrites)
            {
                blk.writeConfig(offset, value);
            }
        }

        @Override
        public int configVersion()
        {
            return blk.configVersion();
        }

        @Override
        public void activate(final Features negotiated)
        {
            blk.activate(negotiated);
        }

        @Override
        public int process(final int queue, final DeviceRing ring)
        {
            return blk.process(queue, isRecording || written > 0 ? new Recorder(queue, ring) : ring);
        }

        private void record(final int queue, final DescriptorChain chain)
        {
            final UnsafeBuffer request = new UnsafeBuffer(new byte[32]);
            chain.read(0, request.byteArray(), 0, Math.min(32, chain.readable()));
            final int type = request.getInt(0, ByteOrder.LITTLE_ENDIAN);
            final boolean hasRange = BlkProtocol.TYPE_DISCARD == type || BlkProtocol.TYPE_WRITE_ZEROES == type;
            seen.add(type + " " + queue + ": " + (hasRange ?
                request.getLong(16, ByteOrder.LITTLE_ENDIAN) + " +" + request.getInt(24, ByteOrder.LITTLE_ENDIAN) +
                " " + request.getInt(28, ByteOrder.LITTLE_ENDIAN) : request.getLong(8, ByteOrder.LITTLE_ENDIAN)));
        }

        /** Stands between the device and its ring. */
        private final class Recorder extends RingProxy
        {
            private final int queue;

            private Recorder(final int queue, final DeviceRing ring)
            {
                super(ring);
                this.queue = queue;
            }

            @Override
            public boolean poll(final DescriptorChain chain)
            {
                final boolean isThere = super.poll(chain);
                if (isThere)
                {
                    record(queue, chain);
                }
                return isThere;
            }

            @Override
            public void complete(final DescriptorChain chain, final int truth)
            {
                super.complete(chain, 0 == written ? truth : Math.min(written, chain.writable()));
            }
        }
    }
}
