/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.UnixSocket;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.HypervisorServer;
import io.bouncedma.virtio.ServiceEvent;
import org.agrona.concurrent.NoOpIdleStrategy;
import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * {@code bounce-dma hypervisor}: the emulated hypervisor as a process.
 */
@CommandLine.Command(
    name = "hypervisor",
    description = "Run the emulated hypervisor: it owns the shared window, the message queues and the doorbells of a " +
        "primary and a secondary VM, which attach at DIR/primary.sock and DIR/secondary.sock.",
    mixinStandardHelpOptions = true)
final class HypervisorCommand implements Callable<Integer>
{
    private static final int POLL_MS = 100;
    /** With --once: nobody came. */
    private static final long ATTACH_LIMIT_NS = 30_000_000_000L;

    @CommandLine.Option(names = "--dir", required = true, paramLabel = "DIR",
        description = "Directory for the sockets; made for you alone if it is not there.")
    private Path directory;

    @CommandLine.Option(names = "--pool", paramLabel = "SIZE", defaultValue = "16M",
        description = "Room for bounce pools in the window, a multiple of 4096 (default: ${DEFAULT-VALUE}).")
    private ByteSize pool;

    @CommandLine.Option(names = "--transport", paramLabel = "msgq|mmio", defaultValue = "msgq",
        completionCandidates = LowerCaseNames.Transports.class,
        description = "How the driver reaches the device's registers: by messages or by a page of the window " +
            "(default: ${DEFAULT-VALUE}).")
    private ConfigTransport transport;

    @CommandLine.Option(names = "--queue-depth", paramLabel = "N", defaultValue = "8",
        description = "Messages that a message queue holds, 1 to 255 (default: ${DEFAULT-VALUE}).")
    private int queueDepth;

    @CommandLine.Option(names = "--dma-base", paramLabel = "ADDR", defaultValue = "0",
        description = "Bus address of the window's first byte, a multiple of 4096; -1 makes bus addresses " +
            "guest-physical ones (default: ${DEFAULT-VALUE}, so that they are offsets).")
    private long dmaBase;

    @CommandLine.Option(names = "--once",
        description = "End when the secondary VM has detached, or if it does not attach within 30 seconds.")
    private boolean isOnce;

    @CommandLine.Mixin
    private ServiceOptions serviceOptions;

    @CommandLine.Mixin
    private LogOptions log;

    @Override
    public Integer call() throws IOException
    {
        final EmulatedHypervisorContext context = new EmulatedHypervisorContext()
            .poolLength(PoolSize.requireEmulated(pool))
            .transport(transport)
            .queueDepth(queueDepth)
            .dmaBase(dmaBase);
        serviceOptions.require();
        try (Service service = new Service(serviceOptions, log.open("hypervisor"));
            EmulatedHypervisor hypervisor = create(context))
        {
            requireRoomForPaths();
            makeDirectory();
            serve(service, hypervisor);
        }
        return Main.EXIT_OK;
    }

    private BooleanSupplier isDone(final EmulatedHypervisor hypervisor)
    {
        final long start = System.nanoTime();
        return () -> isOnce && !hypervisor.isAttached(EmulatedHypervisor.SECONDARY) &&
            (hypervisor.wasAttached(EmulatedHypervisor.SECONDARY) || System.nanoTime() - start > ATTACH_LIMIT_NS);
    }

    /** Before a directory is made that nobody could use. */
    private void requireRoomForPaths()
    {
        try
        {
            for (int vm = 0; vm < EmulatedHypervisor.VMS; vm++)
            {
                UnixSocket.requirePath(HypervisorServer.socketPath(directory, vm));
            }
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException("--dir " + directory + " can not be: " + e.getMessage());
        }
    }

    private void makeDirectory() throws IOException
    {
        if (!Files.exists(directory))
        {
            Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        else if (!Files.isDirectory(directory))
        {
            throw new UsageException("--dir " + directory + " is not a directory; give one for the sockets");
        }
    }

    private void serve(final Service service, final EmulatedHypervisor hypervisor)
    {
        final String source = directory.toString();
        final HypervisorServer server = new HypervisorServer(hypervisor,
            (vm) -> service.listen(HypervisorServer.socketPath(directory, vm), UnixSocket.Type.SEQPACKET), POLL_MS,
            service.events().of(source));
        service.whenReady(() ->
            service.events().tell(source, ServiceEvent.LISTENING, "for primary and secondary VM"));
        // The server waits in its own poll.
        service.run(source, server, NoOpIdleStrategy.INSTANCE, isDone(hypervisor), "VMs attach in " + directory, () ->
        {
        });
    }

    private static EmulatedHypervisor create(final EmulatedHypervisorContext context)
    {
        try
        {
            return new EmulatedHypervisor(context);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
    }
}
