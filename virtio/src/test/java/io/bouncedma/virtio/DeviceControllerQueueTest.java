/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.EventFd;
import io.bouncedma.virtio.testing.TestDoorbell;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.bouncedma.virtio.DeviceStatus.ACKNOWLEDGE;
import static io.bouncedma.virtio.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.bouncedma.virtio.DeviceStatus.DRIVER;
import static io.bouncedma.virtio.DeviceStatus.DRIVER_OK;
import static io.bouncedma.virtio.DeviceStatus.FEATURES_OK;
import static io.bouncedma.virtio.DeviceStatus.RESET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Queues behind the controller: set up rightly and wrongly, worked on, killed and brought back.
 */
final class DeviceControllerQueueTest
{
    private static final int RUNNING = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, 8);
    private final RingPair other = new RingPair(shared, 4);
    private final TestDevice device = new TestDevice();
    private final TestDoorbell used = new TestDoorbell();
    private final TestDoorbell config = new TestDoorbell();
    private final DeviceController controller = new DeviceController(device, shared.region, used, config);

    @AfterEach
    void close()
    {
        other.close();
        ring.close();
        shared.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 65535, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void shouldHaveNoOtherQueues(final int index)
    {
        assertNotNull(controller.queue(0));
        assertNotNull(controller.queue(1));
        assertNull(controller.queue(index));
    }

    @Test
    void shouldEnableQueueAfterFeaturesOkOnly()
    {
        setUp(0, ring);
        assertFalse(controller.queue(0).isReady());
        negotiate();
        controller.enableQueue(controller.queue(0), true);
        assertTrue(controller.queue(0).isReady());
        assertFalse(controller.queue(1).isReady());
        controller.enableQueue(controller.queue(0), false);
        assertFalse(controller.queue(0).isReady());
    }

    @ParameterizedTest(name = "size {0}")
    @ValueSource(ints = {0, 3, 16, 65536, -8, Integer.MIN_VALUE})
    void shouldLeaveQueueOfBadSizeDisabled(final int size)
    {
        negotiate();
        controller.queue(0).size(size);
        setAddresses(0, ring.driver.areas());
        controller.enableQueue(controller.queue(0), true);
        assertFalse(controller.queue(0).isReady());
        assertTrue(failure().contains("size=" + size), failure());
        // The driver may try again.
        controller.queue(0).size(8);
        controller.enableQueue(controller.queue(0), true);
        assertTrue(controller.queue(0).isReady());
    }

    @ParameterizedTest(name = "desc={0} driver={1} device={2}")
    @CsvSource({
        "0, 0x9000, 0xa000",
        "0x8000, 0, 0xa000",
        "0x8000, 0x9000, 0",
        "0x8001, 0x9000, 0xa000",
        "0x8000, 0x9000, 0xfff0",
        "0x100008000, 0x9000, 0xa000",
        "-16, -16, -16",
    })
    void shouldLeaveQueueOfBadAddressesDisabled(final String desc, final String driver, final String deviceArea)
    {
        negotiate();
        setAddresses(0, Long.decode(desc), Long.decode(driver), Long.decode(deviceArea));
        controller.enableQueue(controller.queue(0), true);
        assertFalse(controller.queue(0).isReady());
        assertTrue(failure().contains("must be aligned and inside the memory"), failure());
    }

    @Test
    void shouldIgnoreSizeAndAddressesWhileTheQueueIsEnabled()
    {
        start();
        controller.queue(0).size(4);
        setAddresses(0, 0, 0, 0);
        controller.enableQueue(controller.queue(0), true);
        assertEquals(16, roundTrip(ring));
        controller.enableQueue(controller.queue(0), false);
        controller.enableQueue(controller.queue(0), true);
        assertTrue(controller.queue(0).isReady());
    }

    @Test
    void shouldWaitForTheDeviceWhileAQueueIsServedOnly()
    {
        try (EventFd event = EventFd.create("device"))
        {
            device.wakeup = event.fd();
            assertNull(controller.wakeup());
            negotiate();
            setUp(0, ring);
            assertNull(controller.wakeup());
            controller.writeStatus(RUNNING);
            assertSame(event.fd(), controller.wakeup());
            controller.enableQueue(controller.queue(0), false);
            assertNull(controller.wakeup());
            controller.enableQueue(controller.queue(0), true);
            assertSame(event.fd(), controller.wakeup());
            controller.writeStatus(RESET);
            assertNull(controller.wakeup());
        }
    }

    @Test
    void shouldTouchNothingBeforeDriverOk()
    {
        negotiate();
        setUp(0, ring);
        ring.add(1, 1, 16, 1);
        ring.driver.publish();
        assertEquals(0, controller.doWork());
        assertEquals(0, ring.usedIdx());
        assertEquals(0, used.clear());
        controller.writeStatus(RUNNING);
        assertEquals(1, controller.doWork());
        assertEquals(1, ring.usedIdx());
        assertEquals(1, used.clear());
        assertEquals(VirtioTransport.INTERRUPT_USED_BUFFER, controller.interrupts());
    }

    @Test
    void shouldWorkOnAllQueuesAndRingOncePerQueue()
    {
        start();
        for (int i = 0; i < 3; i++)
        {
            ring.add(1, 1, 16, i);
            other.add(0, 1, 16, i);
        }
        ring.driver.publish();
        other.driver.publish();
        assertEquals(6, controller.doWork());
        assertEquals(2, used.clear());
        assertEquals(0, controller.doWork());
        assertEquals(0, used.clear());
    }

    @Test
    void shouldNotInterruptDriverThatAskedForQuiet()
    {
        start();
        ring.driver.disableInterrupts();
        ring.add(1, 1, 16, 1);
        ring.driver.publish();
        assertEquals(1, controller.doWork());
        assertEquals(0, used.clear());
        assertEquals(0, controller.interrupts());
    }

    @Test
    void shouldTurnKicksOffWhileItIsBusy()
    {
        start();
        device.batch = 1;
        assertTrue(publishTwo());
        assertEquals(1, controller.doWork());
        assertEquals(1, ring.usedFlags());
        ring.add(1, 1, 16, 3);
        assertFalse(ring.driver.publish());
        assertEquals(1, controller.doWork());
        assertEquals(1, controller.doWork());
        assertEquals(1, ring.usedFlags());
        assertEquals(0, controller.doWork());
        assertEquals(0, ring.usedFlags());
        ring.add(1, 1, 16, 4);
        assertTrue(ring.driver.publish());
    }

    @Test
    void shouldCountChainsThatCameInBeforeKicksWereOnAsWork()
    {
        start();
        publishTwo();
        assertEquals(2, controller.doWork());
        // It takes nothing in this round, as if the chain came just after it looked; nobody kicks for it.
        device.batch = 0;
        ring.add(1, 1, 16, 3);
        assertFalse(ring.driver.publish());
        assertEquals(1, controller.doWork());
        device.batch = 1;
        assertEquals(1, controller.doWork());
    }

    @Test
    void shouldNeitherSpinNorAskForKicksWhileTheDeviceWaitsForSomethingElse()
    {
        start();
        device.batch = 0;
        device.awaitsKick = false;
        assertTrue(publishTwo());
        for (int i = 0; i < 3; i++)
        {
            assertEquals(0, controller.doWork());
            assertEquals(1, ring.usedFlags());
        }
        ring.add(1, 1, 16, 3);
        assertFalse(ring.driver.publish());
        // What it waited for came, and this queue has chains that nobody kicks for.
        device.awaitsKick = true;
        assertEquals(1, controller.doWork());
        device.batch = 8;
        assertEquals(3, controller.doWork());
        assertEquals(0, controller.doWork());
        assertEquals(0, ring.usedFlags());
    }

    @Test
    void shouldNotifyOnceOfAConfigurationThatTheDeviceChanged()
    {
        final int before = controller.configGeneration();
        device.configVersion++;
        assertEquals(before + 1, controller.configGeneration());
        assertEquals(0, controller.doWork());
        assertEquals(0, config.clear(), "before DRIVER_OK");
        start();
        for (int i = 0; i < 2; i++)
        {
            controller.doWork();
            controller.doWork();
            assertEquals(1, config.clear());
            assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, controller.interrupts());
            assertEquals(before + 1 + i, controller.configGeneration());
            controller.acknowledge(controller.interrupts());
            device.configVersion++;
        }
    }

    @Test
    void shouldGoOnAfterABadChain()
    {
        start();
        ring.driver.add(new long[]{-1}, new int[]{16}, 0, 1, 1);
        ring.driver.publish();
        assertEquals(1, controller.doWork());
        assertTrue(ring.driver.poll());
        assertEquals(0, ring.driver.written());
        assertEquals(16, roundTrip(ring));
        assertEquals(RUNNING, controller.status());
    }

    @Test
    void shouldNeedResetWhenARingIsDeadAndWorkAgainAfterIt()
    {
        start();
        ring.availIdx(1000);
        assertEquals(0, controller.doWork());
        assertEquals(RUNNING | DEVICE_NEEDS_RESET, controller.status());
        assertEquals(1, config.clear());
        assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, controller.interrupts());
        assertTrue(failure().contains("avail.idx=1000"), failure());
        // Not one ring is touched any more.
        assertFalse(controller.queue(0).isReady());
        assertFalse(controller.queue(1).isReady());
        other.add(0, 1, 16, 1);
        other.driver.publish();
        controller.enableQueue(controller.queue(1), true);
        assertEquals(0, controller.doWork());
        assertEquals(0, other.usedIdx());
        assertEquals(0, config.clear());

        controller.writeStatus(DeviceStatus.RESET);
        try (RingPair fresh = new RingPair(shared, 8))
        {
            negotiate();
            setUp(0, fresh);
            controller.writeStatus(RUNNING);
            assertEquals(16, roundTrip(fresh));
        }
    }

    @Test
    void shouldForgetQueuesAtReset()
    {
        start();
        controller.writeStatus(DeviceStatus.RESET);
        assertFalse(controller.queue(0).isReady());
        negotiate();
        // Nothing of the old set-up is left: without addresses there is no queue.
        controller.enableQueue(controller.queue(0), true);
        assertFalse(controller.queue(0).isReady());
        ring.add(0, 1, 16, 1);
        ring.driver.publish();
        controller.writeStatus(RUNNING);
        assertEquals(0, controller.doWork());
        assertEquals(0, ring.usedIdx());
    }

    private boolean publishTwo()
    {
        ring.add(1, 1, 16, 1);
        ring.add(1, 1, 16, 2);
        return ring.driver.publish();
    }

    private int roundTrip(final RingPair pair)
    {
        pair.add(1, 1, 16, 1);
        pair.driver.publish();
        assertEquals(1, controller.doWork());
        assertTrue(pair.driver.poll());
        return pair.driver.written();
    }

    private void start()
    {
        negotiate();
        setUp(0, ring);
        setUp(1, other);
        controller.writeStatus(RUNNING);
    }

    private void negotiate()
    {
        controller.writeStatus(ACKNOWLEDGE | DRIVER);
        controller.acceptFeatures(1, 3);
        controller.writeStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
    }

    private void setUp(final int index, final RingPair pair)
    {
        controller.queue(index).size(pair.size);
        setAddresses(index, pair.driver.areas());
        controller.enableQueue(controller.queue(index), true);
    }

    private void setAddresses(final int index, final RingAreas areas)
    {
        setAddresses(index, areas.descAddress(), areas.driverAddress(), areas.deviceAddress());
    }

    private void setAddresses(final int index, final long desc, final long driver, final long deviceArea)
    {
        final DeviceQueue queue = controller.queue(index);
        queue.descArea(false, (int)desc);
        queue.descArea(true, (int)(desc >>> 32));
        queue.driverArea(true, (int)(driver >>> 32));
        queue.driverArea(false, (int)driver);
        queue.deviceArea(false, (int)deviceArea);
        queue.deviceArea(true, (int)(deviceArea >>> 32));
    }

    private String failure()
    {
        return controller.failures().last().reason();
    }
}
