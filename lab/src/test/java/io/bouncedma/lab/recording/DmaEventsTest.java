/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static io.bouncedma.lab.recording.Lines.assertTrouble;
import static io.bouncedma.lab.recording.Lines.event;
import static io.bouncedma.lab.recording.Lines.events;
import static io.bouncedma.lab.recording.Lines.read;
import static io.bouncedma.lab.recording.Lines.readCut;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Lines of the {@code dma:} events, in the words of each kernel that has them, become the mappings that they tell of.
 */
class DmaEventsTest
{
    private static final String LIST_OF_TWO =
        "dma_map_sg: 0000:00:02.0 dir=TO_DEVICE dma_addrs={0x1000,0x3000} sizes={0x1000,0x200} " +
        "phys_addrs={0x7001000,0x7003010} attrs=";

    @Test
    void shouldImportTheRecordingOfAGuestWhole() throws IOException
    {
        try (InputStream stream = DmaEventsTest.class.getResourceAsStream("/recording/dma-events-6.12.txt.gz"))
        {
            final Recording recording = RecordingReader.read(stream, "guest", RecordingReader.NO_CUT);
            assertEquals(Recording.Source.DMA_EVENTS, recording.source());
            assertEquals(246, recording.count(Count.MAPS));
            assertEquals(1, recording.count(Count.LISTS));
            assertEquals(1, recording.count(Count.ALLOCATIONS));
            assertEquals(260, recording.count(Count.BOUNCED));
            assertEquals(532, recording.count(Count.LINES));
            // It is cut off in the middle of a mark, and has two of trace_marker.
            assertTrouble(recording, Count.NOT_UNDERSTOOD, 1, Count.OTHER_EVENTS, 2);
            final Trace trace = recording.trace();
            assertEquals(246 + 14 + 1, trace.maps());
            assertEquals(246 + 14 + 1 + 20 + 14, trace.size());
            assertEquals(List.of("0000:00:01.0", "0000:00:02.0", "0000:00:03.0"), trace.devices());
            final Map<TraceDirection, Long> directions = IntStream.range(0, trace.size()).filter(trace::isMap)
                .mapToObj(trace::direction).collect(Collectors.groupingBy(each -> each, Collectors.counting()));
            assertEquals(1, directions.get(TraceDirection.COHERENT));
        }
    }

    @Test
    void shouldReadTheFirstKernelThatHasThem()
    {
        final Recording recording = read(
            event(0, "dma_map_page: 0000:00:01.0 dir=TO_DEVICE dma_addr=1b204000 size=4096 phys_addr=67f2010 attrs="),
            event(1, "dma_map_resource: 0000:00:09.0 dir=FROM_DEVICE dma_addr=fe000000 size=4096 " +
                "phys_addr=fe000000 attrs="),
            event(2, LIST_OF_TWO),
            event(3, "dma_alloc: 0000:00:02.0 dma_addr=223a000 size=8192 phys_addr=223a000 " +
                "flags=GFP_KERNEL|__GFP_ZERO attrs=WEAK_ORDERING|0x4000"),
            event(4, "dma_sync_single_for_cpu: 0000:00:01.0 dir=TO_DEVICE dma_addr=1b204100 size=64"),
            event(5, "dma_sync_sg_for_device: 0000:00:02.0 dir=TO_DEVICE dma_addrs={0x1000} sizes={0x1000}"),
            event(6, "dma_unmap_sg: 0000:00:02.0 dir=TO_DEVICE phys_addrs={0x7001000,0x7003010} attrs=SKIP_CPU_SYNC"),
            event(7, "dma_unmap_page: 0000:00:01.0 dir=TO_DEVICE dma_addr=1b204000 size=4096 attrs="),
            event(8, "dma_unmap_resource: 0000:00:09.0 dir=FROM_DEVICE dma_addr=fe000000 size=4096 attrs="),
            event(9, "dma_free: 0000:00:02.0 dma_addr=223a000 size=8192 phys_addr=223a000 attrs="));
        assertEquals(List.of("map 0 4096 TO_DEVICE 16 @0 0000:00:01.0",
            "map 1 4096 TO_DEVICE 0 @2 0000:00:02.0", "map 2 512 TO_DEVICE 16 @2 0000:00:02.0",
            "map 3 8192 COHERENT 0 @3 0000:00:02.0",
            "unmap 1 4096 TO_DEVICE 0 @6 0000:00:02.0", "unmap 2 512 TO_DEVICE 16 @6 0000:00:02.0",
            "unmap 0 4096 TO_DEVICE 16 @7 0000:00:01.0", "unmap 3 8192 COHERENT 0 @9 0000:00:02.0"),
            events(recording.trace()));
        assertTrouble(recording);
        assertEquals(1, recording.count(Count.REGISTERS));
        assertEquals(2, recording.count(Count.SYNCS));
        assertEquals(0, recording.count(Count.SYNCS_ALONE));
    }

