/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Sums a client's figures up, and counts its refusals. Takes no lock: each figure was true a moment ago.
 */
final class ClientFigures
{
    private final String pool;
    private final String client;
    private final AtomicLongArray refusals = new AtomicLongArray(SizeClass.COUNT * Refusal.Reason.count());

    ClientFigures(final String pool, final String client)
    {
        this.pool = pool;
        this.client = client;
    }

    /**
     * Count and record a refusal, if it is one.
     *
     * @param result a handle, or the code of a reason.
     * @return the result.
     */
    long count(final int length, final long result)
    {
        if (result < 0)
        {
            final int sizeClass = SizeClass.of(BlockSize.of(length) >> BlockSize.UNIT_SHIFT);
            refusals.incrementAndGet(sizeClass * Refusal.Reason.count() - (int)result - 1);
            RefusalEvent.emit(pool, client, length, (int)result);
        }
        return result;
    }

    ClientStatistics of(
        final Iterable<Stripe> stripes, final Account account, final long peak, final ClientLimits limits)
    {
        final long[] allocations = new long[SizeClass.COUNT];
        long used = 0;
        long hot = 0;
        long frees = 0;
        long toDevice = 0;
        long fromDevice = 0;
        for (final Stripe stripe : stripes)
        {
            // Frees first: who reads later sees no block freed that was not taken.
            frees += stripe.frees();
            used += stripe.usedUnits();
            hot += stripe.hotUnits();
            toDevice += stripe.bytesToDevice();
            fromDevice += stripe.bytesFromDevice();
            for (int i = 0; i < allocations.length; i++)
            {
                allocations[i] += stripe.allocations(i);
            }
        }
        final long[] refused = new long[Refusal.Reason.count()];
        final List<SizeClassStatistics> classes = classes(account, allocations, refused);
        return new ClientStatistics(client, bytes(Math.max(0, used)), bytes(hot), bytes(peak), limits,
            Arrays.stream(allocations).sum(), frees, toDevice, fromDevice, toList(refused), classes);
    }

    private List<SizeClassStatistics> classes(final Account account, final long[] allocations, final long[] refused)
    {
        final List<SizeClassStatistics> classes = new ArrayList<>();
        for (int i = 0; i < allocations.length; i++)
        {
            final List<Long> ofClass = refusals(i, refused);
            if (allocations[i] > 0 || ofClass.stream().anyMatch(count -> count > 0))
            {
                classes.add(new SizeClassStatistics(
                    SizeClass.smallest(i), bytes(account.held(i)), bytes(account.peak(i)), allocations[i], ofClass));
            }
        }
        return List.copyOf(classes);
    }

    private List<Long> refusals(final int sizeClass, final long[] sums)
    {
        final long[] refused = new long[sums.length];
        for (int reason = 0; reason < sums.length; reason++)
        {
            refused[reason] = refusals.get(sizeClass * sums.length + reason);
            sums[reason] += refused[reason];
        }
        return toList(refused);
    }

    private static List<Long> toList(final long[] values)
    {
        return Arrays.stream(values).boxed().toList();
    }

    private static long bytes(final long units)
    {
        return units << BlockSize.UNIT_SHIFT;
    }
}
