/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Demand;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.Trace;
import io.bouncedma.os.Amount;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * What the search for the smallest pool without a refusal came to.
 *
 * @param policy        whose pool.
 * @param devices       that share it.
 * @param maps          that it has to serve.
 * @param peakLiveBytes of these.
 * @param found         the pool, or null if there is none.
 * @param tooLarge      mappings that are refused in a pool of any size.
 * @param why           there is none, or null if there is one.
 * @param swiotlb       what to write for the kernel, or null if it is not the kernel's pool or there is none.
 * @param regions       of each device, if the pool is in truth a region for each; the pool is their sum then.
 */
record StressSearch(
    StressPolicy policy,
    List<String> devices,
    long maps,
    long peakLiveBytes,
    SmallestPool.Result found,
    long tooLarge,
    String why,
    StressSwiotlb swiotlb,
    List<StressSearch> regions)
{
    private static final long SHOW_AFTER_NS = 1_000_000_000L;

    static StressSearch run(final StressPolicy policy, final Trace trace, final StressGuest guest)
    {
        final Progress progress = new Progress(SHOW_AFTER_NS);
        final LongConsumer tell = length ->
            progress.show(() -> "trying a " + policy.label() + " pool of " + ByteSize.describe(length));
        try
        {
            return StressPolicy.DMB == policy && trace.devices().size() > 1 ?
                regions(trace, guest, tell) : pool(policy, trace, guest, tell);
        }
        finally
        {
            progress.clear();
        }
    }

    private static StressSearch pool(
        final StressPolicy policy, final Trace trace, final StressGuest guest, final LongConsumer progress)
    {
        final SmallestPool.Result result =
            SmallestPool.search(trace, policy.kind(trace.devices(), guest), progress);
        final StressSwiotlb swiotlb = StressPolicy.SWIOTLB == policy && result.isFound() ?
            StressSwiotlb.of(trace, guest.masks(), guest.cpus(), result.poolBytes(), progress) : null;
        return of(policy, trace.devices(), result, result.isFound() ? null : why(policy, result), swiotlb, List.of());
    }

    /**
     * A region for each device: none of them serves another one's mappings.
     */
    private static StressSearch regions(final Trace trace, final StressGuest guest, final LongConsumer progress)
    {
        final Demand demand = Demand.of(trace, StressPolicy.DMB.kind(trace.devices(), guest));
        final SmallestPool.Result none = new SmallestPool.Result(demand, 0, 0, 0, 0, 0, List.of(), 0);
        if (trace.devices().size() > StressSizing.MOST_DEVICES)
        {
            return of(StressPolicy.DMB, trace.devices(), none, trace.devices().size() + " devices are too many to " +
                "search a region for each; choose some with --device", null, List.of());
        }
        final List<StressSearch> regions = new ArrayList<>();
        for (int i = 0; i < trace.devices().size(); i++)
        {
            final int device = i;
            regions.add(pool(StressPolicy.DMB, trace.of(each -> each == device), guest, progress));
        }
        final StressSearch missing =
            regions.stream().filter(region -> null == region.found()).findFirst().orElse(null);
        final List<SmallestPool.Result> found = regions.stream().map(StressSearch::found).toList();
        final SmallestPool.Result sum = null != missing ? none : SmallestPool.Result.sum(demand, found);
        return of(StressPolicy.DMB, trace.devices(), sum,
            null == missing ? null : (1 == regions.size() ? "" :
            StressDevices.named(missing.devices().getFirst()) + ": ") + missing.why(), null, regions);
    }

    private static StressSearch of(
        final StressPolicy policy,
        final List<String> devices,
        final SmallestPool.Result result,
        final String why,
        final StressSwiotlb swiotlb,
        final List<StressSearch> regions)
    {
        final Demand demand = result.demand();
        return new StressSearch(policy, devices, demand.maps(), demand.liveBytes(), result.isFound() ? result : null,
            demand.tooLarge(), why, swiotlb, regions);
    }

    private static String why(final StressPolicy policy, final SmallestPool.Result result)
    {
        final Demand demand = result.demand();
        // Where a mapping begins in its page may matter, so what is told is what the least of them may have.
        return demand.tooLarge() > 0 ?
            (1 == demand.tooLarge() ? "one mapping has" : Amount.of(demand.tooLarge()) + " mappings have") +
                " more than " + Amount.of(demand.limit(), "byte") + ", the most that " + policy.label() +
                " maps at a time with this mask, however large its pool is" :
            "all sizes that were tried refuse something of a trace with " + Amount.of(demand.liveBytes(), "byte") +
                " live; a " + policy.label() + " pool of " + ByteSize.describe(result.mostBytes()) +
                " would be the longest";
    }
}
