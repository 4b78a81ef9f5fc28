/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.Arrays;
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
        final Sums sums = new Sums(classes);
        client.stripes().forEach(stripe -> stripe.read(sums::add));
        final long[] refusals = new long[Refusal.Reason.count()];
        final List<SizeClassStatistics> byClass = new ArrayList<>();
        for (int i = 0; i < classes; i++)
        {
            final List<Long> refused = refusals(client, i, refusals);
            if (sums.allocations[i] > 0 || refused.stream().anyMatch(count -> count > 0))
            {
                byClass.add(new SizeClassStatistics(1 << i + BlockSize.UNIT_SHIFT, bytes(client.counts().held(i)),
                    bytes(client.counts().peak(i)), sums.allocations[i], refused));
            }
        }
        return new ClientStatistics(client.name(), bytes(sums.used), bytes(sums.hot),
            bytes(client.highWaterUnits()), client.limits(), Arrays.stream(sums.allocations).sum(), sums.frees,
            sums.toDevice, sums.fromDevice, toList(refusals), List.copyOf(byClass));
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

    /** What the stripes say together. */
    private static final class Sums
    {
        private final long[] allocations;
        private long used;
        private long hot;
        private long frees;
        private long toDevice;
        private long fromDevice;

        Sums(final int classes)
        {
            allocations = new long[classes];
        }

        void add(final HotBlocks stripe)
        {
            used += stripe.usedUnits();
            hot += stripe.cachedUnits();
            frees += stripe.frees();
            toDevice += stripe.bytesToDevice();
            fromDevice += stripe.bytesFromDevice();
            for (int i = 0; i < allocations.length; i++)
            {
                allocations[i] += stripe.allocations(i);
            }
        }
    }
}
