/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Placements worked out by hand from the kernel's rules.
 */
class SwiotlbModelTest
{
    private static final int EXHAUSTED = Refusal.Reason.EXHAUSTED.code();
    private static final int FRAGMENTED = Refusal.Reason.FRAGMENTED.code();
    private static final int TOO_LARGE = Refusal.Reason.TOO_LARGE.code();
    private static final int SLOT = SwiotlbModel.SLOT_SIZE;
    private static final int SEGMENT = SwiotlbModel.SEGMENT_SIZE;

    private final SwiotlbModel one = new SwiotlbModel(SEGMENT, 0);
    private final SwiotlbModel two = new SwiotlbModel(2 * SEGMENT, 0);
    private final SwiotlbModel masked = new SwiotlbModel(SEGMENT, 4095);

    @Test
    void shouldMoveTheHintBehindEachSuccess()
    {
        assertEquals(0, map(one, 1, 0));
        assertEquals(SLOT, map(one, 2049, 0));
        assertEquals(3 * SLOT, map(one, SLOT, 0));
        one.unmap(0);
        assertEquals(4 * SLOT, map(one, 1, 0), "next fit, not first fit");
        assertEquals(4 * SLOT, one.usedBytes());
    }

    @Test
    void shouldWrapToTheStart()
    {
        fill(one, 128, 1);
        assertEquals(EXHAUSTED, map(one, 1, 0));
        one.unmap(0);
        one.unmap(7 * SLOT);
        assertEquals(0, map(one, 1, 0), "the hint was wrapped when the last slot was taken");
        assertEquals(7 * SLOT, map(one, 1, 0));
        one.unmap(3 * SLOT);
        assertEquals(3 * SLOT, map(one, 1, 0), "behind the hint and round");
    }

    @Test
    void shouldBeginPagesAtPages()
    {
        map(one, 1, 0);
        assertEquals(SLOT, map(one, 4095, 0), "below a page anywhere");
        assertEquals(4 * SLOT, map(one, 4096, 0), "the hint is rounded up");
        assertEquals(6 * SLOT, map(one, 1, 0));
        assertEquals(8 * SLOT, map(one, 5000, 0));
        assertEquals(11 * SLOT, map(one, 1, 0));
    }

    @Test
    void shouldIgnorePageOffsetsWithoutMask()
    {
        assertEquals(0, map(one, 4096, 2050));
        assertEquals(2 * SLOT, map(one, 1, 4095));
    }

    @Test
    void shouldWrapWhenThereIsNoPageUpToTheEnd()
    {
        assertEquals(0, map(one, 126 * SLOT, 0));
        assertEquals(126 * SLOT, map(one, 1, 0));
        one.unmap(0);
        assertEquals(0, map(one, 4096, 0), "slot 127 is free, but no page begins there");
    }

    @Test
    void shouldNotCrossSegments()
    {
        assertEquals(0, map(two, 100 * SLOT, 0));
        assertEquals(SEGMENT, map(two, 29 * SLOT, 0));
        assertEquals(SEGMENT + 29 * SLOT, map(two, 1, 0), "the hint is behind what was skipped");
        assertEquals(98 * SLOT, two.largestFreeRun());
        assertEquals(SEGMENT + 30 * SLOT, map(two, 98 * SLOT, 0));
        assertEquals(100 * SLOT, map(two, 28 * SLOT, 0));
    }

    @Test
    void shouldRefuseWhatIsFreeOnlyAcrossABorder()
    {
        assertEquals(0, map(two, 127 * SLOT, 0));
        assertEquals(127 * SLOT, map(two, SLOT, 0));
        assertEquals(SEGMENT, map(two, 127 * SLOT, 0));
        assertEquals(SEGMENT + 127 * SLOT, map(two, SLOT, 0));
        two.unmap(127 * SLOT);
        two.unmap(SEGMENT);
        assertEquals(127 * SLOT, two.largestFreeRun());
        assertEquals(FRAGMENTED, map(two, SEGMENT, 0), "128 slots are free behind each other");
        assertEquals(SEGMENT, map(two, 127 * SLOT, 0));
    }

    @Test
    void shouldCountWhatIsFreeInAllAreas()
    {
        final SwiotlbModel areas = new SwiotlbModel(new SwiotlbPool(2 * SwiotlbPool.SEGMENT_SLOTS, 2, 2, false),
            CpuOrder.ROUND_ROBIN, DeviceMasks.NONE, List.of(""));
        map(areas, 65 * SLOT, 0);
        map(areas, 65 * SLOT, 0);
        assertEquals(FRAGMENTED, map(areas, 100 * SLOT, 0), "63 slots in each");
        assertEquals(EXHAUSTED, map(areas, 127 * SLOT, 0));
    }

    @Test
    void shouldJoinWhatIsFreedWithItsNeighbours()
    {
        fill(one, 128, 1);
        one.unmap(10 * SLOT);
        one.unmap(12 * SLOT);
        assertEquals(SLOT, one.largestFreeRun());
        assertEquals(EXHAUSTED, map(one, 3 * SLOT, 0));
        one.unmap(11 * SLOT);
        assertEquals(3 * SLOT, one.largestFreeRun());
        assertEquals(10 * SLOT, map(one, 2 * SLOT + 1, 0));
    }

    @Test
    void shouldKeepTheLowBitsUnderTheMask()
    {
        assertEquals(0x210, map(masked, 16, 0x210));
        assertEquals(SLOT + 0x10, map(masked, 16, 0x810));
        assertEquals(2 * SLOT, map(masked, 16, 0));
        assertEquals(4 * SLOT, map(masked, 4096, 0), "the next even slot");
        assertEquals(7 * SLOT + 0x7ff, map(masked, 2, 0xfff), "two slots for two bytes");
        assertEquals(10 * SLOT, map(masked, 1, 0));
        assertEquals(8 * SLOT, masked.usedBytes());
    }

