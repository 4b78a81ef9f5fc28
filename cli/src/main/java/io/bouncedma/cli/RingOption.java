/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;

import java.util.Arrays;
import java.util.List;

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

    static RingOption named(final String name)
    {
        return Arrays.stream(values()).filter(option -> option.optionName.equals(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such feature: name=" + name + ", expected one of " +
                Arrays.toString(values())));
    }

    /**
     * The features that options ask for.
     *
     * @throws UsageException if they ask for both formats.
     */
    static Features features(final RingOption[] options)
    {
        final List<RingOption> all = List.of(options);
        if (all.contains(SPLIT) && all.contains(PACKED))
        {
            throw new UsageException("--ring split,packed can not be; a ring is one of them");
        }
        Features features = Features.NONE;
        for (final RingOption option : options)
        {
            features = features.or(option.features);
        }
        return features;
    }

    /** What a format is called. */
    static String formatName(final RingFormat format)
    {
        return (RingFormat.PACKED == format ? PACKED : SPLIT).optionName;
    }

    /** The names of those of some features that have one, without the format. */
    static List<String> names(final Features features)
    {
        return Arrays.stream(values())
            .filter(option -> SPLIT != option && PACKED != option && option.features.isSubsetOf(features))
            .map(option -> option.optionName)
            .toList();
    }

    @Override
    public String toString()
    {
        return optionName;
    }
}
