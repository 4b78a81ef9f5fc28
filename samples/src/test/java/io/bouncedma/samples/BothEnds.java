/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.msgq.emulation.HypervisorServer;
import io.bouncedma.virtio.ServiceListener;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpIdleStrategy;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * What has to be there for a front-end of the samples, in threads of the same process. It is a program, too, which runs
 * the two front-ends that have someone at the other end.
 */
final class BothEnds
{
    private BothEnds()
    {
    }

    /**
     * Run the samples.
     *
     * @param args a directory for sockets.
     */
    public static void main(final String[] args) throws Exception
    {
        final Path directory = Path.of(args[0]);
        withHypervisor(
            directory, new KeyValueDisk(8), (socket) -> HypervisorDisk.main(new String[]{socket.toString()}));
        withKeyValueServer(directory, (socket) -> VhostUserDisk.main(new String[]{socket.toString()}));
        System.out.println("marked=" + System.getProperty("marked"));
    }

    static void withHypervisor(final Path directory, final VirtioDevice served, final Consumer<Path> secondary)
    {
        final AtomicReference<Throwable> error = new AtomicReference<>();
        try (EmulatedHypervisor hypervisor = new EmulatedHypervisor(new EmulatedHypervisorContext());
            AgentRunner server = new AgentRunner(NoOpIdleStrategy.INSTANCE, error::set, null,
                new HypervisorServer(hypervisor, directory, 10, ServiceListener.NONE));
            EmulatedVm primary = hypervisor.attach(EmulatedHypervisor.PRIMARY);
            AgentRunner device = new AgentRunner(primary.idleStrategy(), error::set, null,
                new DeviceAgent(primary, served)))
        {
            AgentRunner.startOnThread(server);
            AgentRunner.startOnThread(device);
            secondary.accept(HypervisorServer.socketPath(directory, EmulatedHypervisor.SECONDARY));
        }
        requireNone(error.get());
    }

    static void withKeyValueServer(final Path directory, final Consumer<Path> frontEnd) throws InterruptedException
    {
        final Path socket = directory.resolve("disk.sock");
        final AtomicReference<Throwable> error = new AtomicReference<>();
        final Thread server = new Thread(() -> KeyValueServer.main(new String[]{socket.toString()}), "disk");
        server.setUncaughtExceptionHandler((thread, e) -> error.set(e));
        server.start();
        try
        {
            frontEnd.accept(socket);
        }
        finally
        {
            server.interrupt();
            server.join();
        }
        requireNone(error.get());
    }

    private static void requireNone(final Throwable error)
    {
        if (null != error)
        {
            throw new AssertionError("the other end failed", error);
        }
    }
}