    @Test
    void shouldNotAskForPagesUnderASmallMask()
    {
        final SwiotlbModel small = new SwiotlbModel(SEGMENT, 511);
        assertEquals(5, map(small, 1, 5));
        assertEquals(SLOT + 511, map(small, 8192, 1023), "min_align_mask replaces the alignment to pages");
        assertEquals(6 * SLOT, map(small, 1, 512));
    }

    @Test
    void shouldStrideWithLargeMasks()
    {
        final SwiotlbModel large = new SwiotlbModel(SEGMENT, 65535);
        assertEquals(0, map(large, 1, 0));
        assertEquals(65536 + 100, map(large, 1, 100));
        assertEquals(65536 + 4095, map(large, 1, 4095), "only bits of the page offset are known");
        assertEquals(2 * 65536, map(large, 65536, 0));
        assertEquals(3 * 65536, map(large, 1, 0));
        assertEquals(FRAGMENTED, map(large, 1, 0));
    }

    /**
     * Slots are counted as checked by the stride, so that from an even hint the odd slot right before it goes unseen.
     */
    @Test
    void shouldMissTheLastCandidateAsTheKernelDoes()
    {
        assertEquals(0, map(masked, 1, 0));
        assertEquals(SLOT, map(masked, 1, 2048));
        fill(masked, 63, 4096);
        masked.unmap(SLOT);
        assertEquals(SLOT, map(masked, 1, 2048), "from hint 0");
        masked.unmap(SLOT);
        assertEquals(FRAGMENTED, map(masked, 1, 2048), "from hint 2");
        masked.unmap(0);
        assertEquals(0, map(masked, 1, 0));
        assertEquals(SLOT, map(masked, 1, 2048), "from hint 1");
    }

    /** {@code max(alloc_align_mask, iotlb_align_mask)}: steps of 31 slots, to the next odd one, so 32 in the end. */
    @Test
    void shouldStrideForCoherentMemoryByAMaskBeyondItsAlignment()
    {
        final SwiotlbModel wide = new SwiotlbModel(
            SwiotlbPool.restricted(SEGMENT), CpuOrder.ONE, DeviceMasks.of(65535), List.of(""));
        for (int i = 0; i < 64; i++)
        {
            assertEquals(2L * i * SLOT, wide.map(4096, TraceDirection.COHERENT, 0, 0), "as long as the hint is free");
        }
        wide.unmap(2 * SLOT);
        assertEquals(FRAGMENTED, wide.map(4096, TraceDirection.COHERENT, 0, 0));
        wide.unmap(64 * SLOT);
        assertEquals(64 * SLOT, wide.map(1, TraceDirection.COHERENT, 0, 0));
    }

    @ParameterizedTest
    @CsvSource({"0, 262144", "1, 260096", "511, 260096", "2047, 260096", "4095, 258048", "8191, 253952",
        "65535, 196608"})
    void shouldRefuseMoreThanTheLongestMapping(final int mask, final int longest)
    {
        assertEquals(longest, SwiotlbModel.maxMapping(mask));
        final SwiotlbModel model = new SwiotlbModel(8 * SEGMENT, mask);
        assertEquals(TOO_LARGE, map(model, longest + 1, 0));
        assertEquals(TOO_LARGE, map(model, Integer.MAX_VALUE, 0));
        assertEquals(4095 & mask, map(model, longest, 4095));
    }

    @Test
    void shouldTellWhereTheUsedBytesLie()
    {
        map(two, SEGMENT / 2, 0);
        map(two, 1, 0);
        final int[] quarters = {9, 9, 9, 9};
        two.usage(quarters);
        assertArrayEquals(new int[] {SEGMENT / 2, SLOT, 0, 0}, quarters);
        final int[] thirds = new int[3];
        two.usage(thirds);
        assertArrayEquals(new int[] {SEGMENT / 2 + SLOT, 0, 0}, thirds);
        final int[] fine = new int[2 * SEGMENT / 3000];
        two.usage(fine);
        assertEquals(two.usedBytes(), IntStream.of(fine).sum());
        two.usage(new int[0]);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, SLOT, 2 * SLOT, SEGMENT, Long.MAX_VALUE})
    void shouldRefuseToUnmapWhereNothingBegins(final long address)
    {
        map(one, SLOT + 1, 0);
        assertThrows(IllegalStateException.class, () -> one.unmap(address));
        one.unmap(0);
        assertThrows(IllegalStateException.class, () -> one.unmap(0));
        assertEquals(0, one.usedBytes());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-262144, 0", "262143, 0", "264192, 0", "68719738880, 0", "262144, -1", "262144, 4096",
        "262144, 131071"})
    void shouldRefuseImpossiblePools(final long length, final int mask)
    {
        assertThrows(IllegalArgumentException.class, () -> new SwiotlbModel(length, mask));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-1, 0", "1, -1", "1, 4096"})
    void shouldRefuseImpossibleMappings(final int bytes, final int pageOffset)
    {
        assertThrows(IllegalArgumentException.class, () -> map(one, bytes, pageOffset));
    }

    private static long map(final SwiotlbModel model, final int bytes, final int pageOffset)
    {
        return model.map(bytes, TraceDirection.TO_DEVICE, pageOffset, 0);
    }

    private static void fill(final SwiotlbModel model, final int count, final int bytes)
    {
        for (int i = 0; i < count; i++)
        {
            map(model, bytes, 0);
        }
    }
}
