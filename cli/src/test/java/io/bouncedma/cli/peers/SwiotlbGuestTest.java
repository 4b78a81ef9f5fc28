/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.lab.SwiotlbPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the lab says of the kernel's swiotlb, against a kernel that bounces for a virtio disk, an NVMe disk and a card.
 */
@Tag("peers")
final class SwiotlbGuestTest
{
    private static final int SLOTS = 8192;
    private static final int MIN_MAPPINGS = 1000;

    @TempDir
    private Path directory;

    /**
     * Each mapping since the kernel booted, in the same order, is in the same place. With eight areas a CPU that is
     * the only one takes from the others when its own is full.
     */
    @ParameterizedTest(name = "{0} areas")
    @ValueSource(ints = {1, 8})
    void shouldPlaceEachMappingWhereTheKernelDoes(final int areas) throws Exception
    {
        final long start = System.nanoTime();
        try (BouncingGuest guest = BouncingGuest.boot("guest", directory, 1, "swiotlb=" + SLOTS + "," + areas,
            "trace_event=dma:*", "trace_buf_size=16M"))
        {
            guest.load(5, false);
            guest.shell().require("cd /sys/kernel/tracing && echo 0 >tracing_on && cat trace >/tmp/recording && " +
                "grep -qx 'overrun: 0' per_cpu/cpu0/stats", 60);
            final SlotComparison comparison = new SlotComparison(guest.poolStart(),
                SwiotlbPool.booted(SLOTS, areas, 1), BouncingGuest.MASKS,
                List.of(BouncingGuest.BLK, BouncingGuest.NVME, BouncingGuest.NET));
            try (Stream<String> lines = Files.lines(guest.take("/tmp/recording", "recording.txt")))
            {
                lines.forEach(comparison::accept);
            }
            Step.report("placed by kernel and model: mappings=" + comparison.mappings() + ", different=" +
                comparison.different() + ", areas=" + areas + ", slots at most=" + comparison.mostUsedSlots(), start);
            assertEquals(List.of(), comparison.differences());
            assertTrue(comparison.mappings() >= MIN_MAPPINGS, "mappings=" + comparison.mappings());
            assertEquals(guest.pool("io_tlb_used"), comparison.usedSlots());
            assertEquals(guest.pool("io_tlb_used_hiwater"), comparison.mostUsedSlots());
            assertEquals(0, guest.refusals());
        }
    }
}
