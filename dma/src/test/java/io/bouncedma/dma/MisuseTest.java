/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.ObjLongConsumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is no live mapping is told from one by every method that takes a handle, and by what is wrong with it; a device
 * that is closed says so, whatever is asked of it.
 */
class MisuseTest
{
    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;
    private final byte[] buffer = new byte[100];

    @AfterEach
    void close()
    {
        window.close();
    }

    /** All that takes a handle. */
    private enum Use
    {
        BUS_ADDRESS(DmaDevice::busAddress),
        LENGTH(DmaDevice::length),
        SYNC_FOR_CPU((dma, mapping) -> dma.syncForCpu(mapping, 0, 1)),
        SYNC_FOR_DEVICE((dma, mapping) -> dma.syncForDevice(mapping, 0, 1)),
        UNMAP(DmaDevice::unmap),
        UNMAP_WRITTEN((dma, mapping) -> dma.unmap(mapping, 1)),
        UNMAP_NOTHING_WRITTEN((dma, mapping) -> dma.unmap(mapping, 0));

        private final ObjLongConsumer<DmaDevice> use;

        Use(final ObjLongConsumer<DmaDevice> use)
        {
            this.use = use;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldNameWhatIsNoMapping(final Use use)
    {
        for (final Refusal.Reason reason : Refusal.Reason.values())
        {
            assertMessage("this is the refusal " + reason + ", not a mapping: device=device, handle=" + reason.code(),
                () -> use.use.accept(dma, reason.code()));
        }
        for (final long foreign : new long[]{0, -5, Long.MIN_VALUE, Long.MAX_VALUE})
        {
            assertMessage("mapping is foreign: device=device, handle=", () -> use.use.accept(dma, foreign));
        }
        try (DmaDevice other = new DmaDevice("other", window.pools);
            CoherentBuffer shared = other.allocateCoherent(64, 64))
        {
            final long bounced = other.map(buffer, 0, 100, Direction.BIDIRECTIONAL);
            final long inPlace = other.map(shared.view(), 0, 64, Direction.BIDIRECTIONAL);
            assertMessage("mapping is foreign: device=device", () -> use.use.accept(dma, bounced));
            assertMessage("mapping is foreign: device=device", () -> use.use.accept(dma, inPlace));
            other.unmap(bounced);
            other.unmap(inPlace);
            assertMessage("mapping is unmapped already: device=other", () -> use.use.accept(other, bounced));
            assertMessage("mapping is unmapped already: device=other", () -> use.use.accept(other, inPlace));
        }
        assertEquals(0, window.pool.usedBytes());
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayThatTheDeviceIsClosed(final Use use)
    {
        final DmaDevice device = new DmaDevice("closed", window.pools);
        final long mapping = device.map(buffer, 0, 100, Direction.BIDIRECTIONAL);
        device.unmap(mapping);
        device.close();
        assertMessage("device is closed, and no mapping of it is left: device=closed",
            () -> use.use.accept(device, mapping));
        assertMessage("device is closed", () -> use.use.accept(device, 1));
        assertMessage("this is the refusal QUOTA",
            () -> use.use.accept(device, Refusal.Reason.QUOTA.code()));
    }

    @Test
    void shouldStayClosedWhateverIsAsked()
    {
        final DmaDevice device = new DmaDevice("closed", window.pools);
        final ScatterGather list = new ScatterGather(1).add(buffer, 0, 10);
        final MappingBatch batch = new MappingBatch().add(buffer, 0, 10);
        device.unmap(device.map(buffer, 0, 100, Direction.TO_DEVICE));
        final DmaStatistics figures = device.statistics();
        device.close();
        device.close();
        final Direction way = Direction.TO_DEVICE;
        final Executable[] all = {() -> device.map(buffer, 0, 10, way),
            () -> device.map(ByteBuffer.wrap(buffer), 0, 10, way), () -> device.map(window.pool.view(), 0, 10, way),
            () -> device.map(MemorySegment.ofArray(buffer), 0, 10, way), () -> device.map(list, way),
            () -> device.unmap(list, 0), () -> device.map(batch, way), () -> device.unmap(batch),
            () -> new Mapping(device).map(buffer, 0, 10, way), () -> device.allocateCoherent(10, 1),
            () -> device.explain(10), () -> device.explain(list), () -> device.explainCoherent(10, 1),
            () -> device.isRefusedForGood(10, 1)};
        for (final Executable use : all)
        {
            assertMessage("device is closed", use);
        }
        assertEquals(figures, device.statistics());
        assertEquals("closed", device.name());
        assertEquals(0, window.pool.usedBytes());
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
