/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.HashMap;
import java.util.Map;

/**
 * One device memory buffer written down once more, slowly and from its documentation: every run counted page by page.
 */
final class NaiveDmb
{
    private static final int PAGE = 4096;

    private final boolean[] used;
    private final int areaPages;
    private final int[] hints;
    private final int most;
    private final Map<Long, Integer> live = new HashMap<>();

    NaiveDmb(final long length, final int cpus)
    {
        used = new boolean[(int)(length / PAGE) - 1];
        int roundedCpus = 1;
        while (roundedCpus < cpus)
        {
            roundedCpus *= 2;
        }
        int pages = 512;
        while (pages * 2 <= used.length / roundedCpus && pages < 4096)
        {
            pages *= 2;
        }
        areaPages = pages;
        hints = new int[(used.length + areaPages - 1) / areaPages];
        most = Math.max(PAGE, Math.min(used.length / 8, areaPages / 2) * PAGE);
    }

    long map(final int bytes, final boolean isCoherent, final int cpu)
    {
        if (!isCoherent && bytes > most)
        {
            return -1;
        }
        final int count = (bytes + PAGE - 1) / PAGE;
        for (int i = 0; i < hints.length; i++)
        {
            final int area = (cpu + i) % hints.length;
            final int base = area * areaPages;
            final int end = Math.min(used.length, base + areaPages);
            int page = first(base + hints[area], end, count);
            page = page < 0 ? first(base, end, count) : page;
            if (page >= 0)
            {
                set(page, count, true);
                hints[area] = page + count == end ? 0 : page + count - base;
                final long address = (page + 1L) * PAGE;
                live.put(address, count);
                return address;
            }
        }
        return -1;
    }

    void unmap(final long address)
    {
        final int page = (int)(address / PAGE) - 1;
        set(page, live.remove(address), false);
        hints[page / areaPages] = page % areaPages;
    }

    private int first(final int from, final int end, final int count)
    {
        for (int page = from; page + count <= end; page++)
        {
            boolean isFree = true;
            for (int i = page; i < page + count; i++)
            {
                isFree &= !used[i];
            }
            if (isFree)
            {
                return page;
            }
        }
        return -1;
    }

    private void set(final int page, final int count, final boolean value)
    {
        for (int i = page; i < page + count; i++)
        {
            used[i] = value;
        }
    }
}
