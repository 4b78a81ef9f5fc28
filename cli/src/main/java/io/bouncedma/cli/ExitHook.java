/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * Something that is done when this process ends in another way than by reaching the end: by a signal, by
 * {@code System.exit}. Not by {@code kill -9}.
 */
final class ExitHook implements AutoCloseable
{
    private final Thread thread;

    /**
     * Have it done from now on.
     *
     * @param name of the thread that does it.
     * @param task to do, once at most.
     * @throws StoppedException if the process is ending already: it will not be done.
     */
    ExitHook(final String name, final Runnable task)
    {
        thread = new Thread(task, name);
        try
        {
            Runtime.getRuntime().addShutdownHook(thread);
        }
        catch (final IllegalStateException e)
        {
            throw new StoppedException("asked to end before it had begun");
        }
    }

    /** Have it done no longer; if the process is ending already, it is being done or was. */
    @Override
    public void close()
    {
        try
        {
            Runtime.getRuntime().removeShutdownHook(thread);
        }
        catch (final IllegalStateException e)
        {
            return;
        }
    }
}
