/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.devices.Linked;
import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDriver;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A driver takes its receive queue back while the device holds a buffer of it for a frame that is too long: the buffer
 * is the driver's own again once QueueReady reads 0 (virtio 1.4, section 4.2.2.2).
 */
final class NetStoppedQueueTest
{
    private static final byte OWN = 0x55;

    @Test
    void shouldTouchNoBufferOfAQueueThatTheDriverTookBack()
    {
        final ListPort port = new ListPort();
        try (NetDevice device = new NetDevice(NetSettings.withoutControlQueue(NetFrames.MAC), List.of(port));
            Linked link = new Linked(device))
        {
            final DeviceController controller = link.transport().controller();
            final VirtioDriver driver = new VirtioDriver(
                link.transport(), link.dma(), DeviceType.NET, Features.of(NetProtocol.F_MRG_RXBUF));
            final DriverRing rx = driver.enableQueue(0, 16, 1);
            driver.enableQueue(1, 16, 1);
            driver.start();
            final CoherentBuffer old = link.add(rx, List.of(), 64).getFirst();
            port.toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH], new byte[1000]));
            assertEquals(1, controller.doWork());

            controller.enableQueue(controller.queue(0), false);
            assertFalse(controller.queue(0).isReady());
            old.view().setMemory(0, 64, OWN);
            final DriverRing again = driver.restartQueue(0);
            final CoherentBuffer fresh = link.add(again, List.of(), 2048).getFirst();
            port.toReceive.add(new ListPort.Frame(new byte[NetHeader.LENGTH], new byte[100]));
            link.settle();
            assertTrue(again.poll());
            assertEquals(NetHeader.LENGTH + 100, again.written(), "the frame that waited went with its queue");
            assertEquals(0, fresh.view().getByte(NetHeader.LENGTH));
            for (int i = 0; i < 64; i++)
            {
                assertEquals(OWN, old.view().getByte(i));
            }
            assertEquals(0, controller.status() & DeviceStatus.DEVICE_NEEDS_RESET);
            assertEquals(1, device.counters().dropped(NetDrop.STOPPED));
            driver.close();
        }
    }
}
