/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.CommandRun;
import io.bouncedma.lab.SwiotlbPool;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the lab says of the kernel's swiotlb, against a kernel that bounces for a virtio disk, an NVMe disk and a card.
 * <p>
 * {@code -Dbouncedma.peers.all=true} boots with the size that was found, and with half of it, three times each.
 */
@Tag("peers")
final class SwiotlbGuestTest
{
    private static final int ROUNDS = Boolean.getBoolean("bouncedma.peers.all") ? 3 : 1;
    private static final int CPUS = 2;
    private static final int LIMIT_S = TestLimits.seconds(180);
    /** For the moment when all is in flight, which the search is about. */
    private static final int FULL_LIMIT_S = TestLimits.seconds(60);
    private static final Pattern MAPS = Pattern.compile("\"maps\":\\d+,\"peak_live_bytes\":\\d+");
    private static final Pattern SMALLEST = Pattern.compile("\"smallest_pool_bytes\":(\\d+)");
    private static final Pattern LINE = Pattern.compile("\"parameter\":\"(swiotlb=[\\d,]+)\"[^}]*\"margin\":[\\d.]+");
    private static final int SLOTS = 8192;
    private static final int MIN_MAPPINGS = 1000;

    private static GuestImage image;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception
    {
        image = GuestImage.build(BouncingGuest.SERIES);
    }

    /**
     * A pool of the size that a recording needs, as the tool says, is never full under the same load, though that
     * comes in another order each time; and one of half the smallest size is.
     */
    @Test
    void shouldNotBeFullAtTheSizeThatWasFoundButAtHalfOfIt() throws Exception
    {
        // The first of each are those of all devices together.
        final String found = record();
        final long smallest = Long.parseLong(match(SMALLEST, found).group(1));
        final String line = match(LINE, found).group(1);
        for (int round = 1; round <= ROUNDS; round++)
        {
            final long start = System.nanoTime();
            try (BouncingGuest guest = BouncingGuest.boot("enough-" + round, directory, image, CPUS, line))
            {
                guest.shell().requireScript(BouncingGuest.load(FULL_LIMIT_S), LIMIT_S);
                guest.assertLoadWell(true);
                report(line, guest, start);
                assertEquals(0, guest.refusals());
            }
        }
        // As many slots as the model said, halved; the kernel rounds them up to a power of two.
        final String half = "swiotlb=" + smallest / 2 / SwiotlbPool.SLOT_SIZE;
        for (int round = 1; round <= ROUNDS; round++)
        {
            final long start = System.nanoTime();
            try (BouncingGuest guest = BouncingGuest.boot("half-" + round, directory, image, CPUS, half))
            {
                guest.loadUntilRefusal();
                report(half, guest, start);
            }
        }
    }

    /**
     * Record as docs/capture.md says, and search the smallest pool.
     */
    private String record() throws Exception
    {
        final long start = System.nanoTime();
        try (BouncingGuest guest = BouncingGuest.boot("recorded", directory, image, CPUS))
        {
            guest.shell().requireScript(CapturePage.recording("## Record", BouncingGuest.load(FULL_LIMIT_S)), LIMIT_S);
            guest.assertLoadWell(true);
            assertEquals(0, guest.refusals());
            final CommandRun found = CommandRun.of("stress", "--import",
                guest.take("/tmp/recording.txt.gz", "recording.txt.gz").toString(), "--find-min", "--policy", "swiotlb",
                "--cpus", Integer.toString(CPUS), "--min-align-mask", BouncingGuest.NVME + "=4095", "--json");
            assertEquals(0, found.exitCode(), found.errors());
            report("recorded, " + match(MAPS, found.output()).group() + ", " + match(SMALLEST, found.output()).group() +
                ", " + match(LINE, found.output()).group(), guest, start);
            return found.output();
        }
    }

    private static void report(final String what, final BouncingGuest guest, final long start)
    {
        Step.report(what + ": slots=" + guest.pool("io_tlb_nslabs") + ", used at most=" +
            guest.pool("io_tlb_used_hiwater") + ", refusals=" + guest.refusals(), start);
    }

    private static Matcher match(final Pattern pattern, final String text)
    {
        final Matcher matcher = pattern.matcher(text);
        assertTrue(matcher.find(), text);
        return matcher;
    }

    /**
     * Each mapping since the kernel booted, in the same order, is in the same place. With eight areas a CPU that is the
     * only one takes from the others when its own is full.
     */
    @ParameterizedTest(name = "{0} areas")
    @ValueSource(ints = {1, 8})
    void shouldPlaceEachMappingWhereTheKernelDoes(final int areas) throws Exception
    {
        final long start = System.nanoTime();
        try (BouncingGuest guest = BouncingGuest.boot("guest", directory, image, 1, "swiotlb=" + SLOTS + "," + areas,
            "trace_event=dma:*,swiotlb:*", "trace_buf_size=16M"))
        {
            guest.shell().requireScript(BouncingGuest.load(5), LIMIT_S);
            guest.assertLoadWell(false);
            // Without network first: a frame of the kernel's own would change what is in use behind the recording.
            guest.shell().require("ifconfig eth0 down && cd /sys/kernel/tracing && echo 0 >tracing_on && " +
                "cat trace >/tmp/recording && grep -qx 'overrun: 0' per_cpu/cpu0/stats", LIMIT_S);
            final SlotComparison comparison = new SlotComparison(guest.poolStart(),
                SwiotlbPool.booted(SLOTS, areas, 1), BouncingGuest.MASKS,
                List.of(BouncingGuest.BLK, BouncingGuest.NVME, BouncingGuest.NET));
            try (Stream<String> lines = Files.lines(guest.take("/tmp/recording", "recording.txt")))
            {
                lines.forEach(comparison::accept);
            }
            Step.report("placed by kernel and model: mappings=" + comparison.mappings() + ", areas=" + areas +
                ", slots at most=" + comparison.mostUsedSlots(), start);
            assertEquals(List.of(), comparison.differences());
            assertTrue(comparison.mappings() >= MIN_MAPPINGS, "mappings=" + comparison.mappings());
            assertEquals(guest.pool("io_tlb_used"), comparison.usedSlots());
            assertEquals(guest.pool("io_tlb_used_hiwater"), comparison.mostUsedSlots());
            assertEquals(0, guest.refusals());
        }
    }
}
