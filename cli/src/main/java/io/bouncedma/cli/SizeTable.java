/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.sizing.BlkQueues;
import io.bouncedma.lab.sizing.ConsolePorts;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.lab.sizing.NetQueues;
import io.bouncedma.lab.sizing.PoolSizing;
import io.bouncedma.lab.sizing.RngQueue;
import io.bouncedma.lab.sizing.SizedAllocator;
import io.bouncedma.lab.sizing.SizedDevice;
import io.bouncedma.os.Amount;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * The pools for some devices, for people: a table for each device, with a column for each allocator.
 */
final class SizeTable
{
    private final PrintStream out;

    SizeTable(final PrintStream out)
    {
        this.out = out;
    }

    void print(final SizeAnswer answer)
    {
        row("drivers", DriverModel.LINUX == answer.drivers() ?
            "Linux's, virtio-pci, indirect tables, 4 KiB pages" : "this library's front-ends as usual");
        row("cpus", 0 == answer.cpus() ? "not known" : Integer.toString(answer.cpus()));
        answer.devices().forEach(device -> row(device.name(), describe(device.device())));
        answer.devices().forEach(device -> table(device.name(), answer.each().get(device.name())));
        if (answer.devices().size() > 1)
        {
            table("together", answer.total());
        }
        out.println();
        largest(answer);
        if (null != answer.swiotlb())
        {
            new StressSearchTable(new StressTable(out)).swiotlb(answer.swiotlb());
        }
        row("assumed", "every queue is full at once, and every request as long as the longest");
        row("", "rings are taken from swiotlb only if it is a restricted-dma-pool");
        row("", "dmb is a region for each device: together is their sum");
    }

    private void table(final String name, final Map<SizedAllocator, PoolSizing.Result> results)
    {
        out.println();
        columns(name, SizedAllocator::label);
        columns("  rings, coherent", allocator -> size(results.get(allocator).parts().coherent()));
        columns("  long-lived buffers", allocator -> size(results.get(allocator).parts().longLived()));
        columns("  requests in flight", allocator -> size(results.get(allocator).parts().transients()));
        columns("  beside them", allocator -> results.get(allocator).isFound() ?
            size(results.get(allocator).beside()) : "-");
        columns("  smallest pool", allocator -> results.get(allocator).isFound() ?
            size(results.get(allocator).poolBytes()) : "none");
    }

    private void largest(final SizeAnswer answer)
    {
        for (final SizeDevices.Device device : answer.devices())
        {
            final int largest = device.demand().largestMapping();
            final StringBuilder text = new StringBuilder(Figures.bytes(largest));
            answer.each().get(device.name()).forEach((allocator, result) -> text.append("; ")
                .append(allocator.label()).append(largest > result.maxMapping() ? " refuses more than " : " up to ")
                .append(ByteSize.describe(result.maxMapping())));
            row(device.name() + " maps up to", text.toString());
            if (isCut(device, answer.drivers()))
            {
                row("", "its longer requests are cut: virtio_blk has no segment above swiotlb's 256 KiB");
            }
        }
    }

    private static boolean isCut(final SizeDevices.Device device, final DriverModel drivers)
    {
        return DriverModel.LINUX == drivers && device.device() instanceof final BlkQueues blk &&
            blk.request() > device.demand().largestMapping();
    }

    private static String describe(final SizedDevice device)
    {
        return switch (device)
        {
            case final BlkQueues blk -> Amount.of(blk.queues(), "queue") + ", " +
                Amount.of(blk.depth(), "request") + " of " + ByteSize.describe(blk.request()) +
                " in flight in each" + packed(blk.isPacked());
            case final NetQueues net -> Amount.of(net.pairs(), "pair") + " of queues of " + net.depth() + ", MTU " +
                net.mtu() + (net.isMergeable() ? "" : ", no mergeable buffers") + packed(net.isPacked());
            case final ConsolePorts console -> Amount.of(console.ports(), "port") + ", queues of " +
                console.depth() + ", writes of " + ByteSize.describe(console.write()) + packed(console.isPacked());
            case final RngQueue rng -> "a queue of " + rng.depth() + packed(rng.isPacked());
        };
    }

    private static String packed(final boolean isPacked)
    {
        return isPacked ? ", packed" : "";
    }

    private static String size(final long bytes)
    {
        return 0 == bytes ? "0" : ByteSize.describe(bytes);
    }

    private void columns(final String name, final Function<SizedAllocator, String> cell)
    {
        final StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-24s", name));
        for (final SizedAllocator allocator : SizedAllocator.values())
        {
            line.append(String.format(Locale.ROOT, "%14s", cell.apply(allocator)));
        }
        out.println(line);
    }

    private void row(final String name, final String value)
    {
        Figures.row(out, name, value);
    }
}
