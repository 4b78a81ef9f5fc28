/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A demo's link by vhost-user: no hypervisor, and the pool is all that is shared.
 */
final class VhostUserLink implements DemoLink
{
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final SharedPool memory;
    private final VhostUserTransport transport;
    private final long limitMs;

    private VhostUserLink(final SharedPool memory, final VhostUserTransport transport, final long limitMs)
    {
        this.memory = memory;
        this.transport = transport;
        this.limitMs = limitMs;
    }

    /**
     * Connect as soon as the back-end listens.
     *
     * @param settings    of the session.
     * @param waitSeconds how long it may take to come.
     * @param check       run between two looks; throws to give up.
     * @param advice      for whoever waited in vain.
     */
    static VhostUserLink connect(
        final BlkSessionSettings settings, final int waitSeconds, final Runnable check, final Supplier<String> advice)
    {
        final long start = System.nanoTime();
        while (!Files.exists(settings.socket()))
        {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(waitSeconds))
            {
                throw new FailureException("no back-end at " + settings.socket() + " within " + waitSeconds + " s; " +
                    advice.get());
            }
            check.run();
            LockSupport.parkNanos(LOOK_NS);
        }
        final SharedPool memory = new SharedPool("demo", settings.poolLength());
        try
        {
            return new VhostUserLink(memory, BlkSession.connect(settings, memory), settings.limitMs());
        }
        catch (final RuntimeException e)
        {
            memory.close();
            throw e;
        }
    }

    @Override
    public BouncePool pool()
    {
        return memory.pool();
    }

    @Override
    public VirtioTransport transport()
    {
        return transport;
    }

    @Override
    public Waiting waiting()
    {
        return transport.waiting(limitMs);
    }

    /** {@inheritDoc} There are no registers; the kicks are the ring's. */
    @Override
    public Traffic traffic()
    {
        return new Traffic(0, transport.messages(), 0, null);
    }

    @Override
    public void close()
    {
        transport.close();
        memory.close();
    }
}
