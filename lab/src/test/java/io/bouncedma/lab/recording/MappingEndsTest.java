/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

import static io.bouncedma.lab.recording.Lines.assertTrouble;
import static io.bouncedma.lab.recording.Lines.call;
import static io.bouncedma.lab.recording.Lines.event;
import static io.bouncedma.lab.recording.Lines.events;
import static io.bouncedma.lab.recording.Lines.mapped;
import static io.bouncedma.lab.recording.Lines.read;
import static io.bouncedma.lab.recording.Lines.readCut;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * What a line ends: no more and no less than it says, also where addresses, lists and cuts meet.
 */
class MappingEndsTest
{
    private static final String ALL_ONES_ABOVE = "0xffffffff80000000";

    @Test
    void shouldTellAddressesOfTheUpperHalfFromThoseOfTheLower()
    {
        assertTrouble(read(call(0, 0, "0x0", 16, 1), mapped(0, 1, "0x1000"),
            call(0, 2, "0x0", 16, 1), mapped(0, 3, ALL_ONES_ABOVE)));
        assertTrouble(read(call(0, 0, "0x0", 16, 1), mapped(0, 1, ALL_ONES_ABOVE),
            call(0, 2, "0x0", 16, 1), mapped(0, 3, "0x1000")));
    }

    @Test
    void shouldEndAllPiecesOfAllElementsOfAList()
    {
        final Recording recording = readCut(256 << 10,
            event(0, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0x1000000,0x2000000,0x3000000} " +
                "sizes={0x60000,0x80000,0x1000} phys_addrs={0x1000000,0x2000000,0x3000000} attrs="),
            event(1, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x1000000,0x2000000,0x3000000} attrs="));
        assertEquals(5, recording.trace().maps());
        assertEquals(10, recording.trace().size());
        assertTrouble(recording);
    }

    /** Of page offsets, too, whatever the cut is. */
    @Test
    void shouldBeginEachPieceWhereTheLastOneEnds()
    {
        final Recording recording = readCut(5000, event(0, map("a", "1010", 11_000, "1010")));
        assertEquals(List.of("map 0 5000 TO_DEVICE 16", "map 1 5000 TO_DEVICE 920", "map 2 1000 TO_DEVICE 1824"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" @.*", "")).toList());
    }

    @Test
    void shouldEndCoherentMemoryWhoseAddressIsAllocatedAgain()
    {
        final Recording recording = read(
            event(0, alloc("a", "5000", 8192)), event(1, alloc("b", "5000", 8192)), event(2, alloc("a", "6000", 4096)));
        assertTrouble(recording, Count.LOST_UNMAPS, 1);
        assertEquals(List.of("map 0 8192", "map 1 8192", "unmap 0 8192", "map 0 4096"),
            events(recording.trace()).stream().map(event -> event.replaceAll(" COHERENT.*", "")).toList());
    }

    /** The first of a tells the distance at which it sees memory; what is at another distance is translated. */
    @Test
    void shouldPreferWhatIsTranslatedToMemoryThatHasTheSameAddressAndAnotherSize()
    {
        final Recording recording = read(
            event(0, map("a", "ffffd000", 4096, "3000")),
            event(1, map("a", "9000", 8192, "9000")),
            event(2, map("a", "9000", 4096, "5000")),
            event(3, unmap("a", "9000", 4096)));
        assertEquals("unmap 2 4096 TO_DEVICE 0 @3 a", events(recording.trace()).getLast());
        assertTrouble(recording);
    }

    @Test
    void shouldKnowASyncOfWhatIsTranslated()
    {
        final Recording recording = read(
            event(0, map("a", "ffffd000", 4096, "3000")),
            event(1, map("a", "ffffe000", 4096, "9000")),
            event(2, "dma_sync_single_for_cpu: a dir=TO_DEVICE dma_addr=ffffefff size=1"),
            event(3, "dma_sync_single_for_cpu: a dir=TO_DEVICE dma_addr=fffff000 size=1"));
        assertEquals(1, recording.count(Count.SYNCS_ALONE));
    }

    /** Only their sizes are known, so that none of them is anywhere. */
    @Test
    void shouldKeepListsApartThatAnIommuMerged()
    {
        final Recording recording = read(
            event(0, merged(0x7001200L)), event(1, merged(0x9001200L)),
            event(2, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x9001200,0x9009000} attrs="),
            event(3, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={0x7001200,0x7009000} attrs="));
        assertEquals(4, recording.trace().peakLiveMappings());
        assertEquals(8, recording.trace().size());
        assertEquals(2, recording.count(Count.MERGED_LISTS));
        assertTrouble(recording);
    }

    /** 200 of 300, of which both begin with the same 128: as many addresses as pages are shown. */
    @Test
    void shouldKnowByItsNumbersThatALongListWasMerged()
    {
        final String pages = IntStream.range(0, 128).mapToObj(i -> "0x" + Integer.toHexString(i + 16) + "000")
            .reduce((a, b) -> a + ',' + b).orElseThrow();
        final Recording recording = read(event(0, "dma_map_sg: a dir=TO_DEVICE nents=128/300 ents=128/200 " +
            "[TRUNCATED] dma_addrs={" + pages + "} sizes={0x2000" + ",0x1000".repeat(127) + "} phys_addrs={" + pages +
            "} attrs="));
        assertEquals(1, recording.count(Count.MERGED_LISTS));
        assertEquals(172, recording.count(Count.CUT_ELEMENTS));
        assertTrouble(recording);
    }

    @Test
    void shouldLeaveOutElementsThatCanNotBeAndListsOfNone()
    {
        final Recording recording = read(
            event(0, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0x1000,0x3000} sizes={0x0,0x200} " +
                "phys_addrs={0x1000,0x3000} attrs="),
            event(1, "dma_map_sg: a dir=TO_DEVICE dma_addrs={} sizes={} phys_addrs={} attrs="),
            event(2, "dma_map_sg: a dir=TO_DEVICE dma_addrs={0x5000} sizes={0x0} phys_addrs={0x5000} attrs="),
            event(3, "dma_unmap_sg: a dir=TO_DEVICE phys_addrs={} attrs="));
        assertEquals(List.of("map 0 512 TO_DEVICE 0 @0 a"), events(recording.trace()));
        assertEquals(2, recording.count(Count.LISTS));
        assertTrouble(recording, Count.OUT_OF_RANGE, 2);
    }

    private static String merged(final long physical)
    {
        return "dma_map_sg: a dir=TO_DEVICE nents=2/2 ents=1/1 dma_addrs={0xffff0200} sizes={0x2000} phys_addrs={0x" +
            Long.toHexString(physical) + ",0x" + Long.toHexString(physical - 0x200 + 0x8000) + "} attrs=";
    }

    private static String alloc(final String device, final String address, final int bytes)
    {
        return "dma_alloc: " + device + " dma_addr=" + address + " size=" + bytes + " phys_addr=" + address +
            " flags=GFP_KERNEL attrs=";
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
}
