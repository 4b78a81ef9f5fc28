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

/**
 * The other two processes of a demo: hypervisor and primary VM.
 */
final class DemoPeers implements AutoCloseable
{
    private static final int END_LIMIT_MS = 3_000;

    private final Path scratch;
    private final ChildProcess hypervisor;
    private final ChildProcess primary;

    private DemoPeers(final Path scratch, final ChildProcess hypervisor, final ChildProcess primary)
    {
        this.scratch = scratch;
        this.hypervisor = hypervisor;
        this.primary = primary;
    }

    static DemoPeers start(final DemoSettings settings) throws IOException
    {
        final Path scratch = settings.scratch();
        try (RandomAccessFile image = new RandomAccessFile(settings.image().toFile(), "rw"))
        {
            image.setLength(settings.imageLength());
        }
        final ChildProcess hypervisor = ChildProcess.start("hypervisor", scratch, List.of(
            "hypervisor", "--once",
            "--dir", scratch.toString(),
            "--pool", Integer.toString(settings.poolLength()),
            "--transport", settings.transport().name().toLowerCase(Locale.ROOT)));
        try
        {
            final ChildProcess primary = ChildProcess.start("primary", scratch, List.of(
                "serve", "blk", "--once", "--json",
                "--image", settings.image().toString(),
                "--vm", HypervisorServer.socketPath(scratch, EmulatedHypervisor.PRIMARY).toString(),
                "--queue-size", Integer.toString(settings.queueSize()),
                "--counters", scratch.resolve(InspectCommand.PRIMARY_FILE_NAME).toString()));
            return new DemoPeers(scratch, hypervisor, primary);
        }
        catch (final IOException e)
        {
            hypervisor.close();
            throw e;
        }
    }

    Path secondarySocket()
    {
        return HypervisorServer.socketPath(scratch, EmulatedHypervisor.SECONDARY);
    }

    void requireAlive()
    {
        hypervisor.requireAlive();
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
        hypervisor.await(momentMs);
        final String first = hypervisor.obituary();
        return null != first ? first : primary.obituary();
    }

    String pids()
    {
        return "hypervisor pid " + hypervisor.pid() + ", primary VM pid " + primary.pid() + ", secondary VM pid " +
            ProcessHandle.current().pid();
    }

    /**
     * Wait until both have seen the secondary VM detach and ended.
     *
     * @return the primary VM's figures.
     * @throws IOException if it printed none.
     */
    Map<String, Long> end() throws IOException
    {
        if (!primary.await(END_LIMIT_MS) || !hypervisor.await(END_LIMIT_MS))
        {
            throw new FailureException("hypervisor or primary VM did not end within " + END_LIMIT_MS +
                " ms after the secondary VM detached: " + pids());
        }
        return Json.readNumbers(primary.output());
    }

    @Override
    public void close()
    {
        primary.close();
        hypervisor.close();
    }
}
