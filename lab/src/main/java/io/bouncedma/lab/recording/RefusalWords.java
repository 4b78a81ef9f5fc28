/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.os.Amount;

/**
 * Says why a recording has no mapping, and what to do.
 */
final class RefusalWords
{
    private static final String CAPTURE = "docs/capture.md has how to record";

    private RefusalWords()
    {
    }

    static String of(final Counts counts, final long bounces, final long likeDmesg, final boolean isBinary)
    {
        final long unknown = counts.get(Count.NOT_UNDERSTOOD);
        if (0 == counts.get(Count.LINES))
        {
            return counts.get(Count.CUT_OFF) > 0 ? "its gzip data is cut off; copy or record it again" :
                "it is empty; " + CAPTURE;
        }
        if (counts.get(Count.REFUSED) > 0)
        {
            return "the guest refused all that was mapped, " + Amount.of(counts.get(Count.REFUSED), "time") +
                "; record with a larger swiotlb";
        }
        final long alone = counts.get(Count.RETURNS_ALONE) + counts.get(Count.CALLS_ALONE);
        if (alone + counts.get(Count.OUT_OF_RANGE) > 0)
        {
            return "no map in it is whole (calls or returns alone: " + alone + ", sizes out of range: " +
                counts.get(Count.OUT_OF_RANGE) + ", events lost by the kernel: " + counts.get(Count.LOST_EVENTS) +
                "); " + CAPTURE;
        }
        // NVMe's are among the block layer's, if these were recorded too.
        final long done = Math.max(counts.get(Count.COMPLETIONS), counts.get(Count.NVME_COMPLETIONS));
        if (counts.get(Count.SYNCS) + done > 0)
        {
            return "it has " + Amount.of(counts.get(Count.SYNCS), "sync") + " and " + Amount.of(done, "request") +
                " done but no map: they were mapped before the recording began, or, as NVMe from 6.17 on with an " +
                "IOMMU, without these events; start before the driver, or record with iommu=off and swiotlb=force";
        }
        if (counts.get(Count.UNKNOWN_UNMAPS) > 0)
        {
            return "it has " + Amount.of(counts.get(Count.UNKNOWN_UNMAPS), "unmap") +
                " but no map; record all of events/dma";
        }
        if (counts.get(Count.REGISTERS) > 0)
        {
            return "it maps other devices' registers only, which are never bounced";
        }
        if (bounces > 0)
        {
            return "it has " + bounces + " swiotlb_bounced but no map, and these do not tell when a mapping ends; " +
                "record all of events/dma beside them, or before Linux 6.12 with probes; " + CAPTURE;
        }
        if (counts.get(Count.OTHER_EVENTS) > 0)
        {
            return "it has " + Amount.of(counts.get(Count.OTHER_EVENTS), "event") + ", none of DMA; " + CAPTURE;
        }
        if (isBinary)
        {
            return "it is binary, no text; " + CAPTURE;
        }
        if (likeDmesg > unknown / 2)
        {
            return "it looks like dmesg; bounce-dma doctor --dmesg reads that, and " + CAPTURE;
        }
        return unknown > 0 ? CAPTURE : "it has headings only: the trace buffer was empty when it was read; " + CAPTURE;
    }
}
