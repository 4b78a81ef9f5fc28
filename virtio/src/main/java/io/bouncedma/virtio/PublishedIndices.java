/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.List;

/**
 * A split ring whose two ends publish how far they have seen (VIRTIO_RING_F_PUBLISH_INDICES, 2008): the driver behind
 * the available ring, the device behind the used ring, where EVENT_IDX has put its events since. So a middleman that is
 * neither end can save the ring from its memory alone, once both have stopped.
 * <p>
 * What the device has taken and not given back it finds in the descriptor table: a driver that publishes clears the
 * address of each descriptor that comes back.
 */
public final class PublishedIndices
{
    private PublishedIndices()
    {
    }

    /**
     * Whether the ends of a ring publish.
     *
     * @param negotiated features that both sides have.
     * @return true with PUBLISH_INDICES, unless a packed ring or EVENT_IDX leaves no place for it, or INDIRECT_DESC
     * keeps descriptors where a middleman does not look.
     */
    public static boolean isFor(final Features negotiated)
    {
        return negotiated.has(FeatureBits.PUBLISH_INDICES) && !negotiated.has(FeatureBits.EVENT_IDX) &&
            !negotiated.has(FeatureBits.RING_PACKED) && !negotiated.has(FeatureBits.INDIRECT_DESC);
    }

    /**
     * Save the driver's side.
     *
     * @param negotiated features of the ring.
     * @param areas      of a ring that both ends have left.
     * @return its state; the token of each chain is its id, as the driver's own are not in memory.
     * @throws IllegalArgumentException if the ring does not publish, or its memory is in no state that an honest pair
     *                                  leaves.
     */
    public static RingSnapshot ofDriver(final Features negotiated, final RingAreas areas)
    {
        final RingImage image = image(negotiated, areas);
        final List<Integer> heads = new ArrayList<>(image.usedHeads());
        heads.addAll(image.takenHeads());
        heads.addAll(image.availableHeads());
        final List<RingSnapshot.Chain> chains = new ArrayList<>();
        for (final int head : heads)
        {
            final List<Integer> indexes = image.indexes(head);
            chains.add(new RingSnapshot.Chain(head, indexes.size(), image.writable(indexes), head, indexes, List.of()));
        }
        return new RingSnapshot(RingFormat.SPLIT, areas.size(), image.availIdx(), image.lastUsed(), chains);
    }

    /**
     * Save the device's side.
     *
     * @param negotiated features of the ring.
     * @param areas      of a ring that both ends have left.
     * @return its state; what it had taken and not given back comes again.
     * @throws IllegalArgumentException as {@link #ofDriver}.
     */
    public static RingSnapshot ofDevice(final Features negotiated, final RingAreas areas)
    {
        final RingImage image = image(negotiated, areas);
        return new RingSnapshot(RingFormat.SPLIT, areas.size(), image.lastAvail(), image.usedIdx(),
            image.takenHeads().stream()
                .map((head) -> new RingSnapshot.Chain(head, 1, 0, 0, List.of(), List.of())).toList());
    }

    private static RingImage image(final Features negotiated, final RingAreas areas)
    {
        if (!isFor(negotiated))
        {
            throw new IllegalArgumentException("ring does not publish its indices: features=" + negotiated);
        }
        return new RingImage(areas, negotiated.has(FeatureBits.IN_ORDER));
    }
}
