/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.FeatureNames;
import io.bouncedma.virtio.Features;

import java.util.List;

/**
 * Options that name features of rings and transports: what a back-end may leave out, whatever its device.
 */
final class RingFeatures
{
    /** VERSION_1 is none of them: nothing goes without. */
    private static final List<Integer> BITS = List.of(FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX,
        FeatureBits.ACCESS_PLATFORM, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER, FeatureBits.ORDER_PLATFORM);

    private RingFeatures()
    {
    }

    /**
     * The features of these names.
     *
     * @throws UsageException naming the option and the name that is none.
     */
    static Features of(final String option, final List<String> names)
    {
        Features features = Features.NONE;
        for (final String name : names)
        {
            features = features.with(BITS.stream().filter((bit) -> FeatureNames.of(bit).equals(name)).findAny()
                .orElseThrow(() -> new UsageException(option + " " + name + " is not known; known are " +
                    String.join(", ", BITS.stream().map((bit) -> FeatureNames.of(bit)).toList()))));
        }
        return features;
    }
}
