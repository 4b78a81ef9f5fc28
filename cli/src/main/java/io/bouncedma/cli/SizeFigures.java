/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.sizing.PoolSizing;
import io.bouncedma.lab.sizing.SizedAllocator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pools for some devices, for machines: names and numbers of a JSON object.
 */
final class SizeFigures
{
    private SizeFigures()
    {
    }

    static Map<String, Object> of(final SizeAnswer answer)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("drivers", answer.drivers().label());
        figures.put("cpus", 0 == answer.cpus() ? null : answer.cpus());
        final List<Object> devices = new ArrayList<>();
        for (final SizeDevices.Device device : answer.devices())
        {
            final Map<String, Object> each = new LinkedHashMap<>();
            each.put("name", device.name());
            each.putAll(device.figures());
            each.put("largest_mapping_bytes", device.demand().largestMapping());
            each.put("pools", of(answer.each().get(device.name())));
            devices.add(each);
        }
        figures.put("devices", devices);
        figures.put("together", of(answer.total()));
        if (null != answer.swiotlb())
        {
            StressSearchFigures.put(answer.swiotlb(), figures);
        }
        return figures;
    }

    private static Map<String, Object> of(final Map<SizedAllocator, PoolSizing.Result> results)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        results.forEach((allocator, result) ->
        {
            final Map<String, Object> each = new LinkedHashMap<>();
            each.put("coherent_bytes", result.parts().coherent());
            each.put("long_lived_bytes", result.parts().longLived());
            each.put("in_flight_bytes", result.parts().transients());
            each.put("smallest_pool_bytes", result.isFound() ? result.poolBytes() : null);
            each.put("largest_mapping_bytes", result.maxMapping());
            figures.put(allocator.label(), each);
        });
        return figures;
    }
}
