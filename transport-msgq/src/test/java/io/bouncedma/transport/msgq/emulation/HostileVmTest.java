/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Access;
import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.EventSocket;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.transport.msgq.MmioMessage;
import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.ServiceListener;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Secondary VMs that do what they can against the hypervisor, the primary VM and those that come after them. What must
 * hold is always the same: the primary VM serves on, and the next secondary VM attaches and has a device.
 */
class HostileVmTest
{
    private static final long LIMIT_MS = TestLimits.millis(60_000);
    /** One byte of a former tenant. */
    private static final byte SECRET = 0x5e;

    @TempDir
    private Path directory;
    private final AtomicReference<Throwable> error = new AtomicReference<>();
    private EmulatedHypervisor hypervisor;
    private AgentRunner server;
    private EmulatedVm primary;
    private AgentRunner device;

    private void start(final ConfigTransport transport)
    {
        hypervisor = new EmulatedHypervisor(
            new EmulatedHypervisorContext().poolLength(1 << 20).transport(transport));
        server = new AgentRunner(NoOpIdleStrategy.INSTANCE, error::set, null,
            new HypervisorServer(hypervisor, directory, 10, ServiceListener.NONE));
        AgentRunner.startOnThread(server);
        primary = EmulatedVm.connect(path(EmulatedHypervisor.PRIMARY));
        device = new AgentRunner(primary.idleStrategy(), error::set, null,
            new DeviceAgent(primary, new IdleDevice()));
        AgentRunner.startOnThread(device);
    }

