/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A back-end that dies in the middle of everything, and another one that takes its place: every request ends once, and
 * what was written is there.
 */
class BlkReplacedDeviceTest
{
    static final List<Features> RINGS = List.of(
        BlkDriver.USUAL_RING,
        Features.of(FeatureBits.RING_PACKED),
        Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC),
        Features.of(FeatureBits.INDIRECT_DESC));

    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int SECTORS = 1024;
    private static final int QUEUES = 2;
    private static final int SLOTS = 24;
    private static final int SLOT_SECTORS = SECTORS / SLOTS;
    private static final int REQUESTS = 1_500;

    private final BlkBench bench = new BlkBench();
    private final byte[] sectors = new byte[SECTORS * SECTOR];

    static Stream<Arguments> seeds()
    {
        return IntStream.rangeClosed(1, 20).boxed()
            .flatMap((seed) -> RINGS.stream().map((ring) -> Arguments.of(seed, ring)));
    }

    @AfterEach
    void close()
    {
        bench.close();
    }

    @ParameterizedTest(name = "seed {0}, features {1}")
    @MethodSource("seeds")
    void shouldLoseNothingAndEndNothingTwice(final int seed, final Features ring)
    {
        final Run run = new Run(seed);
        try (BlkDriver blk = run.open(ring))
        {
            run.all(blk);
        }
        assertTrue(run.deaths > 10, "deaths: " + run.deaths);
    }

    @ParameterizedTest
    @FieldSource("RINGS")
    void shouldGiveTheNewDeviceWhatTheOldOneHadNotDoneInItsFirstOrder(final Features ring)
    {
        final UnreliableDisk first = new UnreliableDisk(sectors, 1);
        first.withheld = Set.of(5, 0, 3, 9);
        final UnreliableDisk second = new UnreliableDisk(sectors, 1);
        final ReplaceableTransport transport = new ReplaceableTransport(first, bench.region);
        try (BlkDriver blk = driver(transport, ring, 1))
        {
            final List<Long> done = new ArrayList<>();
            final BlkQueue queue = blk.queue(0);
            submit(queue, 5, 1, 0, 4, 3);
            queue.awaitCompletions((tag, status) -> done.add(tag));
            assertEquals(List.of(1L, 4L), done);
            // In slots and descriptors that came free before the others.
            submit(queue, 2, 9);
            assertEquals(0, queue.poll((tag, status) -> done.add(tag)));
            // What the old device had done and nobody had taken ends once, and is not for the new one.
            assertTrue(transport.work() > 0);
            transport.replace(second);
            submit(queue, 7);
            blk.attend();
            assertEquals(1, queue.poll((tag, status) -> done.add(tag)));
            assertEquals(5, queue.inFlight());
            assertEquals(List.of(), second.taken.get(0));
            while (queue.inFlight() > 0)
            {
                queue.awaitCompletions((tag, status) -> done.add(tag));
            }
            assertEquals(List.of(5, 0, 3, 9, 7), second.taken.get(0));
            assertEquals(List.of(1L, 4L, 2L, 5L, 0L, 3L, 9L, 7L), done);
        }
    }

    /** Each of them dies with the request: a time limit that begins anew with each never ends. */
    @Test
    void shouldGiveUpOnDevicesThatAreReplacedWithoutEnd()
    {
        final ReplaceableTransport transport = new ReplaceableTransport(new UnreliableDisk(sectors, 1), bench.region);
        final int[] replaced = {0};
        final Runnable replace = () ->
        {
            replaced[0]++;
            transport.replace(new UnreliableDisk(sectors, 1));
            assertTrue(replaced[0] < 100_000, "no end of it");
        };
        try (BlkDriver blk = new BlkDriver(
            transport, bench.dma, BlkBench.running(replace, 20), 16, BlkDriver.USUAL_RING, 1))
        {
            submit(blk.queue(0), 5);
            assertThrows(TimeLimitException.class, () -> blk.queue(0).awaitCompletions((tag, status) ->
            {
            }));
            assertEquals(1, blk.queue(0).inFlight());
        }
        assertTrue(replaced[0] > 1, "replaced: " + replaced[0]);
    }

    @Test
    void shouldRestartAQueueThatWasIdleWhenItIsUsedNext()
    {
        final ReplaceableTransport transport = new ReplaceableTransport(new UnreliableDisk(sectors, 2), bench.region);
        try (BlkDriver blk = driver(transport, BlkDriver.USUAL_RING, 2))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            data.setMemory(0, SECTOR, (byte)0x42);
            blk.write(3, data, 0, SECTOR);
            transport.replace(new UnreliableDisk(sectors, 2));
            blk.attend();
            blk.attend();
            // Twice, and this queue saw neither.
            transport.replace(new UnreliableDisk(sectors, 2));
            blk.read(3, data, 0, SECTOR);
            assertEquals(0x42, data.getByte(0));
            data.setMemory(0, SECTOR, (byte)0);
            assertEquals(BlkQueue.SUBMITTED, blk.queue(1).submitRead(3, data, 0, SECTOR, 1));
            assertEquals(1, blk.queue(1).awaitCompletions(
                (tag, status) -> assertEquals(BlkProtocol.STATUS_OK, status)));
            assertEquals(0x42, data.getByte(0));
        }
    }

    @Test
    void shouldFollowADeviceThatIsReplacedBeforeItHasTheRing()
    {
        final ReplaceableTransport transport = new ReplaceableTransport(new UnreliableDisk(sectors, 1), bench.region);
        try (BlkDriver blk = driver(transport, BlkDriver.USUAL_RING, 1))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            for (int i = 1; i < 4; i++)
            {
                transport.replace(new UnreliableDisk(sectors, 1));
                transport.replaceWhenAsked(new UnreliableDisk(sectors, 1));
                for (int sector = 0; sector < 3; sector++)
                {
                    data.setMemory(0, SECTOR, (byte)(i + sector));
                    blk.write(sector, data, 0, SECTOR);
                }
                blk.read(2, data, 0, SECTOR);
                assertEquals(i + 2, data.getByte(0));
            }
        }
    }

    @Test
    void shouldTellTheNewDeviceOfTheWriteCacheAndFindItsCapacity()
    {
        final MemoryStore store = new MemoryStore(16);
        final ReplaceableTransport transport =
            new ReplaceableTransport(new BlkDevice(store, "first", 64), bench.region);
        try (BlkDriver blk = driver(transport, BlkDriver.USUAL_RING, 1))
        {
            assertTrue(blk.isWriteBack());
            blk.writeBack(false);
            store.bytes = Arrays.copyOf(store.bytes, 20 * SECTOR);
            transport.replace(new BlkDevice(store, "second", 64));
            blk.attend();
            assertEquals(20, blk.capacity());
            assertFalse(blk.isWriteBack());
            final UnsafeBuffer data = new UnsafeBuffer(new byte[SECTOR]);
            data.setMemory(0, SECTOR, (byte)0x42);
            blk.write(19, data, 0, SECTOR);
            assertEquals(0x42, store.durable[19 * SECTOR]);
        }
    }

    @ParameterizedTest(name = "{0} queues, segments of queues of {1}: {2}")
    @CsvSource({
        "3, 64, true", "2, 64, false", "3, 32, false", "4, 128, true", "1, 64, false"})
    void shouldRefuseADeviceThatTakesLess(final int queues, final int queueSizeMax, final boolean isEnough)
    {
        final MemoryStore store = new MemoryStore(16);
        final ReplaceableTransport transport =
            new ReplaceableTransport(new BlkDevice(store, BlkSettings.USUAL.queues(3, 64)), bench.region);
        try (BlkDriver blk = driver(transport, BlkDriver.USUAL_RING, 3))
        {
            transport.replace(new BlkDevice(store, BlkSettings.USUAL.queues(queues, queueSizeMax)));
            if (isEnough)
            {
                blk.attend();
                blk.write(0, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR);
                return;
            }
            final VirtioException e = assertThrows(VirtioException.class, blk::attend);
            // Without MQ it does not even take the features.
            assertTrue(e.getMessage().startsWith(1 == queues ?
                "device stopped and needs a reset" : "device that took the place of another takes less"),
                e.getMessage());
        }
    }

    @Test
    void shouldRefuseADeviceWithASmallerQueue()
    {
        final ReplaceableTransport transport = new ReplaceableTransport(new UnreliableDisk(sectors, 1), bench.region);
        try (BlkDriver blk = driver(transport, BlkDriver.USUAL_RING, 1))
        {
            final UnreliableDisk smaller = new UnreliableDisk(sectors, 1);
            smaller.queueSizeMax = 8;
            transport.replace(smaller);
            submit(blk.queue(0), 1);
            final VirtioException e = assertThrows(VirtioException.class, () -> blk.queue(0).awaitCompletions(
                (tag, status) ->
                {
                }));
            assertEquals("device that took the place of another has a smaller queue: queue=0, size=8, before=32",
                e.getMessage());
        }
    }

    @ParameterizedTest
    @FieldSource("RINGS")
    void shouldKeepAThreadForEachQueue(final Features ring) throws InterruptedException
    {
        new BlkQueueThreads(bench, 3, 400).run(ring);
    }

    private BlkDriver driver(final ReplaceableTransport transport, final Features ring, final int queues)
    {
        return new BlkDriver(transport, bench.dma, BlkBench.running(transport::work), 32, ring, queues);
    }

    private static void submit(final BlkQueue queue, final int... which)
    {
        for (final int sector : which)
        {
            assertEquals(BlkQueue.SUBMITTED,
                queue.submitRead(sector, new UnsafeBuffer(new byte[SECTOR]), 0, SECTOR, sector));
        }
    }

    /** Random requests, never two at a time for the same sectors, against a model. */
    private final class Run
    {
        private final SplittableRandom random;
        private final byte[] model = new byte[SECTORS * SECTOR];
        /** By slot: what its request in flight writes, or where its read goes. */
        private final UnsafeBuffer[] buffers = new UnsafeBuffer[SLOTS];
        private final boolean[] isWrite = new boolean[SLOTS];
        private final boolean[] isInFlight = new boolean[SLOTS];
        private ReplaceableTransport transport;
        private int deaths;
        private int ended;

        private Run(final int seed)
        {
            random = new SplittableRandom(seed);
        }

        private BlkDriver open(final Features ring)
        {
            transport = new ReplaceableTransport(mortal(), bench.region);
            return driver(transport, ring, QUEUES);
        }

        private UnreliableDisk mortal()
        {
            return new UnreliableDisk(sectors, QUEUES, random.split(), random.nextInt(60), () ->
            {
                deaths++;
                transport.replace(mortal());
            });
        }

        private void all(final BlkDriver blk)
        {
            int begun = 0;
            while (begun < REQUESTS || blk.inFlight() > 0)
            {
                final BlkQueue queue = blk.queue(random.nextInt(QUEUES));
                while (begun < REQUESTS && random.nextInt(6) > 0)
                {
                    begun += submit(queue) ? 1 : 0;
                }
                if (random.nextBoolean())
                {
                    queue.awaitCompletions(this::complete);
                }
                else
                {
                    transport.work();
                    blk.attend();
                    queue.poll(this::complete);
                }
            }
            assertEquals(REQUESTS, ended);
            assertArrayEquals(model, sectors);
        }

        private boolean submit(final BlkQueue queue)
        {
            final int slot = random.nextInt(SLOTS);
            if (isInFlight[slot])
            {
                return false;
            }
            final byte[] bytes = new byte[(1 + random.nextInt(8)) * SECTOR];
            isWrite[slot] = random.nextBoolean();
            buffers[slot] = new UnsafeBuffer(bytes);
            final long sector = (long)slot * SLOT_SECTORS;
            if (isWrite[slot])
            {
                random.nextBytes(bytes);
            }
            final int result = isWrite[slot] ?
                queue.submitWrite(sector, buffers[slot], 0, bytes.length, slot) :
                queue.submitRead(sector, buffers[slot], 0, bytes.length, slot);
            isInFlight[slot] = BlkQueue.SUBMITTED == result;
            return isInFlight[slot];
        }

        private void complete(final long tag, final int status)
        {
            final int slot = (int)tag;
            assertTrue(isInFlight[slot], "ended twice: slot " + slot);
            assertEquals(BlkProtocol.STATUS_OK, status);
            isInFlight[slot] = false;
            ended++;
            final byte[] bytes = buffers[slot].byteArray();
            final int at = slot * SLOT_SECTORS * SECTOR;
            if (isWrite[slot])
            {
                System.arraycopy(bytes, 0, model, at, bytes.length);
            }
            else
            {
                assertArrayEquals(Arrays.copyOfRange(model, at, at + bytes.length), bytes);
            }
        }
    }
}
