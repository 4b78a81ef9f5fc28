/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.transport.msgq.MessageReceiver;
import io.bouncedma.transport.msgq.MessageSender;
import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.ServiceListener;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * VMs that attach over sockets, honest ones and others.
 */
class HypervisorServerTest
{
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));

    @TempDir
    private Path directory;
    private EmulatedHypervisor hypervisor;
    private AgentRunner server;
    private Throwable error;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[300]);

    @BeforeEach
    void start()
    {
        hypervisor = new EmulatedHypervisor(new EmulatedHypervisorContext().queueDepth(2));
        server = new AgentRunner(NoOpIdleStrategy.INSTANCE, e -> error = e, null,
            new HypervisorServer(hypervisor, directory, 1, ServiceListener.NONE));
        AgentRunner.startOnThread(server);
    }

    @AfterEach
    void stop()
    {
        server.close();
        hypervisor.close();
        assertNull(error);
        assertFalse(Files.exists(HypervisorServer.socketPath(directory, EmulatedHypervisor.PRIMARY)));
    }

    @Test
    void shouldGiveEachVmWhatIsItsOwn()
    {
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY);
            EmulatedVm secondary = attach(EmulatedHypervisor.SECONDARY))
        {
            assertNotEquals(primary.window().extents().extents(), secondary.window().extents().extents());
            secondary.window().memory(4096, 8).set(ValueLayout.JAVA_LONG, 0, 42);
            assertEquals(42, primary.window().memory(4096, 8).get(ValueLayout.JAVA_LONG, 0));
            assertThrows(IllegalArgumentException.class, () -> primary.sender(Label.REGISTER_REQUESTS));
            assertThrows(IllegalArgumentException.class, () -> primary.receiver(Label.REGISTER_RESPONSES));
            assertThrows(IllegalArgumentException.class, () -> primary.doorbell(99));
            assertThrows(UnsupportedOperationException.class, () -> primary.doorbell(Label.KICK).ring());
            assertThrows(UnsupportedOperationException.class, () -> secondary.doorbell(Label.KICK).clear());
            secondary.doorbell(Label.KICK).ring();
            secondary.doorbell(Label.KICK).ring();
            assertEquals(2, primary.doorbell(Label.KICK).clear());
            assertEquals(0, primary.doorbell(Label.KICK).clear());
            assertEquals(new VmStatistics(0, 0, 1), primary.statistics());
            assertEquals(new VmStatistics(0, 2, 0), secondary.statistics());
        }
    }

    @Test
    void shouldCarryMessagesWithTheirLimits()
    {
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY);
            EmulatedVm secondary = attach(EmulatedHypervisor.SECONDARY))
        {
            final MessageSender sender = secondary.sender(Label.REGISTER_REQUESTS);
            final MessageReceiver receiver = primary.receiver(Label.REGISTER_REQUESTS);
            assertEquals(MessageReceiver.EMPTY, receiver.receive(buffer, 0));
            assertEquals(MessageSender.TOO_BIG, sender.send(buffer, 0, 241));
            assertEquals(MessageSender.TOO_BIG, sender.send(buffer, 0, 0));
            buffer.putInt(0, 1);
            assertEquals(MessageSender.SENT, sender.send(buffer, 0, 240));
            buffer.putInt(0, 2);
            assertEquals(MessageSender.SENT_LAST, sender.send(buffer, 0, 4));
            assertEquals(MessageSender.FULL, sender.send(buffer, 0, 4));
            assertEquals(MessageReceiver.TOO_BIG, receiver.receive(new UnsafeBuffer(new byte[10]), 0));
            assertEquals(240, receiver.receive(buffer, 0));
            assertEquals(1, buffer.getInt(0));
            assertEquals(4, receiver.receive(buffer, 0));
            assertEquals(2, buffer.getInt(0));
            assertEquals(MessageReceiver.EMPTY, receiver.receive(buffer, 0));
            assertEquals(2, receiver.received());
            assertEquals(2, sender.sent());
        }
    }

    @Test
    void shouldTellThatTheOtherVmIsGoneOrAnother()
    {
        try (EmulatedVm secondary = attach(EmulatedHypervisor.SECONDARY))
        {
            secondary.monitor().requirePresent();
            assertEquals(PeerState.ABSENT, secondary.peerState());
            try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY))
            {
                assertEquals(PeerState.PRESENT, secondary.peerState());
                primary.ready();
                assertEquals(PeerState.READY, secondary.peerState());
                secondary.monitor().requirePresent();
            }
            awaitTrue(() -> PeerState.ABSENT == secondary.peerState());
            final PeerGoneException gone =
                assertThrows(PeerGoneException.class, secondary.monitor()::requirePresent);
            assertTrue(gone.getMessage().contains("the primary VM is gone"), gone.getMessage());
            try (EmulatedVm another = attach(EmulatedHypervisor.PRIMARY))
            {
                assertEquals(PeerState.PRESENT, secondary.peerState());
                assertEquals(2, secondary.peerEpoch());
                assertThrows(PeerGoneException.class, secondary.monitor()::requirePresent);
                assertEquals("primary", another.vmName());
            }
        }
    }

    /** What a VM does before it knows that the other one is another one is not for that one. */
    @Test
    void shouldKeepAVmApartFromAnotherOneUntilItRenews()
    {
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY))
        {
            final MessageSender responses = primary.sender(Label.REGISTER_RESPONSES);
            final MessageReceiver requests = primary.receiver(Label.REGISTER_REQUESTS);
            final MemorySegment shared = primary.window().memory(WindowLayout.POOL_OFFSET, 8);
            try (EmulatedVm first = attach(EmulatedHypervisor.SECONDARY))
            {
                primary.renew();
                primary.ready();
                assertEquals(PeerState.READY, first.peerState());
                first.doorbell(Label.KICK).ring();
                shared.set(ValueLayout.JAVA_LONG, 0, 42);
            }
            awaitTrue(() -> !hypervisor.isAttached(EmulatedHypervisor.SECONDARY));
            assertEquals(MessageSender.SENT, responses.send(buffer, 0, 16));
            try (EmulatedVm second = attach(EmulatedHypervisor.SECONDARY))
            {
                assertEquals(MessageSender.SENT, responses.send(buffer, 0, 16));
                assertEquals(MessageReceiver.EMPTY, second.receiver(Label.REGISTER_RESPONSES).receive(buffer, 0));
                assertEquals(MessageSender.SENT, second.sender(Label.REGISTER_REQUESTS).send(buffer, 0, 16));
                assertEquals(MessageReceiver.EMPTY, requests.receive(buffer, 0));
                second.doorbell(Label.KICK).ring();
                second.doorbell(Label.KICK).ring();
                primary.ready();
                assertEquals(PeerState.PRESENT, second.peerState());
                assertEquals(42, shared.get(ValueLayout.JAVA_LONG, 0));
                primary.renew();
                assertEquals(PeerState.PRESENT, second.peerState());
                primary.ready();
                assertEquals(PeerState.READY, second.peerState());
                assertEquals(0, shared.get(ValueLayout.JAVA_LONG, 0));
                assertEquals(2, primary.doorbell(Label.KICK).clear());
                assertEquals(16, requests.receive(buffer, 0));
                assertEquals(MessageSender.SENT, responses.send(buffer, 0, 16));
                assertEquals(16, second.receiver(Label.REGISTER_RESPONSES).receive(buffer, 0));
                primary.doorbell(Label.USED).ring();
                assertEquals(1, second.doorbell(Label.USED).clear());
                primary.renew();
                assertEquals(PeerState.READY, second.peerState());
            }
        }
    }

    @Test
    void shouldLetOneProcessAtATimeBeAVm()
    {
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY))
        {
            final VirtioException e =
                assertThrows(VirtioException.class, () -> attach(EmulatedHypervisor.PRIMARY));
            assertTrue(e.getMessage().contains("attached already"), e.getMessage());
            primary.ready();
        }
        awaitTrue(() -> !hypervisor.isAttached(EmulatedHypervisor.PRIMARY));
        attach(EmulatedHypervisor.PRIMARY).close();
    }

    @Test
    void shouldNotDetachAVmWithWhoCouldNotAttachIt()
    {
        try (EmulatedVm primary = hypervisor.attach(EmulatedHypervisor.PRIMARY))
        {
            assertThrows(IllegalStateException.class, () -> hypervisor.attach(EmulatedHypervisor.PRIMARY));
            assertTrue(hypervisor.isAttached(EmulatedHypervisor.PRIMARY));
            primary.ready();
        }
        assertFalse(hypervisor.isAttached(EmulatedHypervisor.PRIMARY));
    }

    @Test
    void shouldCloseTheOldestOfConnectionsThatAreTooMany()
    {
        final Path path = HypervisorServer.socketPath(directory, EmulatedHypervisor.PRIMARY);
        final List<UnixSocket> sockets = new ArrayList<>();
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY))
        {
            for (int i = 0; i < 100; i++)
            {
                sockets.add(connect(path));
            }
            assertTrue(answerTo(sockets.getFirst()) < 0);
            primary.ready();
        }
        finally
        {
            sockets.forEach(UnixSocket::close);
        }
    }

    /** 20,000 whole waits last over a quarter of an hour, longer than the limit even if that is tenfold. */
    @Test
    void shouldEndAWaitWhenWhatAVmWaitsForBesideIsReadable()
    {
        final Fd[] wakeup = new Fd[1];
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY);
            EventFd network = EventFd.create("network");
            EventFd other = EventFd.create("other"))
        {
            primary.wakeOn(() -> wakeup[0]);
            primary.idleStrategy().idle();
            network.signal();
            other.signal();
            final long start = System.nanoTime();
            for (int i = 0; i < 20_000; i++)
            {
                wakeup[0] = i < 10_000 ? network.fd() : other.fd();
                primary.idleStrategy().idle();
                assertTrue(System.nanoTime() - start < LIMIT_NS, "waited although there was something to read");
            }
            wakeup[0] = null;
            primary.idleStrategy().idle();
        }
    }

    @Test
    void shouldTellThatTheHypervisorIsGone()
    {
        try (EmulatedVm secondary = attach(EmulatedHypervisor.SECONDARY))
        {
            server.close();
            assertThrows(PeerGoneException.class, secondary::ready);
            awaitTrue(() ->
            {
                secondary.idleStrategy().idle();
                try
                {
                    secondary.hypervisorMonitor().requirePresent();
                    return false;
                }
                catch (final PeerGoneException e)
                {
                    return e.getMessage().contains("the hypervisor is gone");
                }
            });
        }
    }

    @Test
    void shouldAnswerOrCloseOnGarbageAndServeOthersAllTheSame()
    {
        final SplittableRandom random = new SplittableRandom(99);
        try (EmulatedVm primary = attach(EmulatedHypervisor.PRIMARY))
        {
            for (int i = 0; i < 300; i++)
            {
                final byte[] packet = new byte[1 + random.nextInt(i % 10 == 0 ? 20_000 : 64)];
                random.nextBytes(packet);
                if (i % 3 == 0)
                {
                    new UnsafeBuffer(packet).setMemory(0, Math.min(4, packet.length), (byte)0);
                    packet[0] = 0x1b;
                    packet[Math.min(1, packet.length - 1)] = 0x60;
                }
                throwAt(packet, i % 2 == 0);
            }
            primary.ready();
        }
    }

    private void throwAt(final byte[] packet, final boolean fromVm)
    {
        final Path path = HypervisorServer.socketPath(directory, EmulatedHypervisor.SECONDARY);
        try (UnixSocket socket = UnixSocket.connect(path, UnixSocket.Type.SEQPACKET);
            EventFd stray = EventFd.create("stray"))
        {
            if (fromVm)
            {
                final UnsafeBuffer attach = new UnsafeBuffer(new byte[Hypercall.CALL_PAYLOAD_OFFSET]);
                attach.putInt(Hypercall.NUMBER_OFFSET, Hypercall.ATTACH, ByteOrder.LITTLE_ENDIAN);
                do
                {
                    socket.send(attach.byteArray(), 0, attach.capacity(), List.of());
                }
                // The one before may not be seen to be gone yet.
                while (Hypercall.OK != answerTo(socket));
            }
            try
            {
                socket.send(packet, 0, packet.length, List.of(stray.fd()));
            }
            catch (final ErrnoException e)
            {
                // From Linux 6.16 on.
                assertEquals(Errno.EPERM, e.errno());
                socket.send(packet, 0, packet.length, List.of());
            }
            answerTo(socket);
        }
    }

    /** The error in the answer, or something below zero if the connection was closed instead. */
    private static int answerTo(final UnixSocket socket)
    {
        final Poller poller = new Poller();
        poller.add(socket.fd());
        awaitTrue(() -> 0 != poller.poll(100));
        final UnsafeBuffer answer = new UnsafeBuffer(new byte[Hypercall.MAX_LENGTH]);
        final List<Fd> fds = new ArrayList<>();
        final int length = socket.receive(answer.byteArray(), fds);
        fds.forEach(Fd::close);
        assertNotEquals(UnixSocket.WOULD_BLOCK, length);
        return length < 0 ? length : answer.getInt(Hypercall.ERROR_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    private EmulatedVm attach(final int vm)
    {
        return EmulatedVm.connect(HypervisorServer.socketPath(directory, vm));
    }

    private static void awaitTrue(final BooleanSupplier condition)
    {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() - start < LIMIT_NS, "time is over");
            Thread.onSpinWait();
        }
    }

    /** As soon as the server has taken those before. */
    private static UnixSocket connect(final Path path)
    {
        while (true)
        {
            try
            {
                return UnixSocket.connect(path, UnixSocket.Type.SEQPACKET);
            }
            catch (final ErrnoException e)
            {
                assertEquals(Errno.EAGAIN, e.errno());
                Thread.onSpinWait();
            }
        }
    }
}