    @AfterEach
    void stop()
    {
        device.close();
        primary.close();
        server.close();
        hypervisor.close();
        assertNull(error.get());
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotWaitForEventsThatAVmFillsAndMakesBlocking(final ConfigTransport transport)
    {
        start(transport);
        for (int i = 0; i < 3; i++)
        {
            try (HostileVm vm = HostileVm.attach(secondary()))
            {
                for (final Fd fd : vm.events())
                {
                    fill(fd);
                }
                for (int j = 0; j < 20; j++)
                {
                    vm.call(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, Hypercall.PUSH, request(j));
                }
            }
            requireService();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeTheNextVmAfterOneThatShutsItsEventsDown(final ConfigTransport transport)
    {
        start(transport);
        try (HostileVm vm = HostileVm.attach(secondary()))
        {
            vm.events().forEach(PassableFds::shutdown);
            vm.call(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, 0, request(1));
        }
        requireService();
        try (HostileVm vm = HostileVm.attach(secondary()))
        {
            vm.fds.forEach(Fd::close);
            vm.call(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, 0, request(1));
        }
        requireService();
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotLetAVmSpoilTheMemoryFilesForOthers(final ConfigTransport transport)
    {
        start(transport);
        try (HostileVm vm = HostileVm.attach(secondary()))
        {
            for (final Fd file : vm.fds.subList(HostileVm.WINDOW, HostileVm.FIRST_EVENT))
            {
                for (final int seal : new int[]{PassableFds.F_SEAL_WRITE, PassableFds.F_SEAL_FUTURE_WRITE})
                {
                    assertEquals(Errno.EPERM,
                        assertThrows(ErrnoException.class, () -> PassableFds.seal(file, seal)).errno());
                }
                assertThrows(ErrnoException.class, () -> PassableFds.truncate(file, 0));
                assertThrows(ErrnoException.class, () -> PassableFds.truncate(file, 1L << 30));
            }
        }
        requireService();
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveAVmNothingOfTheOneBefore(final ConfigTransport transport)
    {
        start(transport);
        final HostileVm former = HostileVm.attach(secondary());
        final List<Fd> kept = new ArrayList<>();
        try (Mapping outlived = former.mapWindow())
        {
            outlived.memory().fill(SECRET);
            for (int i = 0; i < 4; i++)
            {
                former.call(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, 0, request(i));
            }
            // As a child would that outlives its process.
            former.events().forEach(fd -> kept.add(fd.duplicate()));
            former.close();
            try (HostileVm next = HostileVm.attach(secondary());
                Mapping window = next.mapWindow())
            {
                kept.forEach(HostileVmTest::fill);
                outlived.memory().fill(SECRET);
                assertEquals(-1, HostileVm.firstOtherThan(window.memory()
                    .asSlice(WindowLayout.POOL_OFFSET), (byte)0));
                assertEquals(Hypercall.MSGQUEUE_EMPTY,
                    next.call(Hypercall.MSGQUEUE_RECEIVE, Label.REGISTER_RESPONSES, 240));
                awaitPrimary(next);
                assertEquals(0, next.call(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, 0, request(0x77)));
                if (ConfigTransport.MSGQ == transport)
                {
                    assertEquals(0x77, MmioMessage.sequence(new UnsafeBuffer(awaitResponse(next))));
                }
                window.memory().fill((byte)1);
                assertEquals(-1, HostileVm.firstOtherThan(outlived.memory(), SECRET));
            }
            requireService();
        }
        finally
        {
            kept.forEach(Fd::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCutOffAVmThatNeverReadsItsResults(final ConfigTransport transport)
    {
        start(transport);
        try (HostileVm vm = HostileVm.attach(secondary()))
        {
            int sent = 1;
            while (UnixSocket.END_OF_STREAM != sent)
            {
                sent = vm.send(Hypercall.MSGQUEUE_RECEIVE, Label.REGISTER_RESPONSES, 240, List.of());
            }
            requireService();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotLetWhoSaysNothingKeepAnybodyOut(final ConfigTransport transport)
    {
        start(transport);
        final List<HostileVm> silent = new ArrayList<>();
        try
        {
            for (int i = 0; i < 100; i++)
            {
                silent.add(HostileVm.connect(secondary()));
            }
            requireService();
        }
        finally
        {
            silent.forEach(HostileVm::close);
        }
        requireService();
    }

    /** What the hypervisor answers to a VM in the middle of other things is not what it answers to the next one. */
    @ParameterizedTest
    @EnumSource
    void shouldServeOnWhileVmsComeAndGo(final ConfigTransport transport)
    {
        start(transport);
        for (int i = 0; i < 100; i++)
        {
            try (HostileVm vm = HostileVm.attach(secondary()))
            {
                vm.call(Hypercall.SET_READY, 0, 1);
                vm.call(Hypercall.RENEW, 0, 0);
                vm.send(Hypercall.MSGQUEUE_SEND, Label.REGISTER_REQUESTS, Hypercall.PUSH, List.of(), request(i));
                vm.send(Hypercall.MSGQUEUE_RECEIVE, Label.REGISTER_RESPONSES, 240, List.of());
            }
        }
        requireService();
    }

    /** The next secondary VM attaches and reads the device. */
    private void requireService()
    {
        try (EmulatedVm next = attach())
        {
            final DriverLink link = new DriverLink(next, LIMIT_MS);
            assertEquals(DeviceType.ENTROPY, link.transport().probe());
            link.transport().reset();
        }
        assertNull(error.get());
    }

    private EmulatedVm attach()
    {
        final long start = System.nanoTime();
        while (true)
        {
            try
            {
                return EmulatedVm.connect(secondary());
            }
            catch (final VirtioException | ErrnoException e)
            {
                // The one before is not seen to be gone yet, or many wait to be taken.
                assertTrue(System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(LIMIT_MS), e.getMessage());
            }
        }
    }

    private void awaitPrimary(final HostileVm vm)
    {
        try (Mapping states = Mapping.map(vm.fds.get(HostileVm.STATES), StateTable.LENGTH, Access.READ_ONLY))
        {
            final StateTable table = new StateTable(states.memory());
            final long start = System.nanoTime();
            while (PeerState.READY != table.state(EmulatedHypervisor.PRIMARY))
            {
                assertTrue(System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(LIMIT_MS), "not ready");
                Thread.onSpinWait();
            }
        }
    }

    private static byte[] awaitResponse(final HostileVm vm)
    {
        final long start = System.nanoTime();
        while (Hypercall.OK != vm.call(Hypercall.MSGQUEUE_RECEIVE, Label.REGISTER_RESPONSES, 240))
        {
            assertTrue(System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(LIMIT_MS), "no response");
        }
        return vm.payload();
    }

    /** Rings until there is no more room, and lets whoever rings after that wait. */
    private static void fill(final Fd fd)
    {
        PassableFds.setBlocking(fd);
        final EventSocket event = EventSocket.adopt(fd);
        for (int i = 0; i < 1000; i++)
        {
            event.signal();
        }
    }

    private static byte[] request(final int sequence)
    {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
        MmioMessage.encode(message, MmioMessage.READ, 4, sequence, 0, 0);
        return message.byteArray();
    }

    private Path path(final int vm)
    {
        return HypervisorServer.socketPath(directory, vm);
    }

    private Path secondary()
    {
        return path(EmulatedHypervisor.SECONDARY);
    }

    /** Does nothing. */
    private static final class IdleDevice implements VirtioDevice
    {
        @Override
        public int type()
        {
            return DeviceType.ENTROPY;
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
            return 0;
        }
    }
}
