/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A back-end dies with requests in its hands and comes back: each request is answered once, by it or by the next one.
 */
class ReconnectTest
{
    private static final int LIMIT_MS = FrontendBackendTest.LIMIT_MS;

    @TempDir
    private Path directory;

    static Stream<Arguments> rings()
    {
        return Stream.of(Features.NONE, Features.of(FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC),
            Features.of(FeatureBits.RING_PACKED), Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX),
            Features.of(FeatureBits.RING_RESET))
            .flatMap((ring) -> Stream.of(Arguments.of(false, ring), Arguments.of(true, ring)));
    }

    @ParameterizedTest(name = "front-end listens {0}, ring features {1}, seed 11")
    @MethodSource("rings")
    void shouldLetTheNextBackendGoOn(final boolean isListener, final Features ring)
    {
        final EchoDevice device = new EchoDevice();
        try (FrontendWindow window = new FrontendWindow();
            FrontendBackendTest.Bench bench =
                new FrontendBackendTest.Bench(directory.resolve("sock"), device, isListener);
            VhostUserTransport transport = bench.open(settings(window)))
        {
            final Random random = new Random(11);
            final Waiting waiting = transport.waiting(LIMIT_MS);
            try (EchoDriver driver = new EchoDriver(transport, window.dma, ring, 16))
            {
                for (int life = 0; life < 8; life++)
                {
                    device.held = random.nextInt(8);
                    driver.send(1 + random.nextInt(16));
                    for (int i = random.nextInt(4); i > 0; i--)
                    {
                        bench.backend.doWork();
                        driver.poll();
                        driver.send(random.nextInt(8));
                    }
                    if (ring.has(FeatureBits.RING_RESET) && random.nextBoolean())
                    {
                        driver.virtio.resetQueue(0);
                        driver.drop();
                        driver.enable(16);
                        driver.send(8);
                    }
                    bench.die();
                    driver.poll();
                    bench.start();
                    device.held = 0;
                    driver.drain(waiting);
                    assertEquals(0, transport.deviceEpoch());
                }
            }
        }
    }

    @Test
    void shouldSayThatTheDeviceWasReplaced()
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock"));
            VhostUserTransport transport = backend.open(settings(window)))
        {
            final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
            driver.send(2);
            backend.hangUp();
            backend.seen.clear();
            backend.memory.clear();
            final int interrupts = awaitInterrupts(transport);
            assertTrue(0 != (interrupts & VirtioTransport.INTERRUPT_CONFIG_CHANGE));
            assertEquals(1, transport.deviceEpoch());
            assertEquals(1, backend.memory.size());
            assertTrue(backend.seen.contains(FrontendRequest.SET_FEATURES));
            assertFalse(backend.seen.contains(FrontendRequest.SET_VRING_KICK), "it was given a ring of before");
            driver.virtio.requireWorking();
            transport.kick(0, 0);
            assertThrows(VirtioException.class, () -> transport.resetQueue(0));
            transport.enableQueue(0, 4, FrontendWindow.BUS_BASE, FrontendWindow.BUS_BASE, FrontendWindow.BUS_BASE);
            assertTrue(backend.seen.contains(FrontendRequest.SET_VRING_ENABLE));
            driver.close();
        }
    }

    @Test
    void shouldGoOnFromTheUsedIndex()
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock")))
        {
            backend.protocol = ScriptedBackend.PROTOCOL.with(ProtocolFeatures.INFLIGHT_SHMFD);
            try (VhostUserTransport transport = backend.open(settings(window)))
            {
                final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
                final int area = (int)window.region.offsetOf(FrontendWindow.BUS_BASE);
                transport.resetQueue(0);
                transport.enableQueue(0, 4, FrontendWindow.BUS_BASE + area, FrontendWindow.BUS_BASE + area,
                    FrontendWindow.BUS_BASE + 4096);
                window.region.view(4096, 4).putShort(2, (short)0xfffe);
                backend.hangUp();
                backend.bases.clear();
                assertEquals(VirtioTransport.INTERRUPT_USED_BUFFER | VirtioTransport.INTERRUPT_CONFIG_CHANGE,
                    awaitInterrupts(transport));
                assertEquals(List.of(new VringState(0, 0xfffe)), backend.bases);
                assertEquals(2, backend.seen.stream().filter(FrontendRequest.SET_INFLIGHT_FD::equals).count());
                assertEquals(1, backend.seen.stream().filter(FrontendRequest.GET_INFLIGHT_FD::equals).count());
                driver.close();
            }
        }
    }

    @Test
    void shouldRefuseABackendThatLacksAFeature()
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock"));
            VhostUserTransport transport = backend.open(settings(window)))
        {
            final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
            backend.features = ScriptedBackend.FEATURES.without(5);
            backend.hangUp();
            backend.memory.clear();
            final VirtioException e = assertThrows(VirtioException.class, () -> awaitInterrupts(transport));
            assertTrue(e.getMessage().contains("lacks features"), e.getMessage());
            assertEquals(0, backend.memory.size());
            driver.close();
        }
    }

    @Test
    void shouldAskTheNextBackendWhatTheOneBeforeDidNotAnswer()
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock"));
            VhostUserTransport transport = backend.open(settings(window)))
        {
            backend.on(FrontendRequest.GET_CONFIG, (message) ->
            {
                backend.hangUp();
                backend.on(FrontendRequest.GET_CONFIG, (again) ->
                    backend.answer(FrontendRequest.GET_CONFIG, again));
            });
            assertEquals(0, transport.readConfig(0, 4));
            assertEquals(0, transport.deviceEpoch(), "no driver was there that has to know");
        }
    }

    @Test
    void shouldGiveUpInTime()
    {
        try (FrontendWindow window = new FrontendWindow();
            FrontendBackendTest.Bench bench =
                new FrontendBackendTest.Bench(directory.resolve("sock"), new EchoDevice(), false);
            VhostUserTransport transport = bench.open(settings(window).withReconnectMs(20)))
        {
            final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
            driver.send(1);
            bench.die();
            final Waiting waiting = transport.waiting(LIMIT_MS);
            final VirtioException e = assertThrows(PeerGoneException.class, () -> driver.drain(waiting));
            assertTrue(e.getMessage().contains("did not come back within 20 ms"), e.getMessage());
            driver.close();
        }
    }

    /** At whatever it hangs up, also at what it is told of the one before: it has one time limit, not one each time. */
    @ParameterizedTest
    @EnumSource(names = {"GET_CONFIG", "SET_FEATURES", "SET_VRING_KICK"})
    void shouldGiveUpOnABackendThatComesBackOnlyToHangUp(final FrontendRequest at)
    {
        try (FrontendWindow window = new FrontendWindow();
            ScriptedBackend backend = new ScriptedBackend(directory.resolve("sock")))
        {
            // With it the rings are given to each that comes back.
            backend.protocol = ScriptedBackend.PROTOCOL.with(ProtocolFeatures.INFLIGHT_SHMFD);
            try (VhostUserTransport transport = backend.open(settings(window).withReconnectMs(300)))
            {
                final EchoDriver driver = new EchoDriver(transport, window.dma, Features.NONE, 4);
                backend.on(at, (message) -> backend.hangUp());
                backend.hangUp();
                assertThrows(PeerGoneException.class, () -> transport.readConfig(0, 1));
                assertThrows(PeerGoneException.class, () -> transport.readConfig(0, 1));
                driver.close();
            }
        }
    }

    private static int awaitInterrupts(final VhostUserTransport transport)
    {
        final Waiting.Wait wait = transport.waiting(LIMIT_MS).start("interrupt");
        int interrupts = transport.takeInterrupts();
        while (0 == interrupts)
        {
            wait.pause();
            interrupts = transport.takeInterrupts();
        }
        return interrupts;
    }

    private static VhostUserSettings settings(final FrontendWindow window)
    {
        return VhostUserSettings.of(EchoDevice.TYPE, window.shared()).withLimitMs(LIMIT_MS).withReconnectMs(LIMIT_MS);
    }
}
