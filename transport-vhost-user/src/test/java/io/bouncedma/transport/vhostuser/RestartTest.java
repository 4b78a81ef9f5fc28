/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Rings that stop, start and change hands: no request is lost or executed twice, no kick and no interrupt is missed.
 */
class RestartTest
{
    private static final int STEPS = 400;
    private static final int QUEUE_SIZE = 16;

    @TempDir
    private Path directory;

    /**
     * A back-end that dies with requests in its device, those that it has answered being any of them, and another that
     * gets the in-flight file ("Inflight I/O tracking").
     */
    @ParameterizedTest(name = "packed {0}, seed {1}")
    @CsvSource({"false, 1", "false, 2", "false, 3", "true, 1", "true, 2", "true, 3"})
    void shouldExecuteEachRequestOnceWhateverBackendDies(final boolean isPacked, final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final Path path = TestFrontend.path(directory);
        ComplementDevice device = holding();
        VhostUserBackend backend = TestFrontend.backend(directory, device);
        int executed = 0;
        int restarts = 0;
        final Set<Long> open = new TreeSet<>();
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(features(isPacked));
            final InFlightArea area;
            try (Message made = frontend.raw.ask(
                FrontendRequest.GET_INFLIGHT_FD, new InFlightArea(0, 0, 1, QUEUE_SIZE)::write);
                Fd file = made.takeFd())
            {
                area = InFlightArea.read(made.payload());
                frontend.raw.done(FrontendRequest.SET_INFLIGHT_FD, area::write, file);
                frontend.start(0);
                for (int step = 0; step < STEPS; step++)
                {
                    final int what = random.nextInt(10);
                    if (what < 5 && frontend.rings[0].hasRoom(2))
                    {
                        open.add(frontend.add(0));
                        frontend.kick(0);
                    }
                    else if (what < 9)
                    {
                        device.release(random.nextInt(3), random.nextBoolean());
                        frontend.raw.drive();
                    }
                    else
                    {
                        restarts++;
                        executed += device.executed;
                        backend.close();
                        device = holding();
                        backend = TestFrontend.backend(directory, device);
                        frontend.reconnect(backend, path);
                        frontend.raw.done(FrontendRequest.SET_INFLIGHT_FD, area::write, file);
                        // As QEMU does, which knows no better than what is used.
                        frontend.calls.getFirst().drain();
                        frontend.start(0, 0);
                        assertNull(backend.failures().last().reason());
                        assertTrue(frontend.calls.getFirst().drain() > 0, "the last one may have died before its call");
                    }
                    pollAll(frontend, open);
                }
            }
            device.holds = false;
            device.release(QUEUE_SIZE, false);
            frontend.raw.drive();
            pollAll(frontend, open);
            assertEquals(Set.of(), open, "requests are lost");
            frontend.roundTrip(0);
            executed += device.executed;
            assertTrue(restarts > 10, "restarts=" + restarts);
            assertEquals(frontend.requests(), executed, "requests were executed twice");
        }
        finally
        {
            backend.close();
        }
    }

    /** Else a front-end gives up at the moment at which its back-end would have answered. */
    @Test
    void shouldDrainForLessThanItsFrontEndWaits()
    {
        assertTrue(VhostUserBackend.DEFAULT_DRAIN_MS < VhostUserSettings.DEFAULT_LIMIT_MS);
    }

    /** A guest with fewer processors than its network card has pairs of queues: QEMU starts all, and enables some. */
    @Test
    void shouldWaitForTheDeviceWhileSomeRingsAreOff()
    {
        final ComplementDevice device = new ComplementDevice();
        try (EventFd input = EventFd.create("input");
            VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            device.wakeup = input.fd();
            frontend.begin(features(false));
            frontend.start(0);
            frontend.start(1);
            final VringState off = new VringState(1, 0);
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, off::write);
            frontend.raw.drive();
            assertTrue(isWaitedFor(input, backend));
            assertTrue(device.events.contains("resetQueue 1"), "it waits for nothing there");
            frontend.roundTrip(0);
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 0)::write);
            frontend.raw.drive();
            assertFalse(isWaitedFor(input, backend), "nobody would look");
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(1, 1)::write);
            frontend.raw.drive();
            assertTrue(isWaitedFor(input, backend));
            frontend.roundTrip(1);
        }
    }

    /** What the device has of a ring that is switched off is finished once it is on, and not taken a second time. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldLeaveTheDeviceWhatItHasOfARingThatIsOff(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked));
            frontend.start(0);
            final long first = frontend.add(0);
            final long second = frontend.add(0);
            frontend.kick(0);
            device.release(1, true);
            frontend.raw.drive();
            assertEquals(second, frontend.poll(0));
            device.events.clear();
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 0)::write);
            frontend.raw.drive();
            assertEquals(List.of(), device.events);
            assertEquals(1, device.held.getFirst().size());
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 1)::write);
            device.release(2, false);
            frontend.raw.drive();
            assertEquals(first, frontend.poll(0));
            assertEquals(0, frontend.poll(0), "answered twice");
            assertEquals(2, device.executed, "requests were executed twice");
            // Now the device has nothing there.
            frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 0)::write);
            frontend.raw.drive();
            assertEquals(List.of("resetQueue 0"), device.events);
            assertNull(backend.failures().last().reason());
        }
    }

    private static boolean isWaitedFor(final EventFd input, final VhostUserBackend backend)
    {
        final List<Fd> polled = new ArrayList<>();
        ((BackendIdleStrategy)backend.idleStrategy()).collect(polled);
        return polled.contains(input.fd());
    }

    private static void pollAll(final TestFrontend frontend, final Set<Long> open)
    {
        for (long token = frontend.poll(0); 0 != token; token = frontend.poll(0))
        {
            assertTrue(open.remove(token), "answered twice: token=" + token);
        }
    }

    /** GET_VRING_BASE while the device has requests, and a start from there, over and over. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldGoOnWhereARingWasStopped(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked));
            frontend.start(0);
            final SplittableRandom random = new SplittableRandom(5);
            final Set<Long> open = new TreeSet<>();
            for (int round = 0; round < 100; round++)
            {
                for (int i = random.nextInt(3); i > 0 && frontend.rings[0].hasRoom(2); i--)
                {
                    open.add(frontend.add(0));
                }
                frontend.kick(0);
                device.release(random.nextInt(3), false);
                frontend.raw.drive();
                pollAll(frontend, open);
                if (random.nextBoolean())
                {
                    final int base = frontend.stop(0);
                    assertEquals(0, device.held.getFirst().size(), "device works on a stopped ring");
                    assertEquals(base, frontend.stop(0));
                    frontend.start(0, base);
                    assertEquals(open.size(), device.held.getFirst().size(), "requests are not seen again");
                }
            }
            device.release(QUEUE_SIZE, false);
            frontend.raw.drive();
            pollAll(frontend, open);
            assertEquals(Set.of(), open);
            assertNull(backend.failures().last().reason());
        }
    }

    /**
     * GET_VRING_BASE of a device that answers in any order, and a start from there, over and over, without an in-flight
     * file: each request is done once. The device may take its time, and the front-end waits for its answer.
     */
    @ParameterizedTest(name = "packed {0}, in order {1}, seed {2}")
    @CsvSource({"false, false, 1", "false, false, 2", "true, false, 1", "true, false, 2", "false, true, 1",
        "true, true, 1"})
    void shouldFinishWhatWasTakenBeforeTheRingStops(final boolean isPacked, final boolean isInOrder, final long seed)
    {
        final ComplementDevice device = holding();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(isInOrder ? features(isPacked).with(FeatureBits.IN_ORDER) : features(isPacked));
            frontend.start(0);
            final SplittableRandom random = new SplittableRandom(seed);
            final Set<Long> open = new TreeSet<>();
            int waits = 0;
            for (int round = 0; round < STEPS; round++)
            {
                for (int i = random.nextInt(3); i > 0 && frontend.rings[0].hasRoom(2); i--)
                {
                    open.add(frontend.add(0));
                }
                frontend.kick(0);
                device.release(random.nextInt(3), random.nextBoolean());
                frontend.raw.drive();
                pollAll(frontend, open);
                if (0 == random.nextInt(4))
                {
                    // QEMU disables a ring before it asks for the base.
                    frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 0)::write);
                    if (frontend.rings[0].hasRoom(2))
                    {
                        open.add(frontend.add(0));
                    }
                    frontend.raw.send(FrontendRequest.GET_VRING_BASE, new VringState(0, 0)::write);
                    Message reply = frontend.raw.receive();
                    while (null == reply)
                    {
                        waits++;
                        device.release(1, random.nextBoolean());
                        frontend.raw.drive();
                        reply = frontend.raw.receive();
                    }
                    assertEquals(0, device.held.getFirst().size(), "device works on a stopped ring");
                    pollAll(frontend, open);
                    final int base;
                    try (Message message = reply)
                    {
                        assertEquals(FrontendRequest.GET_VRING_BASE.id(), message.request());
                        base = (int)VringState.read(message.payload()).num();
                    }
                    device.release(0, false);
                    frontend.start(0, base);
                    assertEquals(open.size(), device.held.getFirst().size(), "requests are not seen again");
                }
            }
            device.release(QUEUE_SIZE, false);
            frontend.raw.drive();
            pollAll(frontend, open);
            assertEquals(Set.of(), open, "requests are lost");
            assertEquals(frontend.requests(), device.executed, "requests were executed twice");
            assertTrue(waits > 10, "waits=" + waits);
            assertNull(backend.failures().last().reason());
        }
    }

    /** QEMU's net says status 0 when it stops, and asks for the bases afterwards. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldFinishWhatWasTakenBeforeTheStatusIsZero(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked));
            frontend.start(0);
            final long first = frontend.add(0);
            final long second = frontend.add(0);
            frontend.kick(0);
            device.release(1, true);
            frontend.raw.drive();
            frontend.raw.send(FrontendRequest.SET_STATUS, 0);
            // What is sent behind it is not handled before it.
            frontend.raw.send(FrontendRequest.GET_STATUS, (to) ->
            {
            });
            frontend.raw.send(FrontendRequest.GET_VRING_BASE, new VringState(0, 0)::write);
            assertNull(frontend.raw.receive());
            device.release(1, false);
            frontend.raw.drive();
            frontend.raw.receive().close();
            try (Message reply = frontend.raw.receive())
            {
                assertEquals(isPacked ? 0x8004_8004L : 2, VringState.read(reply.payload()).num());
            }
            assertEquals(second, frontend.poll(0));
            assertEquals(first, frontend.poll(0));
            assertEquals(2, device.executed);
        }
    }

    /** A device that never finishes: nothing is done twice, the front-end has its answer and is told. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldPassOverWhatTheDeviceDoesNotFinish(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        final Path path = TestFrontend.path(directory);
        try (VhostUserBackend backend = TestFrontend.backend(directory, device).drainWithin(0))
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(features(isPacked));
                frontend.start(0);
                frontend.add(0);
                final long second = frontend.add(0);
                frontend.kick(0);
                device.release(1, true);
                frontend.raw.drive();
                assertEquals(second, frontend.poll(0));
                assertEquals(isPacked ? 0x8004_8004 : 2, frontend.stop(0));
                assertTrue(frontend.errors.getFirst().drain() > 0);
                assertEquals(0x40, frontend.raw.askLong(FrontendRequest.GET_STATUS));
                final String reason = backend.failures().last().reason();
                assertTrue(reason.startsWith("ring 0: device did not finish in time"), reason);
                device.holds = false;
                frontend.start(0);
                frontend.roundTrip(0);
                assertEquals(2, device.executed, "requests were executed twice");
            }
            TestFrontend.requireServes(backend, path, features(isPacked));
        }
    }

    /** The front-end dies while it waits for its answer. */
    @Test
    void shouldServeTheNextAfterAStopThatNeverEnded()
    {
        final ComplementDevice device = holding();
        final Path path = TestFrontend.path(directory);
        try (VhostUserBackend backend = TestFrontend.backend(directory, device).drainWithin(1))
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(TestFrontend.SPLIT);
                frontend.start(0);
                frontend.add(0);
                frontend.add(0);
                frontend.kick(0);
                device.release(1, true);
                frontend.raw.drive();
                // With a descriptor that does not belong there.
                frontend.raw.send(FrontendRequest.GET_VRING_BASE, new VringState(0, 0)::write, frontend.memory.fd);
                frontend.raw.disconnect();
                while (backend.isConnected())
                {
                    backend.idleStrategy().idle(backend.doWork());
                }
            }
            device.holds = false;
            TestFrontend.requireServes(backend, path, TestFrontend.SPLIT);
        }
    }

    /** The memory changes while a ring that is used in order has answers that wait for an older one. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldTakeAgainWhatWaitsInOrderWhenTheMemoryChanges(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked).with(FeatureBits.IN_ORDER));
            frontend.start(0);
            final long first = frontend.add(0);
            final long second = frontend.add(0);
            frontend.kick(0);
            device.release(1, true);
            frontend.raw.drive();
            assertEquals(0, frontend.poll(0));
            frontend.raw.done(FrontendRequest.SET_MEM_TABLE,
                (to) -> MemoryRegion.writeTable(List.of(frontend.memory.region), to), frontend.memory.fd);
            device.release(2, false);
            frontend.raw.drive();
            assertEquals(first, frontend.poll(0));
            assertEquals(second, frontend.poll(0));
            assertNull(backend.failures().last().reason());
        }
    }

    /** Agents are asked for work until they are told to stop, and some once more. */
    @Test
    void shouldDoNothingWhenItIsClosed()
    {
        final Path path = TestFrontend.path(directory);
        final VhostUserBackend backend = TestFrontend.backend(directory, new ComplementDevice());
        backend.close();
        assertEquals(0, backend.doWork());
        backend.idleStrategy().reset();
        for (int i = 0; i < 202; i++)
        {
            backend.idleStrategy().idle(0);
        }
        try (VhostUserBackend next = TestFrontend.backend(directory, new ComplementDevice()))
        {
            final VhostUserBackend client = VhostUserBackend.connect(path, new ComplementDevice());
            client.close();
            assertEquals(0, client.doWork());
            assertEquals(0, next.doWork(), "somebody has connected");
        }
    }

    /** A kick that comes before the back-end looks at the doorbell (vhost #343, SPDK #3150). */
    @ParameterizedTest(name = "packed {0}, disabled first {1}")
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void shouldNotMissAKickBeforeTheStart(final boolean isPacked, final boolean isDisabledFirst)
    {
        try (VhostUserBackend backend = TestFrontend.backend(directory, new ComplementDevice());
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked));
            frontend.start(0);
            final int base = frontend.stop(0);
            if (isDisabledFirst)
            {
                frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 0)::write);
            }
            frontend.calls.getFirst().drain();
            final long token = frontend.add(0);
            frontend.kick(0);
            frontend.configure(0, base);
            frontend.raw.send(FrontendRequest.SET_VRING_KICK, 0, frontend.kicks.getFirst().fd());
            if (isDisabledFirst)
            {
                // The back-end's thread has taken the kick when the ring is enabled at last.
                for (int i = 0; i < 202; i++)
                {
                    backend.idleStrategy().idle(0);
                }
                frontend.raw.drive();
                assertEquals(0, frontend.kicks.getFirst().drain());
                assertEquals(0, frontend.poll(0));
                frontend.raw.send(FrontendRequest.SET_VRING_ENABLE, new VringState(0, 1)::write);
            }
            assertEquals(token, frontend.poll(0));
            assertTrue(frontend.calls.getFirst().drain() > 0);
        }
    }

    /** The call descriptor changes while requests are answered: somebody is told of each. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldNotMissAnInterruptWhenTheCallDescriptorChanges(final boolean isPacked)
    {
        try (VhostUserBackend backend = TestFrontend.backend(directory, new ComplementDevice());
            TestFrontend frontend = new TestFrontend(backend, TestFrontend.path(directory)))
        {
            frontend.begin(features(isPacked));
            frontend.start(0);
            // None at all: what is used meanwhile is told to the next one.
            frontend.raw.send(FrontendRequest.SET_VRING_CALL, VringFd.payload(0, false));
            for (int round = 0; round < 10; round++)
            {
                final long token = frontend.add(0);
                frontend.kick(0);
                try (EventFd next = EventFd.create("next"))
                {
                    frontend.raw.send(FrontendRequest.SET_VRING_CALL, 0, next.fd());
                    assertTrue(next.drain() > 0, "nobody is told");
                    assertEquals(token, frontend.poll(0));
                    final long another = frontend.add(0);
                    frontend.kick(0);
                    assertTrue(next.drain() > 0, "the new one is not told");
                    assertEquals(another, frontend.poll(0));
                }
                if (0 == round % 2)
                {
                    frontend.raw.send(FrontendRequest.SET_VRING_CALL, VringFd.payload(0, false));
                }
            }
        }
    }

    /** A front-end that dies while the device has its requests: it must forget them before they are unmapped. */
    @ParameterizedTest(name = "packed {0}")
    @ValueSource(booleans = {false, true})
    void shouldForgetARequestWhoseFrontendDies(final boolean isPacked)
    {
        final ComplementDevice device = holding();
        final Path path = TestFrontend.path(directory);
        try (VhostUserBackend backend = TestFrontend.backend(directory, device))
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(features(isPacked));
                frontend.start(0);
                frontend.start(1);
                frontend.add(0);
                frontend.add(1);
                frontend.kick(0);
                assertEquals(1, device.held.get(0).size());
                assertEquals(1, device.held.get(1).size());
            }
            assertEquals(List.of("resetQueue 0", "resetQueue 1", "reset"),
                device.events.subList(device.events.size() - 3, device.events.size()));
            device.release(2, false);
            device.holds = false;
            assertEquals(0, backend.doWork());
            device.release(0, false);
            TestFrontend.requireServes(backend, path, features(!isPacked));
        }
    }

    private static ComplementDevice holding()
    {
        final ComplementDevice device = new ComplementDevice();
        device.holds = true;
        return device;
    }

    private static Features features(final boolean isPacked)
    {
        final Features features = isPacked ? TestFrontend.PACKED : TestFrontend.SPLIT;
        assertEquals(isPacked ? RingFormat.PACKED : RingFormat.SPLIT, RingFormat.of(features));
        return features;
    }
}