    @Test
    void shouldReadKernelsFrom613To617()
    {
        final Recording recording = read(
            event(0, "dma_map_sg_err: 0000:00:02.0 dir=TO_DEVICE dma_addrs={0x7001000} err=-5 attrs=NO_WARN"),
            event(1, "dma_alloc: LNRO0005:17 dir=BIDIRECTIONAL dma_addr=223a000 size=4096 " +
                "virt_addr=00000000bc660d74 flags=GFP_ATOMIC attrs="),
            event(2, "dma_alloc_pages: LNRO0005:17 dir=FROM_DEVICE dma_addr=223c000 size=4096 " +
                "virt_addr=00000000bc660d75 flags=GFP_ATOMIC attrs="),
            event(3, "dma_alloc_sgt: LNRO0005:17 dir=BIDIRECTIONAL dma_addr=224a000 size=8192 " +
                "phys_addrs={0x224a000,0x224c000} flags=GFP_KERNEL attrs="),
            event(4, "dma_alloc_sgt_err: LNRO0005:17 dir=BIDIRECTIONAL dma_addr=0 size=8192 " +
                "virt_addr=0000000000000000 flags=GFP_KERNEL attrs="),
            event(4, "dma_alloc: LNRO0005:18 dir=BIDIRECTIONAL dma_addr=0 size=4096 virt_addr=(null) flags=0 attrs="),
            event(4, "dma_alloc: LNRO0005:19 dir=BIDIRECTIONAL dma_addr=5000 size=64 virt_addr=(____ptrval____) " +
                "flags=0 attrs="),
            event(5, "dma_free_sgt: LNRO0005:17 dir=BIDIRECTIONAL dma_addr=224a000 size=8192 " +
                "phys_addrs={0x224a000,0x224c000}"),
            event(6, "dma_free_pages: LNRO0005:17 dir=FROM_DEVICE dma_addr=223c000 size=4096 " +
                "virt_addr=00000000bc660d75 attrs="),
            event(7, "dma_free: LNRO0005:17 dir=BIDIRECTIONAL dma_addr=223a000 size=4096 " +
                "virt_addr=00000000bc660d74 attrs="));
        assertEquals(List.of("map 0 4096 COHERENT 0 @1 LNRO0005:17", "map 1 4096 COHERENT 0 @2 LNRO0005:17",
            "map 2 8192 COHERENT 0 @3 LNRO0005:17", "map 3 64 COHERENT 0 @4 LNRO0005:19",
            "unmap 2 8192 COHERENT 0 @5 LNRO0005:17",
            "unmap 1 4096 COHERENT 0 @6 LNRO0005:17", "unmap 0 4096 COHERENT 0 @7 LNRO0005:17"),
            events(recording.trace()));
        assertEquals(Map.of("0000:00:02.0", 1L, "LNRO0005:17", 1L, "LNRO0005:18", 1L),
            recording.refusedByDevice());
        assertTrouble(recording, Count.REFUSED, 3);
    }

