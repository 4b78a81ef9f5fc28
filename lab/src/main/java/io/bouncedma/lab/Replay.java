/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * Replays traces against policies, in one thread and as fast as it goes: the times of the trace do not matter.
 */
public final class Replay
{
    private static final int NOT_MAPPED = -1;
    private static final ReplayObserver NOBODY = (index, liveBytes, refusal) ->
    {
    };

    private Replay()
    {
    }

    /**
     * Replay a whole trace. A refused mapping is left out, its unmap too; so is coherent memory that the policy does
     * not serve, which counts as nothing. What is still mapped at the end is unmapped, so that the policy is as empty
     * afterwards as it was before.
     *
     * @param trace  to replay.
     * @param policy to replay it against.
     * @return the figures.
     */
    public static ReplayResult run(final Trace trace, final MappingPolicy policy)
    {
        return run(trace, policy, NOBODY);
    }

    /**
     * Replay a whole trace with somebody looking on; otherwise as {@link #run(Trace, MappingPolicy)}.
     *
     * @param trace    to replay.
     * @param policy   to replay it against.
     * @param observer is called after every event of the trace.
     * @return the figures.
     */
    public static ReplayResult run(final Trace trace, final MappingPolicy policy, final ReplayObserver observer)
    {
        final long[] addresses = new long[trace.peakLiveMappings()];
        Arrays.fill(addresses, NOT_MAPPED);
        long liveBytes = 0;
        long peakLiveBytes = 0;
        long peakUsedBytes = 0;
        long maps = 0;
        final Map<Refusal.Reason, Long> refusals = new EnumMap<>(Refusal.Reason.class);
        for (final Refusal.Reason reason : Refusal.Reason.values())
        {
            refusals.put(reason, 0L);
        }
        final long begin = System.nanoTime();
        for (int i = 0; i < trace.size(); i++)
        {
            final int mapping = trace.mapping(i);
            Refusal.Reason refusal = null;
            if (trace.isMap(i) && isServed(trace, i, policy))
            {
                maps++;
                final long address = map(trace, i, policy);
                addresses[mapping] = address;
                if (address < 0)
                {
                    refusal = Refusal.Reason.of(address);
                    refusals.merge(refusal, 1L, Long::sum);
                }
                else
                {
                    liveBytes += trace.bytes(i);
                    peakLiveBytes = Math.max(peakLiveBytes, liveBytes);
                    peakUsedBytes = Math.max(peakUsedBytes, policy.usedBytes());
                }
            }
            else if (addresses[mapping] >= 0)
            {
                policy.unmap(addresses[mapping]);
                addresses[mapping] = NOT_MAPPED;
                liveBytes -= trace.bytes(i);
            }
            observer.event(i, liveBytes, refusal);
        }
        final long nanos = System.nanoTime() - begin;
        unmapRest(policy, addresses);
        return new ReplayResult(policy.name(), policy.length(), peakLiveBytes, peakUsedBytes, maps, refusals,
            trace.size(), nanos);
    }

    /**
     * Replay a trace up to the first refusal.
     *
     * @param trace  to replay.
     * @param policy to replay it against; what lives then is left in it, since whoever asks has no more use for it.
     * @return whether nothing was refused.
     */
    public static boolean fits(final Trace trace, final MappingPolicy policy)
    {
        final long[] addresses = new long[trace.peakLiveMappings()];
        Arrays.fill(addresses, NOT_MAPPED);
        boolean fits = true;
        for (int i = 0; i < trace.size() && fits; i++)
        {
            final int mapping = trace.mapping(i);
            if (trace.isMap(i) && isServed(trace, i, policy))
            {
                addresses[mapping] = map(trace, i, policy);
                fits = addresses[mapping] >= 0;
            }
            else if (addresses[mapping] >= 0)
            {
                policy.unmap(addresses[mapping]);
                addresses[mapping] = NOT_MAPPED;
            }
        }
        return fits;
    }

    private static boolean isServed(final Trace trace, final int i, final MappingPolicy policy)
    {
        return TraceDirection.COHERENT != trace.direction(i) || policy.servesCoherent();
    }

    private static long map(final Trace trace, final int i, final MappingPolicy policy)
    {
        return policy.map(trace.bytes(i), trace.direction(i), trace.pageOffset(i), trace.device(i));
    }

    private static void unmapRest(final MappingPolicy policy, final long[] addresses)
    {
        for (final long address : addresses)
        {
            if (address >= 0)
            {
                policy.unmap(address);
            }
        }
    }
}
