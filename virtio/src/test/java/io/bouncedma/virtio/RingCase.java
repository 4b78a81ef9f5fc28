/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * One case on one ring: what the peer writes, what this side is asked to do, and what it must answer. Read from text by
 * {@link RingCaseReader}, where the words are explained; run by {@link RingCaseRunner}.
 *
 * @param title    of the case, and the project or the bug that it is from.
 * @param isDevice whether the device role is under test, or the driver role; the peer plays the other by hand.
 * @param format   of the ring.
 * @param size     of the ring.
 * @param features of the ring.
 * @param tables   elements that a table of the driver role holds, 0 for no tables.
 * @param region   bytes of the region, if it is in one piece.
 * @param places   of the region's pages, if it is not.
 * @param start    how many descriptors have gone around before, one for each chain.
 * @param limits   of the device role.
 * @param answer   that the device role gives.
 * @param steps    in order.
 */
record RingCase(
    String title,
    boolean isDevice,
    RingFormat format,
    int size,
    Features features,
    int tables,
    int region,
    int[] places,
    int start,
    ChainLimits limits,
    AnswerByte answer,
    List<Step> steps)
{
    static final int[] NO_PLACES = {};
    private static final String[] NAMES = {"INDIRECT_DESC", "EVENT_IDX", "RING_PACKED", "IN_ORDER", "PUBLISH_INDICES"};
    private static final int[] BITS = {FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED,
        FeatureBits.IN_ORDER, FeatureBits.PUBLISH_INDICES};

    /**
     * A line of a case.
     *
     * @param where    it stands.
     * @param words    of it, the command first.
     * @param expected answer, or null if any will do that is no failure.
     */
    record Step(String where, String[] words, String expected)
    {
    }

    static int bit(final String name)
    {
        for (int i = 0; i < NAMES.length; i++)
        {
            if (NAMES[i].equals(name))
            {
                return BITS[i];
            }
        }
        throw new IllegalArgumentException("no feature of a ring: " + name);
    }

    /** JUnit shows it. */
    @Override
    public String toString()
    {
        final StringJoiner text = new StringJoiner(", ", title + " [", "]");
        text.add(format.name().toLowerCase(Locale.ROOT) + ' ' + size);
        if (0 != start)
        {
            text.add("from " + start);
        }
        for (int i = 0; i < NAMES.length; i++)
        {
            if (features.has(BITS[i]) && FeatureBits.RING_PACKED != BITS[i])
            {
                text.add(NAMES[i]);
            }
        }
        return text.toString();
    }
}
