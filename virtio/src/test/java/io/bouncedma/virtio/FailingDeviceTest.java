/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

import static io.bouncedma.virtio.DeviceStatus.ACKNOWLEDGE;
import static io.bouncedma.virtio.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.bouncedma.virtio.DeviceStatus.DRIVER;
import static io.bouncedma.virtio.DeviceStatus.DRIVER_OK;
import static io.bouncedma.virtio.DeviceStatus.FEATURES_OK;
import static io.bouncedma.virtio.DeviceStatus.RESET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A device can not end the service that it runs in, whatever it throws and whenever, and every queue that stops is
 * taken from it, however it stops.
 */
final class FailingDeviceTest
{
    private static final int RUNNING = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, 8);
    private final RingPair other = new RingPair(shared, 8);
    private final List<String> events = new ArrayList<>();
    private final TestDoorbell used = new TestDoorbell();
    private final TestDoorbell config = new TestDoorbell();
    private final Device device = new Device();
    private final DeviceController controller = new DeviceController(device, shared.region, used, config);

    @AfterEach
    void close()
    {
        other.close();
        ring.close();
        shared.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "process, working on queue 0", "awaitsKick, working on queue 0", "activate, being activated",
        "configVersion, saying how often its configuration changed", "readConfig, reading its configuration at 1",
        "writeConfig, writing its configuration at 2", "wakeup, saying what it waits for",
        "resetQueue, giving queue 0 back"})
    void shouldNeedAResetWhereTheDeviceThrows(final String method, final String when)
    {
        if (!"activate".equals(method))
        {
            start();
        }
        device.failing = method;
        if ("activate".equals(method))
        {
            start();
        }
        for (int i = 0; i < 3; i++)
        {
            controller.doWork();
            controller.readConfig(1);
            controller.writeConfig(2, 3);
            controller.configGeneration();
            controller.wakeup();
            controller.enableQueue(controller.queue(1), false);
        }
        assertEquals(RUNNING | DEVICE_NEEDS_RESET, controller.status());
        final Failures.Entry last = controller.failures().last();
        // Of its queues, the other one as it was out of order then.
        assertEquals("resetQueue".equals(method) ? 2 : 1, last.count());
        final String beginning =
            "device failed when " + when + ": java.lang.IllegalStateException: " + method + " fails, at ";
        assertTrue(last.reason().startsWith(beginning + Device.class.getName()), last.reason());
        // 2.1.2: the driver is told once, and both queues are the driver's again.
        assertEquals(1, config.clear());
        assertFalse(controller.queue(0).isReady());
        assertFalse(controller.queue(1).isReady());
        assertTrue(events.containsAll(List.of("resetQueue 0", "resetQueue 1")), events::toString);
        assertNull(controller.wakeup());

        device.failing = null;
        controller.writeStatus(RESET);
        assertEquals(RESET, controller.status());
        assertEquals(1, controller.readConfig(1));
        try (RingPair fresh = new RingPair(shared, 8))
        {
            negotiate();
            setUp(0, fresh);
            controller.writeStatus(RUNNING);
            fresh.add(1, 1, 16, 1);
            fresh.driver.publish();
            assertEquals(1, controller.doWork());
            assertTrue(fresh.driver.poll());
        }
        assertEquals(RUNNING, controller.status());
    }

    @Test
    void shouldGiveTheDriverItsResetAlsoWhereTheDeviceThrowsThere()
    {
        start();
        device.failing = "reset";
        controller.writeStatus(RESET);
        assertEquals(RESET, controller.status());
        final String reason = controller.failures().last().reason();
        assertTrue(reason.startsWith("device failed when being reset: "), reason);
        assertFalse(controller.queue(0).isReady());
        device.failing = "resetQueue";
        start();
        controller.writeStatus(RESET);
        assertEquals(RESET, controller.status());
        assertEquals(0, controller.interrupts());
    }

    @Test
    void shouldActivateNothingThatNeedsAReset()
    {
        negotiate();
        device.failing = "readConfig";
        assertEquals(0, controller.readConfig(0));
        events.clear();
        controller.writeStatus(RUNNING);
        assertEquals(RUNNING | DEVICE_NEEDS_RESET, controller.status());
        assertEquals(List.of(), events);
    }

    @Test
    void shouldNotBlameTheDeviceForADoorbell()
    {
        final DeviceController rung = new DeviceController(device, shared.region, new Doorbell()
        {
            @Override
            public void ring()
            {
                throw new IllegalStateException("hypervisor is gone");
            }

            @Override
            public long clear()
            {
                return 0;
            }
        }, config);
        start(rung);
        ring.add(1, 1, 16, 1);
        ring.driver.publish();
        assertEquals("hypervisor is gone", assertThrows(IllegalStateException.class, rung::doWork).getMessage());
        assertEquals(0, rung.failures().last().count());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"not ready", "RING_RESET", "reset", "dead ring"})
    void shouldTellTheDeviceOfEveryQueueThatStops(final String how)
    {
        start();
        events.clear();
        switch (how)
        {
            case "not ready" -> controller.enableQueue(controller.queue(0), false);
            case "RING_RESET" -> controller.resetQueue(0);
            case "reset" -> controller.writeStatus(RESET);
            default ->
            {
                ring.availIdx(1000);
                controller.doWork();
            }
        }
        final boolean isAll = "reset".equals(how) || "dead ring".equals(how);
        final List<String> expected = new ArrayList<>(List.of("resetQueue 0"));
        if (isAll)
        {
            expected.add("resetQueue 1");
        }
        if ("reset".equals(how))
        {
            expected.add("reset");
        }
        assertEquals(expected, events);
        // Once: there is nothing more to take back.
        controller.enableQueue(controller.queue(0), false);
        assertEquals(expected, events);
    }

    private void start()
    {
        start(controller);
    }

    private void start(final DeviceController of)
    {
        negotiate(of);
        setUp(of, 0, ring);
        setUp(of, 1, other);
        of.writeStatus(RUNNING);
    }

    private void negotiate()
    {
        negotiate(controller);
    }

    private static void negotiate(final DeviceController of)
    {
        of.writeStatus(ACKNOWLEDGE | DRIVER);
        of.acceptFeatures(1, 3 | 1 << FeatureBits.RING_RESET - 32);
        of.writeStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
    }

    private void setUp(final int index, final RingPair pair)
    {
        setUp(controller, index, pair);
    }

    private static void setUp(final DeviceController of, final int index, final RingPair pair)
    {
        final DeviceQueue queue = of.queue(index);
        final RingAreas areas = pair.driver.areas();
        queue.size(pair.size);
        queue.descArea(false, (int)areas.descAddress());
        queue.driverArea(false, (int)areas.driverAddress());
        queue.deviceArea(false, (int)areas.deviceAddress());
        of.enableQueue(queue, true);
    }

    /** Throws in one of its methods. */
    private final class Device implements VirtioDevice
    {
        private final TestDevice honest = new TestDevice();
        private String failing;

        @Override
        public int type()
        {
            return honest.type();
        }

        @Override
        public int queueCount()
        {
            return honest.queueCount();
        }

        @Override
        public int configLength()
        {
            return honest.configLength();
        }

        @Override
        public int readConfig(final int offset)
        {
            call("readConfig");
            return honest.readConfig(offset);
        }

        @Override
        public void writeConfig(final int offset, final int value)
        {
            call("writeConfig");
        }

        @Override
        public void activate(final Features negotiated)
        {
            events.add("activate");
            call("activate");
        }

        @Override
        public int process(final int queue, final DeviceRing at)
        {
            call("process");
            return honest.process(queue, at);
        }

        @Override
        public boolean awaitsKick(final int queue)
        {
            call("awaitsKick");
            return true;
        }

        @Override
        public Fd wakeup()
        {
            call("wakeup");
            return null;
        }

        @Override
        public int configVersion()
        {
            call("configVersion");
            return 0;
        }

        @Override
        public void resetQueue(final int queue)
        {
            events.add("resetQueue " + queue);
            call("resetQueue");
        }

        @Override
        public void reset()
        {
            events.add("reset");
            call("reset");
        }

        private void call(final String method)
        {
            if (method.equals(failing))
            {
                throw new IllegalStateException(method + " fails");
            }
        }
    }
}
