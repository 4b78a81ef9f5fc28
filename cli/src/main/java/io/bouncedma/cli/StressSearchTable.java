/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Lifetimes;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbSizing;
import io.bouncedma.os.Amount;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a search found, for people: a row for each figure.
 */
final class StressSearchTable
{
    private static final double MILLI = 1000;

    private final StressTable table;

    StressSearchTable(final StressTable table)
    {
        this.table = table;
    }

    void lifetimes(final Lifetimes lifetimes, final List<String> devices)
    {
        table.row("transient", transientOf(lifetimes.all()));
        table.row("long-lived", longLivedOf(lifetimes.all()) + String.format(Locale.ROOT, "; mapped for %,.0f ms and " +
            "more", lifetimes.thresholdMicros() / MILLI));
        for (int device = 0; devices.size() > 1 && device < devices.size(); device++)
        {
            final Lifetimes.Share share = lifetimes.byDevice().get(device);
            table.row("", StressDevices.named(devices.get(device)) + ": " +
                Amount.of(share.transientMaps()) + " transient, " + ByteSize.describe(share.transientBytes()) +
                "; " + Amount.of(share.longLivedMaps()) + " long-lived, " +
                ByteSize.describe(share.longLivedBytes()));
        }
    }

    void sizing(final StressSizing sizing)
    {
        search(sizing.common());
        final int devices = sizing.common().devices().size();
        if (devices > StressSizing.MOST_DEVICES)
        {
            table.row("device alone", Amount.of(devices) + " devices are too many to size each; choose some " +
                "with --device or --group");
        }
        sizing.alone().forEach(search -> table.row("device alone", found(search)));
        sizing.groups().forEach(search -> table.row("group", found(search)));
        if (sizing.hasDevices() && StressPolicy.DMB != sizing.common().policy())
        {
            sharing(sizing);
        }
    }

    private void search(final StressSearch search)
    {
        table.row("policy", search.policy().label());
        final SmallestPool.Result found = search.found();
        if (null == found)
        {
            table.row("smallest pool", "none: " + search.why());
            return;
        }
        table.row("smallest pool", Figures.bytes(found.poolBytes()) + ", " +
            Amount.of(found.trials(), "size") + " tried" +
            (search.regions().isEmpty() ? "" : ", the sum of a region for each device"));
        if (found.untried() > 0)
        {
            table.row("", Amount.of(found.untried(), "size") + " from " + Figures.bytes(found.firstBytes()) +
                " up to that one " + (1 == found.untried() ? "was not tried: it" : "were not tried: one of them") +
                " may do, too");
        }
        if (found.triedAbove() > 0)
        {
            table.row("sizes above", above(found));
        }
        table.row("efficiency", String.format(Locale.ROOT, "%.4f", found.efficiency()));
        if (null != search.swiotlb())
        {
            swiotlb(search.swiotlb());
        }
    }

    void swiotlb(final StressSwiotlb swiotlb)
    {
        table.row("kernel parameter", null == swiotlb.parameter() ? "none: no default pool up to 64 GiB serves" :
            swiotlb.parameter() + ": " + ByteSize.describe(swiotlb.parameter().bytes()) + ", " +
            Figures.percent(swiotlb.margin()) + " above the smallest: a quarter, then a power of two of slots");
        if (null != swiotlb.parameter())
        {
            table.row("", 0 == swiotlb.cpus() ? "replayed with the areas of guests of 1 to " + SwiotlbSizing.MOST_CPUS +
                " CPUs; --cpus N writes those of N" :
                "replayed with the areas of " + Amount.of(swiotlb.cpus(), "CPU"));
        }
        if (swiotlb.isBelowDefault())
        {
            table.row("", "the kernel makes 64 MiB or more by itself: write less only if nothing else bounces");
        }
        if (null == swiotlb.node())
        {
            table.row("device tree", "none: no restricted-dma-pool serves; none has more than 256 KiB of coherent " +
                "memory in one piece");
        }
        else
        {
            table.row("device tree", "or a pool of these devices alone, with their coherent memory: " +
                ByteSize.describe(swiotlb.node().bytes()) + ", " + Figures.percent(swiotlb.nodeMargin()) +
                " above the smallest that serves, " + ByteSize.describe(swiotlb.restrictedBytes()));
            swiotlb.node().node().forEach(line -> table.row("", line));
        }
    }

    private void sharing(final StressSizing sizing)
    {
        final long apart = sizing.apartBytes();
        if (apart < 0 || null == sizing.common().found())
        {
            return;
        }
        table.row("apart", Figures.bytes(apart) + ", each device with a pool of its own");
        final long saved = apart - sizing.common().found().poolBytes();
        table.row("sharing " + (saved < 0 ? "costs" : "saves"),
            Figures.bytes(Math.abs(saved)) + ", " + Figures.percent((double)Math.abs(saved) / apart));
    }

    private static String found(final StressSearch search)
    {
        final String name =
            search.devices().stream().map(StressDevices::named).collect(Collectors.joining(" + ", "", ": "));
        return null == search.found() ? name + "none: " + search.why() :
            name + Figures.bytes(search.found().poolBytes()) + " for " + Figures.bytes(search.peakLiveBytes()) +
            " live" + (null == search.swiotlb() || null == search.swiotlb().node() ? "" :
            "; restricted-dma-pool of " + ByteSize.describe(search.swiotlb().node().bytes()));
    }

    private static String above(final SmallestPool.Result found)
    {
        final String next = "the next " + Amount.of(found.triedAbove(), "size");
        final int again = found.refusing().size();
        return 0 == again ? next + (1 == found.triedAbove() ? " refuses" : " refuse") + " nothing" :
            again + " of " + next + (1 == again ? " refuses" : " refuse") + " again, up to " +
            Figures.percent(found.unsteadiness()) + " above";
    }

    private static String transientOf(final Lifetimes.Share share)
    {
        return Amount.of(share.transientMaps(), "map") + ", at most " +
            Figures.bytes(share.transientBytes());
    }

    private static String longLivedOf(final Lifetimes.Share share)
    {
        return Amount.of(share.longLivedMaps(), "map") + ", at most " +
            Figures.bytes(share.longLivedBytes()) + (0 == share.coherentMaps() ? "" : ", " +
            Amount.of(share.coherentMaps()) + " of them coherent memory of " +
            Figures.bytes(share.coherentBytes()));
    }
}
