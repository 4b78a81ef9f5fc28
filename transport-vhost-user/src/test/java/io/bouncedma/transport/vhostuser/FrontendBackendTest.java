/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Our front-end and our back-end in one process, in one thread: the back-end works while the front-end waits.
 */
class FrontendBackendTest
{
    static final int LIMIT_MS = TestLimits.millis(60_000);

    @TempDir
    private Path directory;

    static Stream<Arguments> combinations()
    {
        final int[] bits = {FeatureBits.RING_PACKED, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX,
            FeatureBits.IN_ORDER, FeatureBits.RING_RESET};
        final List<Arguments> all = new ArrayList<>();
        for (int i = 0; i < 1 << bits.length; i++)
        {
            Features features = Features.NONE;
            for (int bit = 0; bit < bits.length; bit++)
            {
                features = 0 == (i & 1 << bit) ? features : features.with(bits[bit]);
            }
            all.add(Arguments.of(0 == i % 3, features));
        }
        return all.stream();
    }

    @ParameterizedTest(name = "front-end listens {0}, ring features {1}, seed 3")
    @MethodSource("combinations")
    void shouldCarryEveryRingFeature(final boolean isListener, final Features ring)
    {
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), new EchoDevice(), isListener);
            VhostUserTransport transport = bench.open(window))
        {
            final Random random = new Random(3);
            for (int session = 0; session < 3; session++)
            {
                try (EchoDriver driver = new EchoDriver(transport, window.dma, ring, 16))
                {
                    assertTrue(ring.isSubsetOf(driver.virtio.features()));
                    final Waiting waiting = transport.waiting(LIMIT_MS);
                    for (int i = 0; i < 30; i++)
                    {
                        driver.send(1 + random.nextInt(16));
                        if (random.nextBoolean())
                        {
                            driver.drain(waiting);
                        }
                        if (ring.has(FeatureBits.RING_RESET) && 0 == random.nextInt(4))
                        {
                            driver.virtio.resetQueue(0);
                            driver.drop();
                            driver.enable(1 << 2 + random.nextInt(3));
                        }
                    }
                    driver.drain(waiting);
                    driver.send(5);
                }
            }
        }
    }

    @Test
    void shouldRefuseASecondDriver()
    {
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), new EchoDevice(), false);
            VhostUserTransport transport = bench.open(window);
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4))
        {
            assertThrows(IllegalStateException.class,
                () -> new EchoDriver(transport, window.dma, Features.NONE, 4));
            driver.send(1);
            driver.drain(transport.waiting(LIMIT_MS));
        }
    }

    @Test
    void shouldKeepTheAddressBitToItselfAndOfferIt()
    {
        final EchoDevice device = new EchoDevice();
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), device, false);
            VhostUserTransport transport = bench.open(window);
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4))
        {
            assertTrue(driver.virtio.features().has(FeatureBits.ACCESS_PLATFORM));
            driver.send(1);
            driver.drain(transport.waiting(LIMIT_MS));
            assertFalse(device.negotiated.has(FeatureBits.ACCESS_PLATFORM));
            assertTrue(device.negotiated.has(FeatureBits.VERSION_1));
            assertFalse(transport.deviceFeatures().has(ProtocolFeatures.F_PROTOCOL_FEATURES));
            assertFalse(transport.deviceFeatures().has(FeatureBits.PUBLISH_INDICES));
        }
    }

    @ParameterizedTest(name = "ring features {1}, seed 3")
    @MethodSource("combinations")
    void shouldTranslateForABackendWithAnIotlb(final boolean isListener, final Features ring)
    {
        final EchoDevice device = new EchoDevice();
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), device, isListener);
            VhostUserTransport transport = bench.open(VhostUserSettings.of(EchoDevice.TYPE, window.shared())
                .withLimitMs(LIMIT_MS).withIotlb(true)))
        {
            final Waiting waiting = transport.waiting(LIMIT_MS);
            for (int session = 0; session < 2; session++)
            {
                try (EchoDriver driver = new EchoDriver(transport, window.dma, ring, 16))
                {
                    for (int i = 0; i < 5; i++)
                    {
                        driver.send(5);
                        driver.drain(waiting);
                    }
                    assertTrue(device.negotiated.has(FeatureBits.ACCESS_PLATFORM));
                }
            }
        }
    }

    @Test
    void shouldReadAndWriteTheConfiguration()
    {
        final EchoDevice device = new EchoDevice();
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), device, false);
            VhostUserTransport transport = bench.open(window))
        {
            assertEquals(0x0807060504030201L, transport.readConfig(0, 8));
            assertEquals(0x08070605L, transport.readConfig(4, 4));
            assertEquals(0x0807L, transport.readConfig(6, 2));
            assertEquals(9, transport.readConfig(8, 1));
            transport.writeConfig(2, 2, 0xbbaa);
            assertEquals((byte)0xaa, device.config[2]);
            assertEquals((byte)0xbb, device.config[3]);
            assertEquals(5, device.config[4]);
            assertThrows(IllegalArgumentException.class, () -> transport.readConfig(0, 3));
            assertThrows(IllegalArgumentException.class, () -> transport.readConfig(-1, 1));
            assertThrows(IllegalArgumentException.class, () -> transport.readConfig(ConfigRange.MAX_SIZE, 1));
        }
    }

    @Test
    void shouldKnowTheQueuesOfTheBackend()
    {
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), new EchoDevice(), false);
            VhostUserTransport transport = bench.open(window))
        {
            assertEquals(EchoDevice.TYPE, transport.probe());
            assertTrue(transport.queueSizeMax(EchoDevice.QUEUES - 1) > 0);
            assertEquals(0, transport.queueSizeMax(EchoDevice.QUEUES));
            assertThrows(VirtioException.class, () -> transport.enableQueue(256, 4, 1, 1, 1));
            assertThrows(VirtioException.class, () -> transport.resetQueue(0));
            assertThrows(VirtioException.class, () -> transport.kick(0, 0));
        }
    }

    @Test
    void shouldTellTheStatusAndTheEndOfARing()
    {
        try (FrontendWindow window = new FrontendWindow();
            Bench bench = new Bench(directory.resolve("sock"), new EchoDevice(), false);
            VhostUserTransport transport = bench.open(window);
            EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4))
        {
            driver.virtio.requireWorking();
            // An available index that no ring of this size has.
            final long ring = window.region.offsetOf(FrontendWindow.BUS_BASE);
            window.region.view(ring, FrontendWindow.LENGTH).setMemory(0, FrontendWindow.LENGTH, (byte)0x55);
            driver.virtio.kick(0);
            final Waiting.Wait wait = transport.waiting(LIMIT_MS).start("error");
            while (0 == (transport.takeInterrupts() & VhostUserTransport.INTERRUPT_CONFIG_CHANGE))
            {
                wait.pause();
            }
            assertTrue(0 != (transport.status() & DeviceStatus.DEVICE_NEEDS_RESET));
            final VirtioException e = assertThrows(VirtioException.class, driver.virtio::requireWorking);
            assertTrue(e.getMessage().contains("DEVICE_NEEDS_RESET"), e.getMessage());
        }
    }

    @Test
    void shouldTimeOutIfNobodyListens()
    {
        try (FrontendWindow window = new FrontendWindow())
        {
            final VhostUserSettings settings = VhostUserSettings.of(EchoDevice.TYPE, window.shared()).withLimitMs(1);
            final Path path = directory.resolve("none");
            final VirtioException e =
                assertThrows(TimeLimitException.class, () -> VhostUserTransport.connect(path, settings));
            assertTrue(e.getMessage().contains("back-end at " + path), e.getMessage());
            assertThrows(TimeLimitException.class, () -> VhostUserTransport.listen(path, settings));
        }
    }

    /** A back-end and what lets it work while the front-end waits. */
    static final class Bench implements AutoCloseable
    {
        private final Path path;
        private final boolean isListener;
        private final EchoDevice device;
        VhostUserBackend backend;

        Bench(final Path path, final EchoDevice device, final boolean isListener)
        {
            this.path = path;
            this.device = device;
            this.isListener = isListener;
            start();
        }

        void start()
        {
            backend = isListener ? VhostUserBackend.connect(path, device) : VhostUserBackend.listen(path, device);
        }

        VhostUserTransport open(final FrontendWindow window)
        {
            return open(VhostUserSettings.of(EchoDevice.TYPE, window.shared()).withLimitMs(LIMIT_MS));
        }

        VhostUserTransport open(final VhostUserSettings settings)
        {
            final VhostUserSettings running = settings.withIdle(idle());
            return isListener ? VhostUserTransport.listen(path, running) : VhostUserTransport.connect(path, running);
        }

        private IdleStrategy idle()
        {
            return new Invoker(() ->
            {
                if (null != backend)
                {
                    backend.doWork();
                }
            });
        }

        void die()
        {
            backend.close();
            backend = null;
        }

        @Override
        public void close()
        {
            if (null != backend)
            {
                backend.close();
            }
        }
    }
}
