/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.transport.msgq.PeerState;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.msgq.emulation.HypervisorServer;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The other processes of a demo: primary VM and, unless the two talk vhost-user, hypervisor.
 */
final class DemoPeers implements AutoCloseable
{
    /** How long a process that lives may take to come up: a busy machine needs long to start a JVM. */
    private static final int START_SECONDS = 60;
    /** How long it may take until the end of a process that died shows. */
    private static final int DEATH_LIMIT_MS = 10_000;
    private static final int MOMENT_MS = 200;

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
        return ChildProcess.start("hypervisor", List.of(
            "hypervisor", "--once", "--log-level", "warn",
            "--dir", settings.scratch().toString(),
            "--pool", Long.toString(settings.poolLength()),
            "--transport", settings.transport().config().name().toLowerCase(Locale.ROOT)));
    }

    private static ChildProcess startPrimary(final DemoSettings settings, final String place, final Path socket)
        throws IOException
    {
        return ChildProcess.start("primary", List.of(
            "serve", "blk", "--once", "--json", "--log-level", "warn",
            "--image", settings.image().toString(),
            place, socket.toString(),
            "--wait", Integer.toString(startSeconds(settings)),
            "--queue-size", Integer.toString(settings.queueSize()),
            "--queues", "1",
            "--counters", settings.scratch().resolve(InspectCommand.PRIMARY_FILE_NAME).toString()));
    }

    private static int startSeconds(final DemoSettings settings)
    {
        return Math.max(START_SECONDS, settings.timeoutSeconds());
    }

    /**
     * Get to the primary VM, which may still be starting: as long as its process lives there is hope.
     *
     * @return the link, to be closed by the caller.
     * @throws FailureException if one of the processes has ended, or it takes too long.
     */
    DemoLink link()
    {
        try
        {
            return tryLink();
        }
        catch (final VirtioException e)
        {
            final String obituary = obituary(e instanceof PeerGoneException);
            throw new FailureException(e.getMessage() + (null == obituary ? "" : "; " + obituary));
        }
    }

    private DemoLink tryLink()
    {
        final int waitSeconds = startSeconds(settings);
        if (null == hypervisor)
        {
            final BlkSessionSettings session = new BlkSessionSettings(settings.socket(), false,
                settings.poolLength(), settings.queueSize(), 1, settings.ring(), settings.timeoutSeconds());
            return VhostUserLink.connect(session, waitSeconds, this::requireAlive, this::advice);
        }
        final Path socket = HypervisorServer.socketPath(settings.scratch(), EmulatedHypervisor.SECONDARY);
        final EmulatedVm vm = Attaching.attach(socket, waitSeconds, this::requireAlive, this::advice);
        try
        {
            awaitPrimary(vm, waitSeconds);
            return new EmulatedLink(vm, TimeUnit.SECONDS.toMillis(settings.timeoutSeconds()));
        }
        catch (final RuntimeException e)
        {
            vm.close();
            throw e;
        }
    }

    private void awaitPrimary(final EmulatedVm vm, final int waitSeconds)
    {
        final Waiting.Wait wait = new Waiting(
            vm.idleStrategy(), this::requireAlive, TimeUnit.SECONDS.toMillis(waitSeconds)).start("ready primary VM");
        try
        {
            while (PeerState.READY != vm.peerState())
            {
                wait.pause();
            }
        }
        catch (final TimeLimitException e)
        {
            throw new FailureException("no primary VM within " + waitSeconds + " s; " + advice());
        }
    }

    private String advice()
    {
        return "its process lives, so this machine may be busy: give it longer with --timeout (" + pids() + ")";
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
     * Tell which of them has died.
     *
     * @param isOneGone true if one of them is gone for sure, and its end need only show.
     * @return a sentence for the user, or null if both run.
     */
    String obituary(final boolean isOneGone)
    {
        if (isOneGone)
        {
            awaitAnyEnd();
        }
        // If both have ended it is the hypervisor that took the primary VM with it.
        final ChildProcess first = null == hypervisor ? primary : hypervisor;
        first.await(MOMENT_MS);
        final String obituary = first.obituary();
        return null != obituary ? obituary : primary.obituary();
    }

    private void awaitAnyEnd()
    {
        final CompletableFuture<?> any = null == hypervisor ? primary.onEnd() :
            CompletableFuture.anyOf(primary.onEnd(), hypervisor.onEnd());
        try
        {
            any.get(DEATH_LIMIT_MS, TimeUnit.MILLISECONDS);
        }
        catch (final ExecutionException | TimeoutException e)
        {
            // Gone without an end, for example by closing its socket: there is no obituary then.
            return;
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
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
        final int limitMs = (int)TimeUnit.SECONDS.toMillis(settings.timeoutSeconds());
        if (!primary.await(limitMs) || null != hypervisor && !hypervisor.await(limitMs))
        {
            throw new FailureException((null == hypervisor ? "" : "hypervisor or ") + "primary VM did not end within " +
                limitMs + " ms after the secondary VM detached: " + pids());
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
