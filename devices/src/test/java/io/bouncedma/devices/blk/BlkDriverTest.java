/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.DirectTransport;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The front-end against a device that does as it is told, in one thread.
 */
class BlkDriverTest
{
    private static final int POOL_LENGTH = 128 * 1024;
    private static final int SECTORS = 64;
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    /** For a device that never answers. */
    private static final int SHORT_MS = 100;
    private static final int LONG_MS = TestLimits.millis(60_000);

    /** How the device completes a request. */
    private enum Manner
    {
        HONEST, LAST_FIRST, NO_STATUS, TOO_SHORT, LIES_ABOUT_LENGTH, FAILS, NEVER
    }

    private final Window region = openRegion();
    private final BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, POOL_LENGTH);
    private final DmaDevice dma = new DmaDevice("blk", PoolSet.of(pool));
    private final Disk disk = new Disk();
    private boolean answersToReset = true;
    private final DirectTransport transport = new DirectTransport(disk, region)
    {
        @Override
        public void reset()
        {
            if (!answersToReset)
            {
                throw new TimeLimitException("no end of the device's reset");
            }
            super.reset();
        }
    };

    @AfterEach
    void close()
    {
        dma.close();
        pool.close();
        region.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldReadWhatItWroteInAnyOrder(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] model = new byte[SECTORS * SECTOR];
        try (BlkDriver blk = driver(16))
        {
            for (int round = 0; round < 60; round++)
            {
                disk.manner = random.nextBoolean() ? Manner.HONEST : Manner.LAST_FIRST;
                final int count = 1 + random.nextInt(5);
                final int[] done = new int[1];
                final int share = SECTORS / count;
                for (int i = 0; i < count; i++)
                {
                    final byte[] bytes = new byte[SECTOR * (1 + random.nextInt(share))];
                    random.nextBytes(bytes);
                    System.arraycopy(bytes, 0, model, i * share * SECTOR, bytes.length);
                    assertEquals(BlkQueue.SUBMITTED,
                        blk.queue(0).submitWrite((long)i * share, new UnsafeBuffer(bytes), 0, bytes.length, i));
                }
                while (blk.queue(0).inFlight() > 0)
                {
                    done[0] += blk.queue(0).awaitCompletions(
                        (tag, status) -> assertEquals(BlkProtocol.STATUS_OK, status));
                }
                assertEquals(count, done[0]);
                final UnsafeBuffer all = new UnsafeBuffer(new byte[SECTORS * SECTOR]);
                blk.read(0, all, 0, all.capacity());
                assertArrayEquals(model, all.byteArray());
            }
        }
        assertEquals(0, pool.usedBytes());
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_STATUS", "TOO_SHORT", "FAILS"})
    void shouldReportAnErrorAndShowNothingOfOthers(final Manner manner)
    {
        try (BlkDriver blk = driver(16))
        {
            final UnsafeBuffer secret = new UnsafeBuffer(new byte[4 * SECTOR]);
            secret.setMemory(0, secret.capacity(), (byte)0x55);
            blk.write(0, secret, 0, secret.capacity());
            disk.manner = manner;
            final UnsafeBuffer caller = new UnsafeBuffer(new byte[4 * SECTOR]);
            caller.setMemory(0, caller.capacity(), (byte)7);
            final VirtioException e =
                assertThrows(VirtioException.class, () -> blk.read(8, caller, 0, caller.capacity()));
            assertTrue(e.getMessage().contains("type=IN, sector=8, length=2048, status=IOERR"), e.getMessage());
            for (int i = 0; i < caller.capacity(); i++)
            {
                assertTrue(0x55 != caller.getByte(i), "byte of another request at " + i);
            }
            disk.manner = Manner.HONEST;
            blk.read(0, caller, 0, caller.capacity());
            assertArrayEquals(secret.byteArray(), caller.byteArray());
        }
    }

    @Test
    void shouldGetZerosFromADeviceThatClaimsWhatItDidNotWrite()
    {
        try (BlkDriver blk = driver(16))
        {
            final UnsafeBuffer secret = new UnsafeBuffer(new byte[SECTOR]);
            secret.setMemory(0, SECTOR, (byte)0x55);
            blk.write(0, secret, 0, SECTOR);
            disk.manner = Manner.LIES_ABOUT_LENGTH;
            blk.read(0, secret, 0, SECTOR);
            assertArrayEquals(new byte[SECTOR], secret.byteArray());
        }
    }

    @Test
    void shouldSayBusyAndTellWhatIsInFlight()
    {
        disk.manner = Manner.NEVER;
        try (BlkDriver blk = driver(16))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            for (int i = 0; i < 5; i++)
            {
                assertEquals(BlkQueue.SUBMITTED, blk.queue(0).submitWrite(i, data, 0, SECTOR, i));
            }
            assertEquals(BlkQueue.BUSY, blk.queue(0).submitFlush(9));
            assertEquals("5 requests, 2560 bytes (OUT sector 0 +512, OUT sector 1 +512, OUT sector 2 +512, " +
                "OUT sector 3 +512, ...)", blk.queue(0).describeInFlight());
            assertThrows(IllegalStateException.class, blk::flush);
            assertThrows(TimeLimitException.class, () -> blk.queue(0).awaitCompletions((tag, status) ->
            {
            }));
        }
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void shouldSayBusyWhenThePoolIsFullAndThrowWhenItNeverWillDo()
    {
        disk.manner = Manner.NEVER;
        try (BlkDriver blk = driver(64))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[POOL_LENGTH / 2]);
            assertEquals(BlkQueue.SUBMITTED, blk.queue(0).submitWrite(0, data, 0, data.capacity(), 1));
            assertEquals(BlkQueue.BUSY, blk.queue(0).submitWrite(0, data, 0, data.capacity(), 2));
        }
        try (BlkDriver blk = driver(64))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[POOL_LENGTH * 2]);
            final VirtioException e = assertThrows(
                VirtioException.class, () -> blk.queue(0).submitWrite(0, data, 0, data.capacity(), 1));
            assertTrue(e.getMessage().contains("TOO_LARGE"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> blk.queue(0).submitRead(0, data, 0, 100, 1));
        }
        assertEquals(0, pool.usedBytes());
    }

    @Test
    void shouldKeepWhatTheDeviceMayStillWriteIfItDoesNotAnswerTheReset()
    {
        disk.manner = Manner.NEVER;
        final BlkDriver blk = driver(64);
        assertEquals(BlkQueue.SUBMITTED, blk.queue(0).submitRead(0, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR, 1));
        final long used = pool.usedBytes();
        answersToReset = false;
        for (int i = 0; i < 2; i++)
        {
            assertThrows(TimeLimitException.class, blk::close);
            assertEquals(used, pool.usedBytes());
            assertThrows(IllegalStateException.class, () -> blk.queue(0).submitFlush(2));
        }
        answersToReset = true;
        blk.close();
        blk.close();
        assertEquals(0, pool.usedBytes());
    }

    private BlkDriver driver(final int queueSize)
    {
        final IdleStrategy idle = new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                transport.controller().doWork();
            }

            @Override
            public void idle()
            {
                transport.controller().doWork();
            }

            @Override
            public void reset()
            {
            }
        };
        return new BlkDriver(transport, dma, new Waiting(idle, PeerMonitor.ALWAYS_PRESENT,
            Manner.NEVER == disk.manner ? SHORT_MS : LONG_MS), queueSize);
    }

    private static Window openRegion()
    {
        try (Fd memory = Memfd.create("test-window", Extent.ALIGNMENT + POOL_LENGTH))
        {
            return MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x4000_0000L, Extent.ALIGNMENT + POOL_LENGTH)), BusAddressing.offset());
        }
    }

    /** A disk in memory that completes requests in some manner. */
    private final class Disk implements VirtioDevice
    {
        private final byte[] sectors = new byte[SECTORS * SECTOR];
        private Manner manner = Manner.HONEST;

        @Override
        public int type()
        {
            return DeviceType.BLOCK;
        }

        @Override
        public Features features()
        {
            return Features.of(BlkProtocol.F_FLUSH);
        }

        @Override
        public int queueCount()
        {
            return 1;
        }

        @Override
        public int queueSizeMax(final int queue)
        {
            return 256;
        }

        @Override
        public int configLength()
        {
            return Long.BYTES;
        }

        @Override
        public int readConfig(final int offset)
        {
            return 0 == offset ? SECTORS : 0;
        }

        @Override
        public int process(final int queue, final DeviceRing ring)
        {
            if (Manner.NEVER == manner)
            {
                return 0;
            }
            final List<DescriptorChain> chains = new ArrayList<>();
            DescriptorChain chain = new DescriptorChain();
            while (ring.poll(chain))
            {
                chains.add(chain);
                chain = new DescriptorChain();
            }
            final List<DescriptorChain> order = Manner.LAST_FIRST == manner ? chains.reversed() : chains;
            order.forEach(next -> ring.complete(next, handle(next)));
            return chains.size();
        }

        private int handle(final DescriptorChain chain)
        {
            final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
            chain.read(0, header, 0, header.length);
            final int at = header[8] * SECTOR;
            final int room = chain.writable() - 1;
            if (BlkProtocol.TYPE_OUT == header[0])
            {
                chain.read(header.length, sectors, at, chain.readable() - header.length);
            }
            else if (Manner.HONEST == manner || Manner.LAST_FIRST == manner)
            {
                chain.write(0, sectors, at, room);
            }
            final byte status = (byte)(Manner.FAILS == manner ? BlkProtocol.STATUS_IOERR : BlkProtocol.STATUS_OK);
            if (Manner.NO_STATUS != manner)
            {
                chain.write(room, new byte[] {status}, 0, 1);
            }
            return Manner.TOO_SHORT == manner ? room / 2 : Manner.FAILS == manner ? 0 : room + 1;
        }
    }
}
