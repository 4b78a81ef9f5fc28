/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import io.bouncedma.virtio.VirtioDevice;
import picocli.CommandLine;

import java.nio.file.Path;
import java.util.List;

/**
 * How a back-end is reached and what it tells: the options that all serve commands have.
 */
final class ServeOptions
{
    @CommandLine.ArgGroup(multiplicity = "1")
    Place place;

    @CommandLine.Option(names = "--connect",
        description = "With --vhost-user: connect to a front-end that listens, instead of listening.")
    boolean isConnecting;

    @CommandLine.Option(names = "--without", paramLabel = "FEATURE", split = ",",
        description = "With --vhost-user: features of the rings that are not offered, for example ACCESS_PLATFORM " +
            "to user-mode Linux.")
    List<String> without = List.of();

    @CommandLine.Option(names = "--sealed-memory",
        description = "With --vhost-user: refuse memory files that the front-end could cut short while they " +
            "are used; QEMU's memory-backend-memfd is sealed, files of a file system are not.")
    boolean isSealedOnly;

    @CommandLine.Option(names = "--wait", paramLabel = "SECONDS", defaultValue = "30",
        description = "With --vm: how long to wait for the hypervisor to come up (default: ${DEFAULT-VALUE}).")
    int waitSeconds;

    @CommandLine.Option(names = "--counters", paramLabel = "FILE",
        description = "Where to show counters to bounce-dma inspect, which finds the usual place by itself.")
    Path counters;

    @CommandLine.Option(names = "--once",
        description = "End when the driver's side has gone.")
    boolean isOnce;

    @CommandLine.Mixin
    private LogOptions log;

    @CommandLine.Option(names = "--json",
        description = "Print figures as JSON at the end.")
    boolean isJson;

    @CommandLine.Mixin
    private ServiceOptions serviceOptions;

    /** Where the driver's side is. */
    static final class Place
    {
        @CommandLine.Option(names = "--vm", required = true, paramLabel = "SOCKET",
            description = "Be the primary VM of a hypervisor that made this socket for it (DIR/primary.sock).")
        Path vm;

        @CommandLine.Option(names = "--vhost-user", required = true, paramLabel = "SOCKET",
            description = "Serve QEMU or another vhost-user front-end at this socket, which is created.")
        Path vhostUser;

        @Override
        public String toString()
        {
            return String.valueOf(null == vm ? vhostUser : vm);
        }
    }

    /**
     * Check what picocli does not.
     *
     * @param input file that is served; null if there is none.
     * @throws UsageException naming the option at fault.
     */
    private void require(final Path input)
    {
        if (waitSeconds < 0)
        {
            throw new UsageException("--wait " + waitSeconds + " can not be; give seconds, 0 or more");
        }
        if (isConnecting && null == place.vhostUser)
        {
            throw new UsageException("--connect goes with --vhost-user only");
        }
        if (!without.isEmpty() && null == place.vhostUser)
        {
            throw new UsageException("--without goes with --vhost-user only");
        }
        if (isSealedOnly && null == place.vhostUser)
        {
            throw new UsageException("--sealed-memory goes with --vhost-user only");
        }
        RingFeatures.of("--without", without);
        if (null != counters)
        {
            Arguments.requireNewFile("--counters", counters, input);
        }
        serviceOptions.require();
    }

    /**
     * Check what picocli does not, and be a service from now on.
     *
     * @param input file that is served; null if there is none.
     * @return to be closed after everything else.
     * @throws UsageException naming the option at fault.
     */
    Service start(final Path input)
    {
        require(input);
        return new Service(serviceOptions, log.open("serve"));
    }

    /**
     * Attach to the hypervisor, as soon as there is one.
     *
     * @param service of this process.
     * @return the VM, to be closed by the caller.
     * @throws StoppedException if this process is asked to end before.
     */
    EmulatedVm attach(final Service service)
    {
        return Attaching.attach(place.vm, waitSeconds, service::requireNotStopped,
            () -> "start one with 'bounce-dma hypervisor --dir DIR', or give it longer with --wait");
    }

    /**
     * Open the back-end's end of a vhost-user socket.
     *
     * @param service of this process.
     * @param socket  to listen at, or to connect to.
     * @param device  to serve.
     * @return the back-end, to be closed by the caller.
     */
    VhostUserBackend openBackend(final Service service, final Path socket, final VirtioDevice device)
    {
        try
        {
            final VhostUserBackend backend = isConnecting ? VhostUserBackend.connect(socket, device) :
                VhostUserBackend.listen(service.listen(socket, UnixSocket.Type.STREAM), device);
            if (isSealedOnly)
            {
                backend.sealedOnly();
            }
            return backend.withhold(RingFeatures.of("--without", without));
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
        catch (final ErrnoException e)
        {
            throw new FailureException("--vhost-user " + socket + " can not be served: " + e.getMessage());
        }
    }
}
