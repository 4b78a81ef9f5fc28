/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The names of a block device's features, as virtio 1.4 has them in sections 5.2.3 and 6 without their prefix.
 */
final class FeatureNames
{
    private static final Map<Integer, String> NAMES = Map.ofEntries(
        Map.entry(BlkProtocol.F_SIZE_MAX, "SIZE_MAX"),
        Map.entry(BlkProtocol.F_SEG_MAX, "SEG_MAX"),
        Map.entry(4, "GEOMETRY"),
        Map.entry(BlkProtocol.F_RO, "RO"),
        Map.entry(BlkProtocol.F_BLK_SIZE, "BLK_SIZE"),
        Map.entry(BlkProtocol.F_FLUSH, "FLUSH"),
        Map.entry(BlkProtocol.F_TOPOLOGY, "TOPOLOGY"),
        Map.entry(BlkProtocol.F_CONFIG_WCE, "CONFIG_WCE"),
        Map.entry(BlkProtocol.F_MQ, "MQ"),
        Map.entry(BlkProtocol.F_DISCARD, "DISCARD"),
        Map.entry(BlkProtocol.F_WRITE_ZEROES, "WRITE_ZEROES"),
        Map.entry(15, "LIFETIME"),
        Map.entry(16, "SECURE_ERASE"),
        Map.entry(17, "ZONED"),
        Map.entry(FeatureBits.INDIRECT_DESC, "INDIRECT_DESC"),
        Map.entry(FeatureBits.EVENT_IDX, "EVENT_IDX"),
        Map.entry(FeatureBits.VERSION_1, "VERSION_1"),
        Map.entry(FeatureBits.ACCESS_PLATFORM, "ACCESS_PLATFORM"),
        Map.entry(FeatureBits.RING_PACKED, "RING_PACKED"),
        Map.entry(FeatureBits.IN_ORDER, "IN_ORDER"),
        Map.entry(FeatureBits.ORDER_PLATFORM, "ORDER_PLATFORM"),
        Map.entry(37, "SR_IOV"),
        Map.entry(FeatureBits.NOTIFICATION_DATA, "NOTIFICATION_DATA"),
        Map.entry(39, "NOTIF_CONFIG_DATA"),
        Map.entry(FeatureBits.RING_RESET, "RING_RESET"));

    /** VERSION_1 is none of them: nothing goes without. */
    private static final List<Integer> RING = List.of(FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX,
        FeatureBits.ACCESS_PLATFORM, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER, FeatureBits.ORDER_PLATFORM);

    private FeatureNames()
    {
    }

    /** The name of a bit; its number if it has none. */
    static String of(final int bit)
    {
        return NAMES.getOrDefault(bit, Integer.toString(bit));
    }

    /**
     * The features of rings and transports of these names (6): what a back-end may leave out, whatever its device.
     *
     * @throws UsageException naming the option and the name that is none.
     */
    static Features ofRing(final String option, final List<String> names)
    {
        Features features = Features.NONE;
        for (final String name : names)
        {
            final int bit = RING.stream().filter((candidate) -> of(candidate).equals(name)).findAny().orElseThrow(
                () -> new UsageException(option + " " + name + " is not known; known are " +
                    String.join(", ", RING.stream().map(FeatureNames::of).toList())));
            features = features.with(bit);
        }
        return features;
    }

    /** The names of a set, by number. */
    static List<String> of(final Features features)
    {
        final List<String> names = new ArrayList<>();
        for (int bit = 0; bit < Features.CAPACITY; bit++)
        {
            if (features.has(bit))
            {
                names.add(of(bit));
            }
        }
        return names;
    }
}
