/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Runs a load in each queue of a device, each in a thread of its own.
 */
final class BlkBenchRun implements AutoCloseable
{
    private static final int LOOK_MS = 100;

    private final List<BlkLoad> loads;
    private final ExecutorService threads;
    private volatile boolean stopped;

    /**
     * Prepare to run.
     *
     * @param session of the device, whose queues get ways to wait of their own.
     * @param plan    of each load.
     * @param seed    of the first load; the others have the next ones.
     */
    BlkBenchRun(final BlkSession session, final BlkLoad.Plan plan, final long seed)
    {
        final int queues = session.driver().queueCount();
        final long blocks = session.driver().capacity() / (plan.size() / BlkProtocol.SECTOR_SIZE);
        loads = new ArrayList<>();
        for (int i = 0; i < queues; i++)
        {
            session.driver().queue(i).waiting(session.transport().waiting(i, session.settings().limitMs()));
            // What is read or written in order is split among the queues; random requests go anywhere.
            final long first = plan.isRandom() ? 0 : blocks * i / queues;
            final long end = plan.isRandom() ? blocks : Math.max(first + 1, blocks * (i + 1) / queues);
            loads.add(new BlkLoad(session.driver().queue(i), plan, first, end - first, seed + i));
        }
        threads = Executors.newFixedThreadPool(queues, (task) ->
        {
            final Thread thread = new Thread(task, "load");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Run all loads once, and wait until all that they submitted is done.
     *
     * @param ns       nanoseconds at most.
     * @param requests of all loads together at most.
     * @param progress shown meanwhile.
     * @param text     to show.
     * @return nanoseconds that it took.
     * @throws FailureException                   if the device fails a request.
     * @throws io.bouncedma.virtio.VirtioException if the device stops, goes away or does nothing in time.
     */
    long run(final long ns, final long requests, final Progress progress, final Supplier<String> text)
    {
        loads.forEach(BlkLoad::restart);
        final long start = System.nanoTime();
        final List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < loads.size(); i++)
        {
            final BlkLoad load = loads.get(i);
            final long share = requests / loads.size() + (i < requests % loads.size() ? 1 : 0);
            running.add(threads.submit(() -> run(load, start + ns, share)));
        }
        RuntimeException failure = null;
        for (final Future<?> each : running)
        {
            final RuntimeException e = await(each, progress, text);
            failure = null == failure ? e : failure;
        }
        progress.clear();
        if (null != failure)
        {
            throw failure;
        }
        return System.nanoTime() - start;
    }

    private void run(final BlkLoad load, final long endNs, final long requests)
    {
        boolean isDone = false;
        try
        {
            load.run(endNs, requests, () -> stopped);
            isDone = true;
        }
        finally
        {
            // One that fails ends them all.
            stopped |= !isDone;
        }
    }

    /** Every wait of a load has a limit, so this one needs none. */
    private static RuntimeException await(final Future<?> load, final Progress progress, final Supplier<String> text)
    {
        while (true)
        {
            try
            {
                load.get(LOOK_MS, TimeUnit.MILLISECONDS);
                return null;
            }
            catch (final TimeoutException e)
            {
                progress.show(text);
            }
            catch (final InterruptedException e)
            {
                Thread.currentThread().interrupt();
                return new FailureException("interrupted");
            }
            catch (final ExecutionException e)
            {
                return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            }
        }
    }

    List<BlkLoad> loads()
    {
        return loads;
    }

    @Override
    public void close()
    {
        stopped = true;
        threads.shutdown();
    }
}
