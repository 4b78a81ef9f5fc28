/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

import io.bouncedma.devices.Linked;
import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Both ends of the entropy device, honest and not.
 */
class EntropyTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);
    /** For waits that are to end without what they wait for, and nothing else. */
    private static final int SHORT_MS = 100;
    private static final RngCompletion NOBODY = (tag, length) ->
    {
    };

    /** Not random at all: each byte is its place, so that none is lost, repeated or in another order unseen. */
    private int drawn;
    private final EntropySource source = bytes ->
    {
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = place(drawn++);
        }
    };

    static List<Features> rings()
    {
        return Linked.rings();
    }

    @ParameterizedTest(name = "ring {0}, seeds 1 to 3")
    @MethodSource("rings")
    void shouldGiveEveryByteOnceInOrder(final Features ringUse)
    {
        for (long seed = 1; seed <= 3; seed++)
        {
            drawn = 0;
            final SplittableRandom random = new SplittableRandom(seed);
            final RngDevice device = new RngDevice(source, 16);
            try (Linked link = new Linked(device);
                RngDriver rng = new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, ringUse))
            {
                int place = 0;
                for (int round = 0; round < 40; round++)
                {
                    final byte[] bytes = new byte[1 + random.nextInt(random.nextBoolean() ? 70 : 3000)];
                    final int offset = random.nextInt(bytes.length);
                    rng.read(bytes, offset, bytes.length - offset);
                    place = requirePlaces(bytes, offset, bytes.length, place);
                }
                assertEquals(place, device.bytes());
            }
        }
    }

    @ParameterizedTest(name = "ring {0}")
    @MethodSource("rings")
    void shouldFillSeveralRequestsAtATime(final Features ringUse)
    {
        try (Linked link = new Linked(new RngDevice(source, 16));
            RngDriver rng = new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, ringUse))
        {
            final byte[][] arrays = new byte[8][1000];
            int place = 0;
            for (int round = 0; round < 5; round++)
            {
                for (int i = 0; i < arrays.length; i++)
                {
                    assertEquals(RngDriver.SUBMITTED, rng.submit(arrays[i], 0, arrays[i].length, i));
                }
                assertEquals(RngDriver.BUSY, rng.submit(arrays[0], 0, 1, 9));
                assertThrows(IllegalStateException.class, () -> rng.read(new byte[1]));
                final int[] lengths = new int[arrays.length];
                while (rng.inFlight() > 0)
                {
                    rng.awaitCompletions((tag, length) -> lengths[(int)tag] = length);
                }
                for (int i = 0; i < arrays.length; i++)
                {
                    assertEquals(arrays[i].length, lengths[i]);
                    place = requirePlaces(arrays[i], 0, arrays[i].length, place);
                }
            }
            assertEquals(0, rng.awaitCompletions(NOBODY));
        }
    }

    @Test
    void shouldGiveNoMoreThanTheLimitAndGoOnWithTheNextPeriod()
    {
        final long[] now = {Long.MAX_VALUE - 5};
        try (RngDevice device = new RngDevice(source, 16, new RateLimit(100, 10), () -> now[0]);
            Linked link = new Linked(device);
            RngDriver rng = new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
        {
            final byte[] bytes = new byte[60];
            final int[] last = {-1};
            final RngCompletion length = (tag, count) -> last[0] = count;
            assertEquals(60, submit(rng, link, bytes, length, last));
            assertEquals(40, submit(rng, link, bytes, length, last), "what is left of the period");
            assertEquals(-1, submit(rng, link, bytes, length, last));
            // It lies in the ring, and that is no work and wants no kick.
            assertEquals(0, link.transport().controller().doWork());
            assertFalse(device.awaitsKick(0));
            now[0] += TimeUnit.MILLISECONDS.toNanos(10) - 1;
            link.settle();
            assertEquals(0, rng.poll(length));
            now[0]++;
            link.settle();
            assertEquals(1, rng.poll(length));
            assertEquals(60, last[0]);
            assertTrue(device.awaitsKick(0));
            assertEquals(160, device.bytes());
        }
    }

    @Test
    void shouldGiveNoMoreForAReset()
    {
        try (RngDevice device = new RngDevice(source, 16, new RateLimit(10, 10), () -> 0);
            Linked link = new Linked(device))
        {
            for (int i = 0; i < 2; i++)
            {
                try (RngDriver rng =
                    new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
                {
                    rng.submit(new byte[20], 0, 20, 0);
                    rng.poll(NOBODY);
                    link.settle();
                    assertEquals(0 == i ? 1 : 0, rng.poll(NOBODY));
                }
            }
            assertEquals(10, device.bytes());
        }
    }

    @Test
    void shouldWakeUpWhenThePeriodIsOver()
    {
        final Poller poller = new Poller();
        try (RngDevice device = new RngDevice(source, 16, new RateLimit(10, 5), System::nanoTime);
            Linked link = new Linked(device);
            RngDriver rng = new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
        {
            assertNull(new RngDevice(source, 16).wakeup());
            poller.add(device.wakeup());
            assertEquals(0, poller.poll(0));
            final byte[] bytes = new byte[30];
            rng.submit(bytes, 0, 20, 1);
            rng.submit(bytes, 20, 10, 2);
            int done = rng.poll(NOBODY);
            link.settle();
            for (done += rng.poll(NOBODY); done < 2; done += rng.poll(NOBODY))
            {
                assertEquals(1, poller.poll(LONG_MS));
                link.settle();
            }
        }
    }

    @Test
    void shouldNotLookAtWhatItIsGivenToReadAndGiveBackWhatHasNoRoom()
    {
        final RngDevice device = new RngDevice(source, 16);
        try (Linked link = new Linked(device);
            VirtioDriver driver =
                new VirtioDriver(link.transport(), link.dma(), DeviceType.ENTROPY, Features.NONE))
        {
            final DriverRing ring = driver.enableQueue(0, 16, 0);
            driver.start();
            final List<CoherentBuffer> pieces = link.add(ring, List.of(new byte[40]), 1, 600, 3);
            link.settle();
            assertTrue(ring.poll());
            assertEquals(604, ring.written());
            requirePlaces(Linked.bytes(pieces), 0, 604, 0);
            link.add(ring, List.of(new byte[40]));
            link.settle();
            assertTrue(ring.poll());
            assertEquals(0, ring.written());
            final String reason = device.failures().last().reason();
            assertTrue(reason.contains("no room for random bytes: readable=40"), reason);
            ring.add(new long[]{-1}, new int[]{16}, 0, 1, 1);
            ring.publish();
            link.settle();
            assertTrue(ring.poll());
            assertEquals(0, ring.written());
            assertEquals(2, device.failures().last().count());
        }
    }

    @Test
    void shouldNeedAResetWhenTheSourceFails()
    {
        final RngDevice device = new RngDevice(bytes ->
        {
            throw new IllegalStateException("no entropy");
        }, 16);
        try (Linked link = new Linked(device);
            RngDriver rng =
                new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
        {
            rng.submit(new byte[8], 0, 8, 0);
            rng.poll(NOBODY);
            final DeviceController controller = link.transport().controller();
            assertEquals(0, controller.doWork());
            assertTrue(0 != (controller.status() & DeviceStatus.DEVICE_NEEDS_RESET));
            final String reason = controller.failures().last().reason();
            assertTrue(reason.startsWith(
                "device failed when working on queue 0: java.lang.IllegalStateException: no entropy, at "), reason);
        }
    }

    @Test
    void shouldRefuseNumbersOutOfRange()
    {
        assertThrows(IllegalArgumentException.class, () -> new RateLimit(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new RateLimit(1, 0));
        for (final int size : new int[] {0, -1, RngDevice.QUEUE_SIZE_MAX + 1})
        {
            assertThrows(IllegalArgumentException.class, () -> new RngDevice(source, size));
        }
        try (Linked link = new Linked(new RngDevice(source, 16)))
        {
            assertThrows(IllegalArgumentException.class, () ->
                new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 7, RngDriver.USUAL_RING));
            try (RngDriver rng =
                new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
            {
                assertThrows(IndexOutOfBoundsException.class, () -> rng.read(new byte[4], 2, 3));
                assertThrows(IndexOutOfBoundsException.class, () -> rng.submit(new byte[4], 2, 3, 0));
                assertThrows(IllegalArgumentException.class, () -> rng.submit(new byte[4], 2, 0, 0));
                rng.read(new byte[0]);
            }
        }
    }

    @Test
    void shouldEndInTimeWithADeviceThatNeverGivesAByte()
    {
        final Liar liar = new Liar();
        try (Linked link = new Linked(liar);
            RngDriver rng =
                new RngDriver(link.transport(), link.dma(), link.waiting(SHORT_MS), 8, RngDriver.USUAL_RING))
        {
            assertThrows(TimeLimitException.class, () -> rng.read(new byte[8]));
            assertTrue(rng.emptyAnswers() > 0);
        }
    }

    /** Others have the pools whenever the device has answered, and give them back at the next look. */
    @Test
    void shouldEndInTimeWithADeviceThatNeverGivesAByteAndPoolsThatAreBusyNowAndThen()
    {
        final Runnable[] held = {null};
        final PeerMonitor givingBack = () ->
        {
            if (null != held[0])
            {
                held[0].run();
                held[0] = null;
            }
        };
        try (Linked link = new Linked(new Liar());
            RngDriver rng = new RngDriver(
                link.transport(), link.dma(), link.waiting(SHORT_MS, givingBack), 8, RngDriver.USUAL_RING))
        {
            final int[] looks = {0};
            link.meanwhile(() ->
            {
                looks[0]++;
                assertTrue(looks[0] < 20 * SHORT_MS, "waits for ever");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                held[0] = link.exhaust();
            });
            final TimeLimitException e = assertThrows(TimeLimitException.class, () -> rng.read(new byte[8]));
            assertTrue(e.getMessage().startsWith("no random bytes within "), e.getMessage());
            assertTrue(rng.emptyAnswers() > 0);
            givingBack.requirePresent();
        }
    }

    @Test
    void shouldShowNothingButWhatTheDeviceWrote()
    {
        final Liar liar = new Liar();
        try (Linked link = new Linked(liar);
            RngDriver rng =
                new RngDriver(link.transport(), link.dma(), link.waiting(LONG_MS), 8, RngDriver.USUAL_RING))
        {
            final byte[] bytes = new byte[32];
            Arrays.fill(bytes, (byte)7);
            liar.claims = 20;
            rng.submit(bytes, 0, 32, 0);
            assertEquals(1, rng.awaitCompletions((tag, length) -> assertEquals(20, length)));
            for (int i = 0; i < 32; i++)
            {
                assertEquals(i < 20 ? 0 : 7, bytes[i]);
            }
        }
    }

    @Test
    void shouldNotWriteWhoseTimeIsOverNorTellOthersOfIt()
    {
        final Liar liar = new Liar();
        liar.isAsleep = true;
        try (Linked link = new Linked(liar);
            RngDriver rng =
                new RngDriver(link.transport(), link.dma(), link.waiting(SHORT_MS), 8, RngDriver.USUAL_RING))
        {
            final byte[] bytes = {1, 2, 3, 4};
            assertThrows(TimeLimitException.class, () -> rng.read(bytes));
            assertEquals(0, rng.inFlight());
            final byte[] other = {9, 9};
            assertEquals(RngDriver.SUBMITTED, rng.submit(other, 0, 2, 5));
            liar.isAsleep = false;
            liar.claims = 2;
            assertEquals(1, rng.awaitCompletions((tag, length) -> assertEquals(5, tag)));
            assertArrayEquals(new byte[]{1, 2, 3, 4}, bytes);
            rng.read(bytes);
            assertArrayEquals(new byte[4], bytes);
        }
    }

    private static int submit(
        final RngDriver rng, final Linked link, final byte[] bytes, final RngCompletion handler, final int[] last)
    {
        last[0] = -1;
        assertEquals(RngDriver.SUBMITTED, rng.submit(bytes, 0, bytes.length, 0));
        rng.poll(handler);
        link.settle();
        rng.poll(handler);
        return last[0];
    }

    private static int requirePlaces(final byte[] bytes, final int from, final int to, final int first)
    {
        for (int i = from; i < to; i++)
        {
            assertEquals(place(first + i - from), bytes[i], "byte " + i + ", first=" + first);
        }
        return first + to - from;
    }

    private static byte place(final int number)
    {
        return (byte)(number * 31 + (number >> 8));
    }

    /** Claims to have written, and never did. */
    private static final class Liar implements VirtioDevice
    {
        private final DescriptorChain chain = new DescriptorChain();
        private int claims;
        private boolean isAsleep;

        @Override
        public int type()
        {
            return DeviceType.ENTROPY;
        }

        @Override
        public Features features()
        {
            return Features.NONE;
        }

        @Override
        public int queueCount()
        {
            return 1;
        }

        @Override
        public int queueSizeMax(final int queue)
        {
            return 16;
        }

        @Override
        public int configLength()
        {
            return 0;
        }

        @Override
        public int readConfig(final int offset)
        {
            return 0;
        }

        @Override
        public int process(final int queue, final DeviceRing ring)
        {
            int count = 0;
            while (!isAsleep && ring.poll(chain))
            {
                ring.complete(chain, Math.min(claims, chain.writable()));
                count++;
            }
            return count;
        }
    }
}
