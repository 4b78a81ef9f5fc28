/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;

/**
 * A feature of the ring by its name on the command line.
 */
enum RingOption
{
    SPLIT("split", Features.NONE),
    PACKED("packed", Features.of(FeatureBits.RING_PACKED)),
    INDIRECT("indirect", Features.of(FeatureBits.INDIRECT_DESC)),
    EVENT_IDX("event-idx", Features.of(FeatureBits.EVENT_IDX)),
    IN_ORDER("in-order", Features.of(FeatureBits.IN_ORDER));

    private final String optionName;
    private final Features features;

    RingOption(final String optionName, final Features features)
    {
        this.optionName = optionName;
        this.features = features;
    }

    static Features features(final RingOption[] options)
    {
        Features all = Features.NONE;
        for (final RingOption option : options)
        {
            all = all.or(option.features);
        }
        return all;
    }

    @Override
    public String toString()
    {
        return optionName;
    }
}
