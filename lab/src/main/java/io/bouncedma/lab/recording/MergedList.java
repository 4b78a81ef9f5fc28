/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import org.agrona.collections.LongArrayList;

/**
 * Estimates the sizes of a list's elements when an IOMMU made fewer and larger runs of them: then the kernel prints the
 * memory of each element, but only the sizes of those runs.
 * <p>
 * An IOMMU joins elements only where they end and begin with a page. So all but the last reach to the end of a page: to
 * that of their first one at least. What is left of the sum is dealt out in whole pages, the same number to each as
 * nearly as can be.
 */
final class MergedList
{
    private static final int PAGE = Trace.PAGE_SIZE;

    private MergedList()
    {
    }

    /**
     * Replace the sizes of runs by those of elements, with the same sum as far as there is enough of it.
     *
     * @param sizes of the runs.
     * @param physicals addresses of the elements.
     */
    static void split(final LongArrayList sizes, final LongArrayList physicals)
    {
        long left = 0;
        for (int i = 0; i < sizes.size(); i++)
        {
            left += sizes.getLong(i);
        }
        sizes.clear();
        for (int i = 0; i < physicals.size(); i++)
        {
            final int others = physicals.size() - i - 1;
            final long toPageEnd = PAGE - (physicals.getLong(i) & PAGE - 1);
            final long pages = Math.max(0, (left - toPageEnd) / PAGE / (others + 1));
            final long size = 0 == others ? left : Math.min(left, toPageEnd + pages * PAGE);
            sizes.addLong(size);
            left -= size;
        }
    }
}
