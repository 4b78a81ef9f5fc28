/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.util.function.BooleanSupplier;

/**
 * Runs an agent on the calling thread until it is done or the process is asked to end.
 */
final class ServiceLoop
{
    private final StopRequest stop;

    ServiceLoop(final StopRequest stop)
    {
        this.stop = stop;
    }

    /**
     * Run until done.
     *
     * @param agent whose work is to be done.
     * @param idle  between two pieces of work.
     * @param done  asked when there is no work.
     */
    void run(final Agent agent, final IdleStrategy idle, final BooleanSupplier done)
    {
        while (!stop.isAsked())
        {
            final int work = doWork(agent);
            if (0 == work && done.getAsBoolean())
            {
                return;
            }
            idle.idle(work);
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
}
