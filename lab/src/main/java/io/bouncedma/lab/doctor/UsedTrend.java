/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

/**
 * How the number of taken slots of one pool went from refusal to refusal. One that never falls is the mark of a driver
 * that forgets to unmap: a larger pool is full later, and nothing else.
 */
final class UsedTrend
{
    /** So many lines that never fall are no chance: the kernel prints at most 10 of a burst. */
    private static final int LINES = 20;
    /** Fewer lines do if they are spread over more time than a burst of requests lasts, in seconds. */
    private static final int SECONDS = 60;
    private static final int SPREAD_LINES = 3;

    private long lines;
    private long first;
    private long last;
    private boolean fell;
    private String firstHead = "";
    private String lastHead = "";

    void add(final long used, final String head)
    {
        if (0 == lines)
        {
            first = used;
            firstHead = head;
        }
        fell |= lines > 0 && used < last;
        last = used;
        lastHead = head;
        lines++;
    }

    /**
     * Whether slots were never given back, in a pool that is as good as full.
     *
     * @param total slots of the pool.
     */
    boolean looksLikeALeak(final long total)
    {
        final boolean isLong = lines >= LINES ||
            lines >= SPREAD_LINES && LogHead.secondsBetween(firstHead, lastHead) >= SECONDS;
        return isLong && !fell && last > total - total / 8;
    }

    /** What was seen, as a part of a sentence. */
    String seen()
    {
        final double seconds = LogHead.secondsBetween(firstHead, lastHead);
        return "in " + lines + " refusals " + (seconds > 0 ? "over " + Math.round(seconds) + " s " : "") +
            "the used slots never fell (" + first + " to " + last + ")";
    }
}
