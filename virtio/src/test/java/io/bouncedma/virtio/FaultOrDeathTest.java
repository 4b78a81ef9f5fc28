/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

import static io.bouncedma.virtio.DeviceStatus.ACKNOWLEDGE;
import static io.bouncedma.virtio.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.bouncedma.virtio.DeviceStatus.DRIVER;
import static io.bouncedma.virtio.DeviceStatus.DRIVER_OK;
import static io.bouncedma.virtio.DeviceStatus.FEATURES_OK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A fault of a chain is told from the death of a ring, behind the controller, on every kind of ring: the first is given
 * back empty and the queue goes on (cloud-hypervisor #8401: it stalled); the second ends in DEVICE_NEEDS_RESET, as
 * QEMU's model does (status 0x4f; virtiofsd asserted and died), and a reset makes it whole.
 */
final class FaultOrDeathTest
{
    private static final int SIZE = 4;
    private static final int RUNNING = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;

    private final CaseMemory memory = new CaseMemory(1 << 16);
    private final TestDevice device = new TestDevice();
    private final TestDoorbell used = new TestDoorbell();
    private final TestDoorbell config = new TestDoorbell();
    private final DeviceController controller = new DeviceController(device, memory.shared.region, used, config);

    @AfterEach
    void close()
    {
        memory.close();
    }

    @ParameterizedTest(name = "packed {0}, tables {1}, event index {2}, in order {3}")
    @CsvSource({
        "false, false, false, false", "false, true, true, false", "false, false, true, true", "false, true, true, true",
        "true, false, false, false", "true, true, true, false", "true, false, true, true", "true, true, true, true"
    })
    void shouldTellFaultFromDeathAndWorkAgainAfterReset(
        final boolean isPacked, final boolean hasTables, final boolean hasEventIndex, final boolean isInOrder)
    {
        final Features features = features(isPacked, hasTables, hasEventIndex, isInOrder);
        try (DriverRing ring = start(features))
        {
            // Readable behind writable can not be made by our driver role; an address outside the region can.
            final RawDriver raw = new RawDriver(ring.areas(), memory, 0);
            add(ring, memory.shared.region.length(), 1);
            assertEquals(1, controller.doWork());
            assertTrue(ring.poll());
            assertEquals(1, ring.token());
            assertEquals(0, ring.written());
            assertEquals(0, ring.overclaims());
            assertEquals(RUNNING, controller.status());
            assertNull(failure());
            // The good one behind the bad one.
            assertEquals(16, roundTrip(ring));
            assertEquals(SIZE, ring.freeDescriptors());
            used.clear();

            kill(raw, isPacked);
            assertEquals(0, controller.doWork());
            assertEquals(RUNNING | DEVICE_NEEDS_RESET, controller.status());
            assertEquals(1, config.clear());
            assertEquals(0, used.clear());
            assertTrue(0 != (controller.interrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE));
            assertTrue(failure().startsWith("driver made more"), failure());
            assertFalse(controller.queue(0).isReady());
            // Whatever the driver does but reset: enabling, setting the status, new chains.
            setUp(ring.areas());
            controller.writeStatus(RUNNING);
            final byte[] all = memory.all();
            assertEquals(0, controller.doWork());
            assertEquals(RUNNING | DEVICE_NEEDS_RESET, controller.status());
            assertEquals(-1, Arrays.mismatch(all, memory.all()), "a dead ring was written to");
            assertEquals(0, config.clear());
        }
        controller.writeStatus(DeviceStatus.RESET);
        assertEquals(DeviceStatus.RESET, controller.status());
        try (DriverRing ring = start(features))
        {
            assertEquals(16, roundTrip(ring));
            assertEquals(16, roundTrip(ring));
            assertEquals(RUNNING, controller.status());
        }
    }

    /** RING_RESET, virtio 1.4, section 2.6.1: one queue, with chains taken and available. */
    @ParameterizedTest(name = "packed {0}")
    @CsvSource({"false", "true"})
    void shouldForgetWhatWasAvailableWhenTheQueueIsReset(final boolean isPacked)
    {
        final Features features = features(isPacked, false, false, false).with(FeatureBits.RING_RESET);
        try (DriverRing ring = start(features))
        {
            device.batch = 1;
            add(ring, 0x8000, 1);
            add(ring, 0x8000, 2);
            assertEquals(1, controller.doWork());
            controller.resetQueue(0);
            assertFalse(controller.queue(0).isReady());
            assertEquals(0, controller.doWork());
            assertTrue(ring.poll());
            assertFalse(ring.poll());
        }
        device.batch = Integer.MAX_VALUE;
        try (DriverRing ring = queue(features))
        {
            assertEquals(16, roundTrip(ring));
            assertEquals(RUNNING, controller.status());
        }
    }

    /** More than the ring has: an index that jumps, or descriptors without end. */
    private static void kill(final RawDriver raw, final boolean isPacked)
    {
        if (!isPacked)
        {
            raw.run(new String[]{"availidx", "1000"});
            return;
        }
        for (int slot = 0; slot < SIZE; slot++)
        {
            // With tables the ring is half around, without it is all around: the lower half is of the next lap.
            final boolean isLater = slot < raw.size / 2;
            raw.run(new String[]{"desc", String.valueOf(slot), (isLater ? "rnu" : "rna") + ":0x8000+16"});
        }
    }

    private int roundTrip(final DriverRing ring)
    {
        add(ring, 0x8000, 7);
        assertEquals(1, controller.doWork());
        assertTrue(ring.poll());
        assertEquals(7, ring.token());
        assertFalse(ring.poll());
        return ring.written();
    }

    private static void add(final DriverRing ring, final long address, final long token)
    {
        assertTrue(ring.add(new long[]{0x8000, address}, new int[]{16, 16}, 1, 1, token) >= 0);
        ring.publish();
    }

    private DriverRing start(final Features features)
    {
        controller.writeStatus(ACKNOWLEDGE | DRIVER);
        for (int word = 0; word < Features.WORDS; word++)
        {
            controller.acceptFeatures(word, features.word(word));
        }
        controller.writeStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        final DriverRing ring = queue(features);
        controller.writeStatus(RUNNING);
        return ring;
    }

    private DriverRing queue(final Features features)
    {
        final CoherentBuffer buffer =
            memory.shared.dma.allocateCoherent(Rings.memoryLength(features, SIZE, SIZE), RingFormat.CACHE_LINE);
        assertNotNull(buffer);
        final DriverRing ring = Rings.driver(features, SIZE, SIZE, buffer);
        setUp(ring.areas());
        assertTrue(controller.queue(0).isReady(), failure());
        return ring;
    }

    private void setUp(final RingAreas areas)
    {
        final DeviceQueue queue = controller.queue(0);
        queue.size(SIZE);
        queue.descArea(false, (int)areas.descAddress());
        queue.driverArea(false, (int)areas.driverAddress());
        queue.deviceArea(false, (int)areas.deviceAddress());
        controller.enableQueue(queue, true);
    }

    private static Features features(
        final boolean isPacked, final boolean hasTables, final boolean hasEventIndex, final boolean isInOrder)
    {
        Features features = Features.MANDATORY;
        features = isPacked ? features.with(FeatureBits.RING_PACKED) : features;
        features = hasTables ? features.with(FeatureBits.INDIRECT_DESC) : features;
        features = hasEventIndex ? features.with(FeatureBits.EVENT_IDX) : features;
        return isInOrder ? features.with(FeatureBits.IN_ORDER) : features;
    }

    private String failure()
    {
        return controller.failures().last().reason();
    }
}