    @Test
    void shouldReadKernel618()
    {
        final Recording recording = read(
            event(0, "dma_map_phys: 0000:00:01.0 dir=FROM_DEVICE dma_addr=67f2000 size=1536 phys_addr=67f2000 " +
                "attrs=SKIP_CPU_SYNC"),
            event(1, "dma_map_phys: 0000:00:01.0 dir=TO_DEVICE dma_addr=fe000000 size=64 phys_addr=fe000000 " +
                "attrs=NO_WARN|MMIO"),
            event(2, "dma_unmap_phys: 0000:00:01.0 dir=TO_DEVICE dma_addr=fe000000 size=64 attrs=MMIO"),
            event(3, "dma_unmap_phys: 0000:00:01.0 dir=FROM_DEVICE dma_addr=67f2000 size=1536 attrs=SKIP_CPU_SYNC"));
        assertEquals(List.of("map 0 1536 FROM_DEVICE 0 @0 0000:00:01.0", "unmap 0 1536 FROM_DEVICE 0 @3 0000:00:01.0"),
            events(recording.trace()));
        assertTrouble(recording);
        assertEquals(1, recording.count(Count.REGISTERS));
        assertEquals(0, recording.count(Count.BOUNCED));
    }

    @Test
    void shouldTakeNothingOfAListWhoseNumbersAreNone()
    {
        for (final String numbers : List.of("nents=2/2 ents=x", "nents=x ents=2/2", "nents=2/1 ents=2/2"))
        {
            final Recording recording = read(event(0, LIST_OF_TWO.replace("dma_addrs", numbers + " dma_addrs")));
            assertEquals(0, recording.trace().maps(), numbers);
            assertEquals(0, recording.count(Count.LISTS), numbers);
            assertTrouble(recording, Count.NOT_UNDERSTOOD, 1);
        }
    }

