/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DriverModelTest
{
    /** As they are recorded: header, data, status, table; 1536 bytes to receive, 1526 to send, 2048 of a long ring. */
    @Test
    void shouldMapWhatLinuxMaps()
    {
        assertEquals(List.of(16, 4096, 1, 48), sizes(LinuxDrivers.blkRead(4096)));
        assertEquals(List.of(16, 262144, 131072, 1, 64), sizes(LinuxDrivers.blkRead(384 * 1024)));
        assertEquals(List.of(1536), sizes(LinuxDrivers.netReceive(256, 1500, true)));
        assertEquals(List.of(4096), sizes(LinuxDrivers.netReceive(256, 9000, true)));
        assertEquals(List.of(2112), sizes(LinuxDrivers.netReceive(32, 1500, true)));
        assertEquals(List.of(1526), sizes(LinuxDrivers.netTransmit(1514)));
        final List<Integer> big = sizes(LinuxDrivers.netReceive(256, 1500, false));
        assertEquals(20, big.size());
        assertEquals(19 * 16, big.getLast());
        assertEquals(12 + 4064 + 17 * 4096 + 19 * 16, big.stream().mapToInt(Integer::intValue).sum());
    }

    @Test
    void shouldKnowWhatRestsInRings()
    {
        final DeviceDemand net = DriverModel.LINUX.demand("net", new NetQueues(2, 256, 1500, true, false));
        assertEquals(List.of(new DeviceDemand.Blocks(6726, 4), new DeviceDemand.Blocks(1734, 1)), net.coherent());
        final DeviceDemand packed = DriverModel.LINUX.demand("net", new NetQueues(2, 256, 1500, true, true));
        assertEquals(List.of(new DeviceDemand.Blocks(4096, 4), new DeviceDemand.Blocks(4, 8),
            new DeviceDemand.Blocks(1024, 1), new DeviceDemand.Blocks(4, 2)), packed.coherent());
        // 238 frames: a queue with less than 19 descriptors left is stopped.
        assertEquals(4 + 1 + 2 * 256 + 2 * 238 + 5, net.mappings());
        assertEquals(1536, net.largestMapping());
    }

    @Test
    void shouldMapDataOnlyInOurDrivers()
    {
        final DeviceDemand blk = DriverModel.BOUNCE_DMA.demand("blk", new BlkQueues(1, 128, 1 << 20, false));
        assertEquals(List.of(1 << 20), sizes(blk.chains().getFirst().elements()));
        // A ring of 512 for 128 requests of three descriptors each, and 32 bytes for each of its 170 headers.
        assertEquals(List.of(new DeviceDemand.Blocks(RingMemory.split(512), 1), new DeviceDemand.Blocks(170 * 32, 1)),
            blk.coherent());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        queues=0 can not be; give 1 to 1024               | 0    | 1     | 512
        queues=1025 can not be; give 1 to 1024            | 1025 | 1     | 512
        depth=0 can not be; give 1 to 32768               | 1    | 0     | 512
        depth=32769 can not be; give 1 to 32768           | 1    | 32769 | 512
        request=0 can not be; give 512 to 1073741824      | 1    | 1     | 0
        request=513 can not be; give a multiple of 512 bytes | 1 | 1     | 513
        """)
    void shouldRefuseWhatNoDiskHas(final String expected, final int queues, final int depth, final int request)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new BlkQueues(queues, depth, request, false));
        assertEquals(expected, e.getMessage());
    }

    @Test
    void shouldRefuseWhatNoRingHas()
    {
        assertEquals("depth=100 can not be for split rings; give a power of two, for example 128, or packed",
            assertThrows(IllegalArgumentException.class, () -> new NetQueues(1, 100, 1500, true, false)).getMessage());
        assertEquals(100, new NetQueues(1, 100, 1500, true, true).depth());
        assertTrue(assertThrows(IllegalArgumentException.class,
            () -> DriverModel.BOUNCE_DMA.demand("blk", new BlkQueues(1, 10923, 512, false))).getMessage()
            .endsWith("give 1 to 10922"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> DriverModel.named("windows")).getMessage()
            .contains("expected one of [linux, bounce-dma]"));
    }

    private static List<Integer> sizes(final List<DeviceDemand.Element> elements)
    {
        return elements.stream().map(DeviceDemand.Element::bytes).toList();
    }
}
