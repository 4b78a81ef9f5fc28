/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.ServiceEvent;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes what an {@link EventLog} has, on a thread that does nothing else: whoever reads standard error may stop to,
 * and then this one waits for him, while the service goes on, shows its counters and ends when it is asked to.
 */
final class EventWriter implements AutoCloseable
{
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** Who reads nothing for so long at the end does not hear of it. */
    private static final long LIMIT_MS = 1_000;

    private final EventLog log;
    private final Thread thread = new Thread(this::write, "events");
    /** Null before anything is served: a start that is refused has nothing that could end. */
    private volatile String served;
    private volatile boolean isOver;

    /**
     * Begin to write.
     *
     * @param log of the events; nobody else writes them.
     */
    EventWriter(final EventLog log)
    {
        this.log = log;
        thread.setDaemon(true);
        thread.start();
    }

    private void write()
    {
        while (!isOver)
        {
            if (0 == log.doWork())
            {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        // Before the end is told: what is told later than it came is not to look as if it came after that.
        log.flush();
        if (null != served)
        {
            log.tell(served, ServiceEvent.ENDED, "no longer served");
            log.flush();
        }
    }

    /** Something is served from now on, of which it is told at last that it has ended. */
    void serves(final String source)
    {
        served = source;
    }

    /** Everything has ended of which events come: write what is left, if somebody reads it. */
    @Override
    public void close()
    {
        isOver = true;
        LockSupport.unpark(thread);
        try
        {
            thread.join(LIMIT_MS);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }
}