    @Test
    void shouldReadKernel70()
    {
        final Recording recording = read(
            event(0, LIST_OF_TWO.replace("dma_addrs", "nents=2/2 ents=2/2 dma_addrs") + "CACHELINES_OVERLAP"),
            event(1, LIST_OF_TWO.replace("dma_addrs", "nents=2/300 ents=2/300 [TRUNCATED] dma_addrs")
                .replace("0x1000,0x3000", "0x5000,0x7000").replace("0x7001000", "0x9001000")),
            event(2, "dma_unmap_sg: 0000:00:02.0 dir=TO_DEVICE phys_addrs={0x9001000" + ",0x5000".repeat(299) +
                "} attrs="),
            event(3, "dma_alloc: 0000:00:02.0 dir=BIDIRECTIONAL dma_addr=0 size=4096 " +
                "virt_addr=0000000000000000 flags=GFP_ATOMIC attrs=CC_SHARED|ALLOC_CC_SHARED"));
        assertEquals(List.of("map 0 4096", "map 1 512", "map 2 4096", "map 3 512", "unmap 2 4096", "unmap 3 512"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" TO_DEVICE.*", "")).toList());
        assertEquals(298, recording.count(Count.CUT_ELEMENTS));
        assertTrouble(recording, Count.REFUSED, 1);
    }

    @Test
    void shouldTakeListsOfThousandsOfElements()
    {
        final StringBuilder physicals = new StringBuilder();
        final StringBuilder sizes = new StringBuilder();
        for (int i = 0; i < 5000; i++)
        {
            physicals.append(i > 0 ? "," : "").append("0x").append(Long.toHexString(0x100000000L + i * 8192L));
            sizes.append(i > 0 ? "," : "").append("0x1000");
        }
        final Recording recording = read(
            event(0, "dma_map_sg: d dir=TO_DEVICE dma_addrs={" + physicals + "} sizes={" + sizes + "} phys_addrs={" +
                physicals + "} attrs="),
            event(1, "dma_unmap_sg: d dir=TO_DEVICE phys_addrs={" + physicals + "} attrs="));
        assertEquals(5000, recording.trace().maps());
        assertEquals(10_000, recording.trace().size());
        assertTrouble(recording);
    }

    @Test
    void shouldCountRefusedMapsByDevice()
    {
        final Recording recording = read(
            event(0, map("a", "ffffffffffffffff", 4096, "1000")),
            event(1, map("b", "ffffffff", 4096, "1000")),
            event(2, map("a", "ffffffffffffffff", 4096, "2000")),
            event(3, map("b", "1000", 4096, "1000")));
        assertEquals(Map.of("a", 2L, "b", 1L), recording.refusedByDevice());
        assertEquals(List.of("b"), recording.trace().devices());
        assertTrouble(recording, Count.REFUSED, 3);
    }

    @Test
    void shouldKeepSeveralMappingsOfAPageThatIsNotBounced()
    {
        final Recording recording = read(
            event(0, map("a", "1000", 512, "1000")),
            event(1, map("a", "1000", 4096, "1000")),
            event(2, map("a", "1000", 512, "1000")),
            event(3, map("a", "1200", 16, "1200")),
            event(4, unmap("a", "1000", 4096)),
            event(5, unmap("a", "1000", 512)),
            event(6, unmap("a", "1000", 512)),
            event(7, unmap("a", "1200", 16)));
        assertEquals(List.of("map 0", "map 1", "map 2", "map 3", "unmap 1", "unmap 0", "unmap 2", "unmap 3"),
            events(recording.trace()).stream().map(event -> event.replaceAll("^(\\w+ \\d+).*", "$1")).toList());
        assertTrouble(recording);
    }

    @Test
    void shouldEndWhatOverlapsInTheSwiotlbOfAllDevices()
    {
        final Recording recording = read(
            event(0, map("a", "1b204000", 4096, "67f2010")),
            event(1, map("b", "1b204800", 16, "18000")),
            event(2, unmap("b", "1b204800", 16)));
        assertEquals(List.of("map 0 4096", "unmap 0 4096", "map 0 16", "unmap 0 16"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" TO_DEVICE.*", "")).toList());
        assertTrouble(recording, Count.LOST_UNMAPS, 1);
    }

    @Test
    void shouldEndWhatIsNotBouncedWhereAnotherDeviceHasThePoolsAddress()
    {
        final Recording recording = read(
            event(0, map("a", "1b204000", 4096, "67f2010")),
            event(1, map("b", "1b204000", 4096, "1b204000")),
            event(2, unmap("b", "1b204000", 4096)));
        assertEquals(List.of("map 0 a", "map 1 b", "unmap 1 b"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" 4096.*@\\d", "")).toList());
    }

    @Test
    void shouldKnowByItsMarkThatAPageBounces()
    {
        final String mark = "swiotlb_bounced: dev_name: b dma_mask=ffffffffffffffff dev_addr=7000 size=4096 FORCE";
        final Recording marked = read(
            event(0, map("a", "1b204000", 4096, "67f2010")), event(1, mark),
            event(2, map("b", "1b204000", 4096, "7000")));
        assertTrouble(marked, Count.LOST_UNMAPS, 1);
        assertEquals(2, marked.count(Count.BOUNCED));
        // Without the mark, an IOMMU may have given both devices the same address.
        final Recording unmarked = read(
            event(0, map("a", "1b204000", 4096, "67f2010")), event(2, map("b", "1b204000", 4096, "7000")));
        assertTrouble(unmarked);
        assertEquals(1, unmarked.count(Count.BOUNCED));
    }

    /** One that was seen to bounce has no IOMMU: what it maps at another distance than its first bounces, too. */
    @Test
    void shouldKnowByOneThatBouncedThatOthersDo()
    {
        assertEquals(2, read(
            event(0, map("a", "1b204000", 4096, "67f2010")),
            event(1, map("a", "1b206000", 4096, "5000")),
            event(2, map("a", "1b208000", 4096, "9000"))).count(Count.BOUNCED));
        assertEquals(0, read(
            event(1, map("a", "1b206000", 4096, "5000")),
            event(2, map("a", "1b208000", 4096, "9000"))).count(Count.BOUNCED));
    }

    @Test
    void shouldLetDevicesOfAnIommuHaveTheSameAddresses()
    {
        final Recording recording = read(
            event(0, map("a", "ffffe000", 4096, "5000")),
            event(1, map("b", "ffffe000", 4096, "9000")),
            event(2, map("a", "ffffd000", 4096, "3000")),
            event(3, map("b", "ffffd000", 4096, "2000")),
            event(4, map("a", "ffffd000", 4096, "8000")),
            event(5, unmap("b", "ffffd000", 4096)),
            event(6, unmap("a", "ffffd000", 4096)),
            event(7, unmap("a", "ffffe000", 4096)));
        // The third of a takes the place of its second, and nothing of b.
        assertTrouble(recording, Count.LOST_UNMAPS, 1);
        assertEquals(4, recording.trace().peakLiveMappings());
    }

    @Test
    void shouldLetDevicesSeeMemoryAtADistance()
    {
        final Recording recording = read(
            event(0, map("a", "c0001000", 512, "1000")),
            event(1, map("a", "c0001200", 16, "1200")),
            event(2, map("a", "c0001200", 16, "1200")),
            event(3, unmap("a", "c0001200", 16)));
        assertTrouble(recording);
        assertEquals(3, recording.trace().peakLiveMappings());
        assertEquals(0, recording.count(Count.BOUNCED));
    }

    @Test
    void shouldEndAListByItsFirstMemoryAndItsLength()
    {
        final Recording recording = read(
            event(0, list("a", 0x7001000, 2)),
            event(1, list("a", 0x7001000, 3)),
            event(2, list("b", 0x7001000, 2)),
            event(3, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x7001000,0x1,0x2} attrs="),
            event(4, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x7001000,0x1} attrs="),
            event(5, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x7001000,0x1} attrs="));
        assertEquals(7 + 5, recording.trace().size());
        assertTrouble(recording, Count.UNKNOWN_UNMAPS, 1);
    }

    @Test
    void shouldEndAWholeListWhenOneOfItsSlotsIsMappedAgain()
    {
        final Recording recording = read(
            event(0, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0x8000,0xa000} sizes={0x800,0x1000} " +
                "phys_addrs={0x7001010,0x7003010} attrs="),
            event(1, map("b", "a800", 16, "18000")));
        assertEquals(List.of("map 0", "map 1", "unmap 1", "unmap 0", "map 0"),
            events(recording.trace()).stream().map(event -> event.replaceAll("^(\\w+ \\d+).*", "$1")).toList());
        assertTrouble(recording, Count.LOST_UNMAPS, 1);
    }

    @Test
    void shouldEstimateTheSizesThatAnIommuMerged()
    {
        final Recording recording = read(event(0, "dma_map_sg: a dir=TO_DEVICE nents=3/3 ents=1/1 " +
            "dma_addrs={0xffff0200} sizes={0x4000} phys_addrs={0x7001200,0x7009000,0x8002000} attrs="));
        assertEquals(List.of("map 0 7680 TO_DEVICE 512", "map 1 4096 TO_DEVICE 0", "map 2 4608 TO_DEVICE 0"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" @.*", "")).toList());
        assertEquals(1, recording.count(Count.MERGED_LISTS));
    }

    /** As kernels before 7.0 print them, without numbers; and of fewer bytes than the pages have. */
    @Test
    void shouldSeeThatListsWereMergedWithoutNumbers()
    {
        final Recording recording = read(
            event(0, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0xffff0200} sizes={0x3e00} " +
                "phys_addrs={0x7001200,0x7009000,0x8002000,0x9002000} attrs="),
            event(1, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0xfffe0000} sizes={0x100} phys_addrs={0x5000,0x6000} " +
                "attrs="));
        assertEquals(2, recording.count(Count.MERGED_LISTS));
        assertEquals(0x3e00 + 0x100, recording.trace().peakLiveBytes());
        assertEquals(5, recording.trace().maps());
        assertTrouble(recording, Count.OUT_OF_RANGE, 1);
    }

    @Test
    void shouldCountAnAllocationWithoutAnAddressAsRefused()
    {
        final Recording recording = read(event(0, "dma_alloc: a dma_addr=ffffffffffffffff size=8192 phys_addr=0 " +
            "flags=GFP_KERNEL attrs="));
        assertTrouble(recording, Count.REFUSED, 1);
    }

    @Test
    void shouldCutAsADriverThatBouncesWould()
    {
        final String[] lines = {
            event(0, map("a", "1000e10", 600 << 10, "1000e10")),
            event(1, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0x2000000} sizes={0x60000} phys_addrs={0x2000000} attrs="),
            event(2, "dma_alloc: a dir=BIDIRECTIONAL dma_addr=3000000 size=1048576 virt_addr=00000000bc660d74 " +
                "flags=GFP_ATOMIC attrs="),
            event(3, unmap("a", "1000e10", 600 << 10)),
            event(4, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x2000000} attrs=")};
        assertEquals(2, read(lines).count(Count.LONG));
        final Recording cut = readCut(256 << 10, lines);
        assertEquals(List.of("map 262144 3600", "map 262144 3600", "map 90112 3600", "map 262144 0", "map 131072 0",
            "map 1048576 0", "unmap 262144 3600", "unmap 262144 3600", "unmap 90112 3600", "unmap 262144 0",
            "unmap 131072 0"),
            IntStream.range(0, cut.trace().size()).mapToObj(i -> (cut.trace().isMap(i) ? "map " : "unmap ") +
                cut.trace().bytes(i) + ' ' + cut.trace().pageOffset(i)).toList());
        assertTrouble(cut);
        assertEquals(2, cut.count(Count.CUT));
        assertEquals(0, cut.count(Count.LONG));
    }

    @Test
    void shouldPreferEventsToProbesInOneRecording()
    {
        final String call = Lines.call(0, 0, "0x67f2010", 4096, 1);
        final String mapped = Lines.mapped(0, 1, "0x1b204000");
        final Recording both = read(call, mapped, event(2, map("a", "1b204000", 4096, "67f2010")));
        assertEquals(Recording.Source.DMA_EVENTS, both.source());
        assertEquals(1, both.trace().maps());
        assertEquals(1, both.count(Count.OTHER_KIND));
        final Recording probes = read(call, mapped,
            event(2, "dma_sync_single_for_cpu: a dir=TO_DEVICE dma_addr=1 size=1"));
        assertEquals(Recording.Source.SWIOTLB_PROBES, probes.source());
        assertEquals(1, probes.trace().maps());
        assertEquals(Recording.Source.DMA_EVENTS, read(Lines.unmap(0, 0, "0x1b204000", 4096), event(2,
            "dma_alloc: a dma_addr=223a000 size=8192 phys_addr=223a000 flags=GFP_KERNEL attrs=")).source());
        final Recording lists = read(call, mapped, event(2, LIST_OF_TWO));
        assertEquals(Recording.Source.DMA_EVENTS, lists.source());
        assertEquals(2, lists.trace().maps());
        final Recording allocation = read(call, mapped, event(2, "dma_alloc: a dma_addr=223a000 size=8192 " +
            "phys_addr=223a000 flags=GFP_KERNEL attrs="));
        assertEquals(Recording.Source.SWIOTLB_PROBES, allocation.source());
        assertEquals(1, allocation.count(Count.OTHER_KIND));
    }

    @Test
    void shouldTellSyncsOfWhatWasMappedBefore()
    {
        final Recording recording = read(
            event(0, map("a", "5000", 4096, "5000")),
            event(1, "dma_sync_single_for_cpu: a dir=FROM_DEVICE dma_addr=5800 size=1536"),
            event(2, "dma_sync_single_for_cpu: b dir=FROM_DEVICE dma_addr=5800 size=1536"),
            event(3, "dma_sync_single_for_cpu: a dir=FROM_DEVICE dma_addr=6000 size=1536"));
        assertEquals(3, recording.count(Count.SYNCS));
        assertEquals(2, recording.count(Count.SYNCS_ALONE));
    }

    @Test
    void shouldTakeNothingOfALineThatIsNotWhole()
    {
        final String whole = event(0, map("a", "5000", 4096, "5010"));
        for (int length = whole.indexOf("dma_map"); length < whole.lastIndexOf("=") + 1; length++)
        {
            assertEquals(0, read(whole.substring(0, length)).trace().maps(), whole.substring(0, length));
        }
        assertEquals(1, read(whole).trace().maps());
        final String list = event(0, LIST_OF_TWO);
        for (int length = list.indexOf("dma_map"); length < list.lastIndexOf("=") + 1; length++)
        {
            assertEquals(0, read(list.substring(0, length)).trace().maps(), list.substring(0, length));
        }
        for (final String broken : List.of("a,b", "a=b", "\u0007", "a\u007f", "a\"", "x".repeat(129), "dir=TO_DEVICE"))
        {
            assertTrouble(read(event(0, map(broken, "5000", 4096, "5010"))), Count.NOT_UNDERSTOOD, 1);
        }
        assertTrouble(read(event(0, map("a", "fffffffffffff000", 8192, "0"))), Count.OUT_OF_RANGE, 1);
        assertTrouble(read(event(0, map("a", "1000", 0, "0"))), Count.OUT_OF_RANGE, 1);
        // 16 beyond 64 bits.
        assertTrouble(read(event(0, map("a", "1000", 77, "0").replace("=77", "=18446744073709551632"))),
            Count.OUT_OF_RANGE, 1);
        assertTrouble(read(event(0, list("a", 0x1000, 2).replace("sizes={0x1000,", "sizes={"))),
            Count.NOT_UNDERSTOOD, 1);
        assertTrue(read(event(0, map("a", "1000", 1, "0"))).refusal() == null);
        for (final String broken : List.of(
            LIST_OF_TWO.replace("0x3000}", "0x3000"), LIST_OF_TWO.replace("TO_DEVICE", "TO_DEVICES"),
            LIST_OF_TWO.replace("dma_addrs", "nents=2/1 dma_addrs"),
            LIST_OF_TWO.replace("dma_addrs", "nents=2 dma_addrs"),
            LIST_OF_TWO.replace("dma_addrs", "nents=2/2147483648 dma_addrs"),
            LIST_OF_TWO.replace("0x3000}", "0x3000,0x5000}").replace("0x200}", "0x200,0x200}"),
            LIST_OF_TWO.replace("TO_DEVICE", "4"), map("a", "", 4096, "5010"),
            "dma_free: a dma_addr=223a000 size=81",
            "dma_sync_single_for_cpu: a dir=TO_DEVICE dma_addr=5800"))
        {
            final Recording recording = read(event(0, broken));
            assertTrouble(recording, Count.NOT_UNDERSTOOD, 1);
            assertEquals(0, recording.count(Count.SYNCS) + recording.count(Count.LISTS), broken);
        }
    }

    private static String map(final String device, final String address, final int bytes, final String physical)
    {
        return "dma_map_page: " + device + " dir=TO_DEVICE dma_addr=" + address + " size=" + bytes + " phys_addr=" +
            physical + " attrs=";
    }

    private static String unmap(final String device, final String address, final int bytes)
    {
        return "dma_unmap_page: " + device + " dir=TO_DEVICE dma_addr=" + address + " size=" + bytes + " attrs=";
    }

    private static String list(final String device, final long first, final int length)
    {
        final String addresses = IntStream.range(0, length).mapToObj(i -> "0x" + Long.toHexString(first + i * 8192L))
            .collect(Collectors.joining(",", "{", "}"));
        final String sizes = "{0x1000" + ",0x1000".repeat(length - 1) + "}";
        return "dma_map_sg: " + device + " dir=TO_DEVICE dma_addrs=" + addresses + " sizes=" + sizes + " phys_addrs=" +
            addresses + " attrs=";
    }
}
