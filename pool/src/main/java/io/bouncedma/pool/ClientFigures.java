/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.List;

/**
 * Sums a client's striped figures up, each stripe locked in its turn.
 */
final class ClientFigures
{
    private ClientFigures()
    {
    }

    static ClientStatistics of(final PoolClient<?> client)
    {
        final int classes = HotBlocks.sizeClasses();
        final long[] classAllocations = new long[classes];
        long used = 0;
        long hot = 0;
        long allocations = 0;
        long frees = 0;
        long toDevice = 0;
        long fromDevice = 0;
        for (final HotBlocks stripe : client.stripes())
        {
            final boolean biased = stripe.claim();
            used += stripe.usedUnits();
            hot += stripe.cachedUnits();
            frees += stripe.frees();
            toDevice += stripe.bytesToDevice();
            fromDevice += stripe.bytesFromDevice();
            for (int i = 0; i < classes; i++)
            {
                classAllocations[i] += stripe.allocations(i);
                allocations += stripe.allocations(i);
            }
            stripe.release(biased);
        }
        final long[] refusals = new long[Refusal.Reason.count()];
        final List<SizeClassStatistics> byClass = new ArrayList<>();
        for (int i = 0; i < classes; i++)
        {
            final List<Long> refused = refusals(client, i, refusals);
            if (classAllocations[i] > 0 || refused.stream().anyMatch(count -> count > 0))
            {
                byClass.add(new SizeClassStatistics(1 << i + BlockSize.UNIT_SHIFT, bytes(client.counts().held(i)),
                    bytes(client.counts().peak(i)), classAllocations[i], refused));
            }
        }
        return new ClientStatistics(client.name(), bytes(used), bytes(hot), bytes(client.highWaterUnits()),
            client.limits(), allocations, frees, toDevice, fromDevice, toList(refusals), List.copyOf(byClass));
    }

    private static List<Long> refusals(final PoolClient<?> client, final int sizeClass, final long[] sums)
    {
        final long[] refused = new long[sums.length];
        for (int reason = 0; reason < sums.length; reason++)
        {
            refused[reason] = client.counts().refusals(sizeClass, reason);
            sums[reason] += refused[reason];
        }
        return toList(refused);
    }

    private static List<Long> toList(final long[] values)
    {
        final List<Long> list = new ArrayList<>();
        for (final long value : values)
        {
            list.add(value);
        }
        return List.copyOf(list);
    }

    private static long bytes(final long units)
    {
        return units << BlockSize.UNIT_SHIFT;
    }
}
