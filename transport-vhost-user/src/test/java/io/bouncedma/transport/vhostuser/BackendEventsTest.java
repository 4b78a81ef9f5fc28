/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Poller;
import io.bouncedma.virtio.ServiceEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a back-end tells of its front-ends, and when.
 */
class BackendEventsTest
{
    private static final int MOST_IDLES = 10_000;

    private final List<String> events = new ArrayList<>();
    private final ComplementDevice device = new ComplementDevice();
    private VhostUserBackend backend;
    private Path path;
    private long now;

    @BeforeEach
    void listen(@TempDir final Path directory)
    {
        path = TestFrontend.path(directory);
        backend = TestFrontend.backend(directory, device).listener((event, text) ->
            events.add(event.word() + ": " + text));
    }

    @AfterEach
    void close()
    {
        backend.close();
    }

    @Test
    void shouldTellOfAConnectionFromItsBeginningToItsEnd()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            expect("connected: pid=" + ProcessHandle.current().pid() + ", uid=");
            frontend.begin(TestFrontend.PACKED);
            expect("features: vhost_user={MQ,LOG_SHMFD,REPLY_ACK,",
                "features: virtio={INDIRECT_DESC,VERSION_1,RING_PACKED,PROTOCOL_FEATURES}");
            // As QEMU does for each pair of queues.
            frontend.raw.send(FrontendRequest.SET_FEATURES, TestFrontend.PACKED.low64());
            expect();
            frontend.start(0);
            expect("memory: regions=1, bytes=", "ring-ready: ring=0, size=" + TestFrontend.SIZE + ", format=packed",
                "ring-switched: ring=0, on=true");
            frontend.roundTrip(0);
            expect();
            frontend.start(1);
            expect("ring-ready: ring=1", "ring-switched: ring=1, on=true");
            frontend.stop(0);
            expect("ring-stopped: ring=0, base=");
            frontend.raw.send(FrontendRequest.SET_STATUS, 1);
            frontend.raw.send(FrontendRequest.SET_STATUS, 0);
            expect("status: ACKNOWLEDGE", "reset: driver wrote status 0, in_flight=0");
        }
        expect("disconnected: by=front-end, in_flight=0");
    }

    /** QEMU says it for each pair of a network card's queues. */
    @Test
    void shouldTellOnceWhatIsSaidAgain()
    {
        try (RawFrontend frontend = new RawFrontend(backend, path))
        {
            for (int i = 0; i < 3; i++)
            {
                frontend.send(FrontendRequest.SET_FEATURES, TestFrontend.SPLIT.low64());
            }
            expect("connected: ", "features: virtio={INDIRECT_DESC,VERSION_1,PROTOCOL_FEATURES}");
            frontend.send(FrontendRequest.SET_FEATURES, TestFrontend.PACKED.low64());
            expect("features: virtio={INDIRECT_DESC,VERSION_1,RING_PACKED,PROTOCOL_FEATURES}");
        }
    }

    /** Whatever it was told of the one before, even if that was the same. */
    @Test
    void shouldTellAllOfTheNextFrontendAnew()
    {
        for (int i = 0; i < 2; i++)
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(TestFrontend.PACKED);
                frontend.start(0);
                expect("connected: ", "features: vhost_user=", "features: virtio=", "memory: ", "ring-ready: ring=0, ",
                    "ring-switched: ring=0, on=true");
            }
            expect("disconnected: ");
        }
    }

    @Test
    void shouldTellWhatWasInFlight()
    {
        device.holds = true;
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            frontend.add(0);
            frontend.add(0);
            frontend.kick(0);
        }
        assertEquals("lost: by=front-end, in_flight=2", events.getLast());
    }

    @Test
    void shouldTellWhatWasInFlightWhenTheMemoryWasTakenOut()
    {
        device.holds = true;
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            frontend.add(0);
            frontend.kick(0);
            frontend.raw.done(FrontendRequest.REM_MEM_REG, frontend.memory.region::writeSingle);
        }
        assertEquals("lost: by=front-end, in_flight=1", events.getLast());
    }

    @Test
    void shouldTellAtOnceAndOnceThatNoMemoryCame()
    {
        try (EventFd kick = EventFd.create("kick");
            PassedMemory memory = new PassedMemory();
            RawFrontend frontend = new RawFrontend(backend, path))
        {
            frontend.send(FrontendRequest.SET_FEATURES, TestFrontend.SPLIT.low64());
            for (int i = 0; i < ComplementDevice.QUEUES; i++)
            {
                frontend.send(FrontendRequest.SET_VRING_NUM, new VringState(i, 8)::write);
                frontend.send(FrontendRequest.SET_VRING_ADDR, memory.address(i)::write);
                frontend.send(FrontendRequest.SET_VRING_KICK, i, kick.fd());
                frontend.send(FrontendRequest.SET_VRING_ENABLE, new VringState(i, 1)::write);
            }
        }
        final List<String> told = told(ServiceEvent.NOT_SHARED);
        assertEquals(1, told.size(), events::toString);
        assertTrue(told.getFirst().startsWith(
            "not-shared: a ring was started, and the front-end has passed no memory: "), told::toString);
        assertTrue(told.getFirst().contains("share=on"), told::toString);
    }

    /** A front-end that starts a ring before it passes memory gets along, and the error was none. */
    @Test
    void shouldTellThatMemoryCameAfterAll()
    {
        try (EventFd kick = EventFd.create("kick");
            PassedMemory memory = new PassedMemory();
            RawFrontend frontend = new RawFrontend(backend, path))
        {
            frontend.send(FrontendRequest.SET_FEATURES, TestFrontend.SPLIT.low64());
            frontend.send(FrontendRequest.SET_VRING_NUM, new VringState(0, 8)::write);
            frontend.send(FrontendRequest.SET_VRING_ADDR, memory.address(0)::write);
            frontend.send(FrontendRequest.SET_VRING_KICK, 0, kick.fd());
            expect("connected: ", "features: ", "not-shared: ");
            frontend.send(FrontendRequest.ADD_MEM_REG, memory.region::writeSingle, memory.fd);
            expect("memory: ", "ring-ready: ring=0", "resumed: the memory that rings waited for is there");
        }
    }

    /** One that only asks what there is; QEMU before 5.1 says itself that it has nothing to pass. */
    @Test
    void shouldGiveAFrontendThatOnlyAsksNoAdvice()
    {
        try (RawFrontend frontend = new RawFrontend(backend, path))
        {
            frontend.send(FrontendRequest.SET_FEATURES, TestFrontend.SPLIT.low64());
        }
        expect("connected: ", "features: ", "disconnected: by=front-end, in_flight=0, memory=none");
    }

    @Test
    void shouldNotTellOfARingThatIsStoppedThatItGoesOn()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            frontend.raw.done(FrontendRequest.REM_MEM_REG, frontend.memory.region::writeSingle);
            frontend.stop(0);
            events.clear();
            frontend.raw.done(FrontendRequest.ADD_MEM_REG, frontend.memory.region::writeSingle, frontend.memory.fd);
            expect();
        }
    }

    @Test
    void shouldNotTakeMemoryThatIsTakenOutForNone()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.raw.done(FrontendRequest.REM_MEM_REG, frontend.memory.region::writeSingle);
        }
        try (RawFrontend frontend = new RawFrontend(backend, path))
        {
            frontend.askLong(FrontendRequest.GET_FEATURES);
        }
        assertEquals(List.of(), told(ServiceEvent.NOT_SHARED));
    }

    /** "Removing a memory region": as QEMU does to add a larger one. */
    @Test
    void shouldNotTakeMemoryThatIsReplacedWhileARingRunsForNone()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            events.clear();
            frontend.raw.done(FrontendRequest.REM_MEM_REG, frontend.memory.region::writeSingle);
            expect("waiting: ring 0 waits for the memory that it lies in: size=" + TestFrontend.SIZE);
            frontend.raw.done(FrontendRequest.ADD_MEM_REG, frontend.memory.region::writeSingle, frontend.memory.fd);
            expect("resumed: the memory that rings waited for is there");
            frontend.roundTrip(0);
            expect();
        }
    }

    @Test
    void shouldTellOfADriverThatKicksAndIsNotSeen()
    {
        try (TestFrontend frontend = beginWithZeros())
        {
            kickAndWait(frontend);
            final List<String> told = told(ServiceEvent.NOT_SHARED);
            assertEquals(1, told.size(), events::toString);
            assertTrue(told.getFirst().startsWith("not-shared: driver kicks, and its rings are blank: "),
                told::toString);
        }
    }

    @Test
    void shouldTellOnceThatADriverIsSeenAfterAll()
    {
        try (TestFrontend frontend = beginWithZeros())
        {
            kickAndWait(frontend);
            assertEquals(1, told(ServiceEvent.NOT_SHARED).size(), events::toString);
            frontend.roundTrip(0);
            frontend.roundTrip(0);
            kickAndWait(frontend);
            assertEquals(List.of("resumed: what the driver wrote is seen now"), told(ServiceEvent.RESUMED));
            assertEquals(1, told(ServiceEvent.NOT_SHARED).size(), events::toString);
        }
    }

    /** QEMU kicks when it starts a ring, whether the driver has something to do or not. */
    @Test
    void shouldNotTakeADriverThatHasNothingToDoForOneThatIsNotSeen()
    {
        try (TestFrontend frontend = beginWithZeros())
        {
            frontend.memory.bytes.set(ValueLayout.JAVA_BYTE, PassedMemory.LENGTH - 1L, (byte)1);
            kickAndWait(frontend);
            assertEquals(List.of(), told(ServiceEvent.NOT_SHARED));
            frontend.roundTrip(0);
            assertEquals(List.of(), told(ServiceEvent.RESUMED));
        }
    }

    /** Whether it wants kicks is written by the device, into the memory that the VM does not see. */
    @Test
    void shouldNotTakeItsOwnRingForSomethingOfTheDriver()
    {
        try (TestFrontend frontend = beginWithZeros())
        {
            final VringAddress at = frontend.memory.address(0);
            frontend.memory.bytes.set(
                ValueLayout.JAVA_SHORT, at.device() - frontend.memory.region.userAddress(), (short)1);
            kickAndWait(frontend);
            assertEquals(1, told(ServiceEvent.NOT_SHARED).size(), events::toString);
        }
    }

    /** virtio 1.4, 2.7.13.1: the driver gets a free entry of the table, whichever that is. */
    @Test
    void shouldSeeADriverThatDoesNotUseTheFirstDescriptor()
    {
        try (TestFrontend frontend = beginWithZeros())
        {
            final VringAddress at = frontend.memory.address(0);
            frontend.memory.bytes.set(
                ValueLayout.JAVA_SHORT, at.driver() - frontend.memory.region.userAddress(), (short)1);
            kickAndWait(frontend);
            assertEquals(List.of(), told(ServiceEvent.NOT_SHARED));
        }
    }

    @Test
    void shouldTellOfARequestThatItDoesNotKnow()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            events.clear();
            frontend.raw.write(RawFrontend.bytes(99, Message.VERSION | Message.NEED_REPLY, (to) ->
            {
            }), List.of());
            frontend.raw.drive();
            expect("refused: unknown request: request=99");
        }
    }

    @Test
    void shouldTellWhyItEndsAConnection()
    {
        try (RawFrontend frontend = new RawFrontend(backend, path))
        {
            frontend.send(FrontendRequest.SET_FEATURES, -1);
        }
        events.removeFirst();
        expect("refused: connection ended: front-end accepts what was not offered: accepted={",
            "disconnected: by=back-end, in_flight=0");
    }

    @Test
    void shouldTellOfABrokenRing()
    {
        try (TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            final long available = frontend.memory.address(0).driver() - frontend.memory.region.userAddress() + 2;
            frontend.memory.bytes.set(ValueLayout.JAVA_SHORT, available, (short)0x4000);
            events.clear();
            frontend.kick(0);
            expect("ring-broken: ring 0: ");
        }
    }

    @Test
    void shouldTellOnceOfAnotherFrontendThatWaits()
    {
        try (RawFrontend first = new RawFrontend(backend, path); RawFrontend second = new RawFrontend(backend, path))
        {
            events.clear();
            for (int i = 0; i < MOST_IDLES && events.isEmpty(); i++)
            {
                backend.idleStrategy().idle(backend.doWork());
            }
            first.drive();
            expect("waiting: another front-end has connected");
            first.disconnect();
            second.drive();
            expect("disconnected: by=front-end", "connected: pid=");
            assertEquals(TestFrontend.SPLIT.low64(), TestFrontend.SPLIT.low64() &
                second.askLong(FrontendRequest.GET_FEATURES));
        }
    }

    private TestFrontend beginWithZeros()
    {
        backend.clock(() -> now);
        final TestFrontend frontend = new TestFrontend(backend, path);
        frontend.begin(TestFrontend.SPLIT);
        frontend.start(0);
        final long offset = frontend.memory.address(0).desc() - frontend.memory.region.userAddress();
        frontend.memory.bytes.asSlice(offset, 0x4000).fill((byte)0);
        return frontend;
    }

    private void kickAndWait(final TestFrontend frontend)
    {
        final EventFd kick = frontend.kicks.getFirst();
        final Poller poller = new Poller();
        poller.add(kick.fd());
        kick.signal();
        for (int i = 0; i < MOST_IDLES && poller.poll(0) > 0; i++)
        {
            backend.idleStrategy().idle(backend.doWork());
        }
        backend.doWork();
        now += TimeUnit.SECONDS.toNanos(3);
        backend.doWork();
    }

    private List<String> told(final ServiceEvent event)
    {
        return events.stream().filter((line) -> line.startsWith(event.word() + ": ")).toList();
    }

    private void expect(final String... beginnings)
    {
        assertEquals(beginnings.length, events.size(), events::toString);
        for (int i = 0; i < beginnings.length; i++)
        {
            assertTrue(events.get(i).startsWith(beginnings[i]), events.get(i));
        }
        events.clear();
    }
}
