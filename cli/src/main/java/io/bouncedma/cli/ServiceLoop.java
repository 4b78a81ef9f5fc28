/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Runs an agent on the calling thread until it is done or the process is asked to end.
 */
final class ServiceLoop
{
    /** Whoever asks a process to end waits about that long before he makes it. */
    private static final int STOP_LIMIT_MS = 10_000;

    private volatile boolean stopped;

    /**
     * Run until done.
     *
     * @param agent whose work is to be done.
     * @param idle  between two pieces of work.
     * @param done  asked when there is no work.
     * @param atEnd what remains to be told; the process does not end before.
     */
    void run(final Agent agent, final IdleStrategy idle, final BooleanSupplier done, final Runnable atEnd)
    {
        final CountDownLatch ended = new CountDownLatch(1);
        final Thread hook = new Thread(() -> stop(ended), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try
        {
            while (!stopped)
            {
                final int work = doWork(agent);
                if (0 == work && done.getAsBoolean())
                {
                    break;
                }
                idle.idle(work);
            }
            atEnd.run();
        }
        finally
        {
            agent.onClose();
            ended.countDown();
            removeHook(hook);
        }
    }

    private void stop(final CountDownLatch ended)
    {
        stopped = true;
        try
        {
            // The loop looks at the flag between two waits, and closes what it has open.
            if (!ended.await(STOP_LIMIT_MS, TimeUnit.MILLISECONDS))
            {
                System.err.println("bounce-dma: stopping took more than " + STOP_LIMIT_MS + " ms");
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    private static int doWork(final Agent agent)
    {
        try
        {
            return agent.doWork();
        }
        catch (final RuntimeException e)
        {
            throw e;
        }
        catch (final Exception e)
        {
            throw new IllegalStateException(e);
        }
    }

    private static void removeHook(final Thread hook)
    {
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException e)
        {
            // The process is ending already: the hook runs.
            Thread.onSpinWait();
        }
    }
}
