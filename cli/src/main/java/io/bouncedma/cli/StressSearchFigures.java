/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Lifetimes;
import io.bouncedma.lab.SmallestPool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a search found, for machines: names and numbers of a JSON object.
 */
final class StressSearchFigures
{
    private StressSearchFigures()
    {
    }

    static Map<String, Object> of(final StressSizing sizing)
    {
        final Map<String, Object> figures = of(sizing.common());
        if (sizing.hasDevices())
        {
            figures.put("devices", sizing.alone().stream().map(StressSearchFigures::withNames).toList());
        }
        if (!sizing.groups().isEmpty())
        {
            figures.put("groups", sizing.groups().stream().map(StressSearchFigures::withNames).toList());
        }
        if (sizing.hasDevices())
        {
            final long apart = sizing.apartBytes();
            final boolean isKnown = apart >= 0 && null != sizing.common().found();
            figures.put("apart_bytes", apart < 0 ? null : apart);
            figures.put("saved_by_sharing_bytes", isKnown ? apart - sizing.common().found().poolBytes() : null);
        }
        return figures;
    }

    static Map<String, Object> of(final Lifetimes lifetimes, final List<String> devices)
    {
        final Map<String, Object> figures = of(lifetimes.all());
        figures.put("threshold_micros", lifetimes.thresholdMicros());
        if (devices.size() > 1)
        {
            final List<Map<String, Object>> shares = new ArrayList<>();
            for (int device = 0; device < devices.size(); device++)
            {
                final Map<String, Object> share = new LinkedHashMap<>();
                share.put("device", devices.get(device));
                share.putAll(of(lifetimes.byDevice().get(device)));
                shares.add(share);
            }
            figures.put("devices", shares);
        }
        return figures;
    }

    private static Map<String, Object> of(final Lifetimes.Share share)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("transient_maps", share.transientMaps());
        figures.put("transient_bytes", share.transientBytes());
        figures.put("long_lived_maps", share.longLivedMaps());
        figures.put("long_lived_bytes", share.longLivedBytes());
        figures.put("coherent_maps", share.coherentMaps());
        figures.put("coherent_bytes", share.coherentBytes());
        return figures;
    }

    private static Map<String, Object> withNames(final StressSearch search)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("devices", search.devices());
        figures.putAll(of(search));
        return figures;
    }

    private static Map<String, Object> of(final StressSearch search)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("maps", search.maps());
        figures.put("peak_live_bytes", search.peakLiveBytes());
        final SmallestPool.Result found = search.found();
        figures.put("smallest_pool_bytes", null == found ? null : found.poolBytes());
        figures.put("efficiency", null == found ? null : StressFigures.rounded(found.efficiency()));
        figures.put("refusals", search.tooLarge());
        figures.put("trials", null == found ? 0 : found.trials());
        if (null == found)
        {
            figures.put("why", search.why());
            return figures;
        }
        figures.put("untried_sizes", found.untried());
        figures.put("first_size_bytes", found.firstBytes());
        figures.put("sizes_tried_above", found.triedAbove());
        figures.put("sizes_above_that_refuse", found.refusing());
        if (null != search.swiotlb())
        {
            put(search.swiotlb(), figures);
        }
        return figures;
    }

    static void put(final StressSwiotlb swiotlb, final Map<String, Object> to)
    {
        to.put("swiotlb", parameter(swiotlb));
        to.put("restricted_dma_pool", node(swiotlb));
    }

    private static Map<String, Object> parameter(final StressSwiotlb swiotlb)
    {
        if (null == swiotlb.parameter())
        {
            return null;
        }
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("parameter", swiotlb.parameter().toString());
        figures.put("slots", swiotlb.parameter().slots());
        figures.put("areas", 0 == swiotlb.parameter().areas() ? null : swiotlb.parameter().areas());
        figures.put("bytes", swiotlb.parameter().bytes());
        figures.put("margin", StressFigures.rounded(swiotlb.margin()));
        return figures;
    }

    private static Map<String, Object> node(final StressSwiotlb swiotlb)
    {
        if (null == swiotlb.node())
        {
            return null;
        }
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("smallest_pool_bytes", swiotlb.restrictedBytes());
        figures.put("bytes", swiotlb.node().bytes());
        figures.put("margin", StressFigures.rounded(swiotlb.nodeMargin()));
        figures.put("node", String.join("\n", swiotlb.node().node()));
        return figures;
    }
}
