/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Replays a trace in several threads at once, each with clients of one and the same pool.
 */
public final class ParallelReplay
{
    private ParallelReplay()
    {
    }

    /**
     * Replay the whole trace once in each thread. All begin together.
     *
     * @param trace   to replay.
     * @param threads one or more.
     * @param length  bytes of the pool that they share, as {@link LabPool#LabPool(long)}.
     * @param masks   of the trace's devices.
     * @return the sums of the threads' figures, but for the peak of used bytes, which is the pool's high-water mark,
     * inexact as that is for several threads. The peak of live bytes is a sum, too: the threads need not have been
     * there at the same moment.
     * @throws InterruptedException if the caller is interrupted; no thread is left behind then.
     */
    public static ReplayResult run(
        final Trace trace, final int threads, final long length, final DeviceMasks masks) throws InterruptedException
    {
        try (LabPool shared = new LabPool(length);
            ExecutorService executor = Executors.newFixedThreadPool(threads))
        {
            final CyclicBarrier start = new CyclicBarrier(threads);
            final List<Future<ReplayResult>> futures = new ArrayList<>();
            // All of them before the first thread starts: one that failed there would leave the others at the barrier.
            final List<PoolPolicy> policies = new ArrayList<>();
            for (int i = 0; i < threads; i++)
            {
                policies.add(new PoolPolicy(shared, "thread " + i, masks, trace.devices()));
            }
            for (final PoolPolicy policy : policies)
            {
                futures.add(executor.submit(() -> replay(trace, policy, start)));
            }
            final List<ReplayResult> results = new ArrayList<>();
            for (final Future<ReplayResult> future : futures)
            {
                results.add(future.get());
            }
            return sum(results, Math.min(length, shared.pool().highWaterBytes()));
        }
        catch (final ExecutionException e)
        {
            if (e.getCause() instanceof final Error error)
            {
                throw error;
            }
            throw new IllegalStateException("a replaying thread failed: " + e.getCause(), e.getCause());
        }
    }

    private static ReplayResult replay(final Trace trace, final PoolPolicy policy, final CyclicBarrier start)
        throws Exception
    {
        try (policy)
        {
            start.await();
            return Replay.run(trace, policy);
        }
    }

    private static ReplayResult sum(final List<ReplayResult> results, final long peakUsedBytes)
    {
        final Map<Refusal.Reason, Long> refusals = new EnumMap<>(Refusal.Reason.class);
        for (final ReplayResult result : results)
        {
            result.refusalsByReason().forEach((reason, count) -> refusals.merge(reason, count, Long::sum));
        }
        final ReplayResult first = results.getFirst();
        return new ReplayResult(first.policy(), first.poolBytes(),
            results.stream().mapToLong(ReplayResult::peakLiveBytes).sum(),
            peakUsedBytes,
            results.stream().mapToLong(ReplayResult::maps).sum(),
            refusals,
            results.stream().mapToLong(ReplayResult::events).sum(),
            results.stream().mapToLong(ReplayResult::nanos).sum());
    }
}
