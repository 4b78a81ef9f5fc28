/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Amount;
import io.bouncedma.virtio.RingStatistics;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a demo did.
 *
 * @param sourceBytes         length of the file.
 * @param sourceSha256        of the file as the secondary VM read it.
 * @param imageSha256         of what the primary VM's file has.
 * @param returnedSha256      of what came back.
 * @param transport           how the device was configured.
 * @param ring                that was negotiated, and what it did.
 * @param requests            block requests.
 * @param bouncedToDevice     bytes copied into the pool.
 * @param bouncedFromDevice   bytes copied out of it.
 * @param configAccesses      register reads and writes.
 * @param messages            messages, both directions.
 * @param doorbellsRung       by both VMs.
 * @param doorbellsCoalesced  of those, how many arrived together with an earlier one; null if unknown.
 * @param poolBytes           size of the pool.
 * @param poolHighWater       most bytes of it in use at one time.
 * @param writeSeconds        time to write, the flush included.
 * @param readSeconds         time to read.
 */
record DemoReport(
    long sourceBytes,
    String sourceSha256,
    String imageSha256,
    String returnedSha256,
    String transport,
    RingStatistics ring,
    long requests,
    long bouncedToDevice,
    long bouncedFromDevice,
    long configAccesses,
    long messages,
    long doorbellsRung,
    Long doorbellsCoalesced,
    long poolBytes,
    long poolHighWater,
    double writeSeconds,
    double readSeconds)
{
    private static final double MIB = 1 << 20;

    boolean isIdentical()
    {
        return sourceSha256.equals(returnedSha256) && sourceSha256.equals(imageSha256);
    }

    String toJson()
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("source_bytes", sourceBytes);
        figures.put("source_sha256", sourceSha256);
        figures.put("image_sha256", imageSha256);
        figures.put("returned_sha256", returnedSha256);
        figures.put("identical", isIdentical());
        figures.put("transport", transport);
        figures.put("ring_format", RingOption.formatName(ring.format()));
        figures.put("ring_features", RingOption.names(ring.features()));
        figures.put("queue_size", ring.size());
        figures.put("requests", requests);
        figures.put("bounced_to_device_bytes", bouncedToDevice);
        figures.put("bounced_from_device_bytes", bouncedFromDevice);
        figures.put("config_accesses", configAccesses);
        figures.put("messages", messages);
        figures.put("doorbells_rung", doorbellsRung);
        figures.put("doorbells_coalesced", doorbellsCoalesced);
        figures.put("pool_bytes", poolBytes);
        figures.put("pool_high_water_bytes", poolHighWater);
        figures.put("write_seconds", rounded(writeSeconds));
        figures.put("read_seconds", rounded(readSeconds));
        figures.put("seconds", rounded(writeSeconds + readSeconds));
        return Json.write(figures);
    }

    void print(final PrintStream out)
    {
        Figures.row(out, "file", Figures.bytes(sourceBytes));
        Figures.row(out, "transport", transport + ", " + RingCounters.describe(ring));
        Figures.row(out, "requests", Amount.of(requests));
        Figures.row(out, "bounced to device", Figures.bytes(bouncedToDevice));
        Figures.row(out, "bounced from device", Figures.bytes(bouncedFromDevice));
        Figures.row(out, "config accesses",
            Amount.of(configAccesses) + ", " + Amount.of(messages, "message"));
        Figures.row(out, "doorbells rung", Amount.of(doorbellsRung) +
            (null == doorbellsCoalesced ? "" : ", " + Amount.of(doorbellsCoalesced) + " coalesced"));
        Figures.row(out, "pool high water", Figures.bytes(poolHighWater) + " of " + Figures.bytes(poolBytes));
        Figures.row(out, "written", rate(writeSeconds));
        Figures.row(out, "read back", rate(readSeconds));
        Figures.row(out, "sha256 secondary VM", sourceSha256);
        Figures.row(out, "sha256 primary VM", imageSha256);
        Figures.row(out, "sha256 returned", returnedSha256);
        Figures.row(out, "result", isIdentical() ? "identical" : "NOT IDENTICAL");
    }

    private String rate(final double seconds)
    {
        return String.format(Locale.ROOT, "%.2f s, %.0f MiB/s", seconds, sourceBytes / MIB / Math.max(seconds, 1e-9));
    }

    private static double rounded(final double seconds)
    {
        return Math.round(seconds * 1e6) / 1e6;
    }
}
