/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import java.util.function.BooleanSupplier;

/**
 * The thread at the other end of a benchmark: it works and works.
 */
final class PollingThread implements AutoCloseable
{
    private final Thread thread;
    private volatile boolean ended;
    private volatile RuntimeException failure;

    /**
     * Start it.
     *
     * @param work to be done over and over; false if there was none.
     */
    PollingThread(final BooleanSupplier work)
    {
        thread = new Thread(() -> run(work), "other end");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close()
    {
        ended = true;
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        if (null != failure)
        {
            throw failure;
        }
    }

    private void run(final BooleanSupplier work)
    {
        try
        {
            final Turns turns = new Turns();
            while (!ended)
            {
                if (!work.getAsBoolean())
                {
                    turns.pause();
                }
            }
        }
        catch (final RuntimeException e)
        {
            failure = e;
        }
    }
}
