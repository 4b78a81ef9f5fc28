/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.HypervisorServer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The other processes of a demo: primary VM and, unless the two talk vhost-user, hypervisor.
 */
final class DemoPeers implements AutoCloseable
{
    private static final int END_LIMIT_MS = 3_000;

    private final DemoSettings settings;
    /** Null with vhost-user, which needs none. */
    private final ChildProcess hypervisor;
    private final ChildProcess primary;

    private DemoPeers(final DemoSettings settings, final ChildProcess hypervisor, final ChildProcess primary)
    {
        this.settings = settings;
        this.hypervisor = hypervisor;
        this.primary = primary;
    }

    static DemoPeers start(final DemoSettings settings) throws IOException
    {
        try (RandomAccessFile image = new RandomAccessFile(settings.image().toFile(), "rw"))
        {
            image.setLength(settings.imageLength());
        }
        final boolean isVhostUser = DemoTransport.VHOST_USER == settings.transport();
        final ChildProcess hypervisor = isVhostUser ? null : startHypervisor(settings);
        try
        {
            return new DemoPeers(settings, hypervisor, isVhostUser ?
                startPrimary(settings, "--vhost-user", settings.socket()) :
                startPrimary(settings, "--vm",
                    HypervisorServer.socketPath(settings.scratch(), EmulatedHypervisor.PRIMARY)));
        }
        catch (final IOException e)
        {
            if (null != hypervisor)
            {
                hypervisor.close();
            }
            throw e;
        }
    }

    private static ChildProcess startHypervisor(final DemoSettings settings) throws IOException
    {
        return ChildProcess.start("hypervisor", settings.scratch(), List.of(
            "hypervisor", "--once",
            "--dir", settings.scratch().toString(),
            "--pool", Integer.toString(settings.poolLength()),
            "--transport", settings.transport().config().name().toLowerCase(Locale.ROOT)));
    }

    private static ChildProcess startPrimary(final DemoSettings settings, final String place, final Path socket)
        throws IOException
    {
        return ChildProcess.start("primary", settings.scratch(), List.of(
            "serve", "blk", "--once", "--json",
            "--image", settings.image().toString(),
            place, socket.toString(),
            "--queue-size", Integer.toString(settings.queueSize()),
            "--counters", settings.scratch().resolve(InspectCommand.PRIMARY_FILE_NAME).toString()));
    }

    /**
     * Get to the primary VM, which may still be starting.
     *
     * @param waitSeconds how long to try.
     * @return the link, to be closed by the caller.
     * @throws FailureException if one of the processes has ended, or it takes too long.
     */
    DemoLink link(final int waitSeconds)
    {
        if (null == hypervisor)
        {
            final BlkSessionSettings session = new BlkSessionSettings(settings.socket(), false,
                settings.poolLength(), settings.queueSize(), 1, settings.ring(), settings.timeoutSeconds());
            return VhostUserLink.connect(session, waitSeconds, this::requireAlive);
        }
        final Path socket = HypervisorServer.socketPath(settings.scratch(), EmulatedHypervisor.SECONDARY);
        return new EmulatedLink(Attaching.attach(socket, waitSeconds, this::requireAlive),
            TimeUnit.SECONDS.toMillis(settings.timeoutSeconds()));
    }

    void requireAlive()
    {
        if (null != hypervisor)
        {
            hypervisor.requireAlive();
        }
        primary.requireAlive();
    }

    /**
     * Tell which of them has died, a moment after the first sign of it.
     *
     * @return a sentence for the user, or null if both run.
     */
    String obituary()
    {
        final int momentMs = 200;
        final ChildProcess first = null == hypervisor ? primary : hypervisor;
        first.await(momentMs);
        final String obituary = first.obituary();
        return null != obituary ? obituary : primary.obituary();
    }

    String pids()
    {
        return (null == hypervisor ? "" : "hypervisor pid " + hypervisor.pid() + ", ") + "primary VM pid " +
            primary.pid() + ", secondary VM pid " + ProcessHandle.current().pid();
    }

    /**
     * Wait until both have seen the secondary VM detach and ended.
     *
     * @return the primary VM's figures.
     * @throws IOException if it printed none.
     */
    Map<String, Long> end() throws IOException
    {
        if (!primary.await(END_LIMIT_MS) || null != hypervisor && !hypervisor.await(END_LIMIT_MS))
        {
            throw new FailureException((null == hypervisor ? "" : "hypervisor or ") + "primary VM did not end within " +
                END_LIMIT_MS + " ms after the secondary VM detached: " + pids());
        }
        return Json.readNumbers(primary.output());
    }

    @Override
    public void close()
    {
        primary.close();
        if (null != hypervisor)
        {
            hypervisor.close();
        }
    }
}
