/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceFile;

import java.util.Arrays;
import java.util.List;

/**
 * The excerpts of recordings of a Linux guest that are shipped: what its drivers mapped around the peak of live bytes.
 * docs/bench.md says what ran there and how they were cut.
 */
public enum ShippedTrace
{
    /** fio on virtio-blk, random reads and writes of 4 KiB to 256 KiB. */
    BLK("blk-randrw-bssplit", 0),
    /** A file system made, filled, read and emptied on virtio-blk. */
    FILES("ext4-files", 0),
    /** iperf3 between two virtio-net devices. */
    NET("net-tcp-bulk", 0),
    /** fio on NVMe, whose driver asks for buffers at the originals' place in their pages. */
    NVME("nvme-randrw-bssplit", 4095);

    private static final String ENDING = ".csv.gz";

    private final String file;
    private final int minAlignMask;

    ShippedTrace(final String file, final int minAlignMask)
    {
        this.file = file;
        this.minAlignMask = minAlignMask;
    }

    /**
     * Read all of them.
     *
     * @return in the order of this enum, each with the mask that its driver asks for.
     */
    public static List<BenchTrace> readAll()
    {
        return Arrays.stream(values()).map(ShippedTrace::read).toList();
    }

    private BenchTrace read()
    {
        final Trace trace = TraceFile.read(ShippedTrace.class.getResourceAsStream(file + ENDING), file);
        return new BenchTrace(trace, DeviceMasks.of(minAlignMask));
    }
}
