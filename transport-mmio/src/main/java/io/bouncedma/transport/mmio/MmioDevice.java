/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DeviceQueue;

/**
 * The device's side of the register map: what a read returns and what a write does. Never throws, whatever the driver
 * accesses: registers that do not exist read as zero and ignore writes, and so do accesses of the wrong width.
 */
public final class MmioDevice implements MmioOps
{
    private final DeviceController controller;
    private int deviceFeaturesSel;
    private int driverFeaturesSel;
    private int queueSel;

    /**
     * Show a device as registers.
     *
     * @param controller of the device.
     */
    public MmioDevice(final DeviceController controller)
    {
        this.controller = controller;
    }

    /**
     * How far the register map goes.
     *
     * @return bytes, the device configuration included.
     */
    public int length()
    {
        return MmioRegisters.CONFIG + controller.device().configLength();
    }

    @Override
    public int read8(final int offset)
    {
        return readConfig(offset, 1);
    }

    @Override
    public int read16(final int offset)
    {
        return readConfig(offset, 2);
    }

    @Override
    public int read32(final int offset)
    {
        return switch (offset)
        {
            case MmioRegisters.MAGIC_VALUE -> MmioRegisters.MAGIC;
            case MmioRegisters.VERSION -> MmioRegisters.VERSION_2;
            case MmioRegisters.DEVICE_ID -> controller.device().type();
            case MmioRegisters.VENDOR_ID -> MmioRegisters.VENDOR;
            case MmioRegisters.DEVICE_FEATURES -> controller.offeredFeatures().word(deviceFeaturesSel);
            case MmioRegisters.QUEUE_SIZE_MAX -> null == queue() ? 0 : queue().sizeMax();
            case MmioRegisters.QUEUE_READY -> null != queue() && queue().isReady() ? 1 : 0;
            case MmioRegisters.INTERRUPT_STATUS -> controller.interrupts();
            case MmioRegisters.STATUS -> controller.status();
            // 4.2.2: no shared memory region exists, whichever is selected.
            case MmioRegisters.SHM_LEN_LOW, MmioRegisters.SHM_LEN_HIGH,
                MmioRegisters.SHM_BASE_LOW, MmioRegisters.SHM_BASE_HIGH -> -1;
            case MmioRegisters.CONFIG_GENERATION -> controller.configGeneration();
            default -> readConfig(offset, 4);
        };
    }

    @Override
    public void write8(final int offset, final int value)
    {
        writeConfig(offset, 1, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        writeConfig(offset, 2, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        switch (offset)
        {
            case MmioRegisters.DEVICE_FEATURES_SEL -> deviceFeaturesSel = value;
            case MmioRegisters.DRIVER_FEATURES_SEL -> driverFeaturesSel = value;
            case MmioRegisters.DRIVER_FEATURES -> controller.acceptFeatures(driverFeaturesSel, value);
            case MmioRegisters.QUEUE_SEL -> queueSel = value;
            case MmioRegisters.INTERRUPT_ACK -> controller.acknowledge(value);
            case MmioRegisters.STATUS -> controller.writeStatus(value);
            // A kick: the agent looks at every queue anyway.
            case MmioRegisters.QUEUE_NOTIFY ->
            {
            }
            default ->
            {
                if (offset >= MmioRegisters.CONFIG)
                {
                    writeConfig(offset, 4, value);
                }
                else if (MmioRegisters.QUEUE_RESET == offset)
                {
                    // 4.2.2.2: done at once, so that it never reads as 1.
                    controller.resetQueue(0 == (value & 1) ? -1 : queueSel);
                }
                else if (null != queue())
                {
                    writeQueue(queue(), offset, value);
                }
            }
        }
    }

    private void writeQueue(final DeviceQueue queue, final int offset, final int value)
    {
        switch (offset)
        {
            case MmioRegisters.QUEUE_SIZE -> queue.size(value);
            case MmioRegisters.QUEUE_READY -> controller.enableQueue(queue, 0 != (value & 1));
            case MmioRegisters.QUEUE_DESC_LOW -> queue.descArea(false, value);
            case MmioRegisters.QUEUE_DESC_HIGH -> queue.descArea(true, value);
            case MmioRegisters.QUEUE_DRIVER_LOW -> queue.driverArea(false, value);
            case MmioRegisters.QUEUE_DRIVER_HIGH -> queue.driverArea(true, value);
            case MmioRegisters.QUEUE_DEVICE_LOW -> queue.deviceArea(false, value);
            case MmioRegisters.QUEUE_DEVICE_HIGH -> queue.deviceArea(true, value);
            default ->
            {
            }
        }
    }

    private DeviceQueue queue()
    {
        return controller.queue(queueSel);
    }

    private int readConfig(final int offset, final int width)
    {
        if (!isConfig(offset, width))
        {
            return 0;
        }
        int value = 0;
        for (int i = 0; i < width; i++)
        {
            value |= controller.readConfig(offset - MmioRegisters.CONFIG + i) << (Byte.SIZE * i);
        }
        return value;
    }

    private void writeConfig(final int offset, final int width, final int value)
    {
        if (isConfig(offset, width))
        {
            for (int i = 0; i < width; i++)
            {
                controller.writeConfig(offset - MmioRegisters.CONFIG + i, value >>> (Byte.SIZE * i) & 0xff);
            }
        }
    }

    private boolean isConfig(final int offset, final int width)
    {
        return offset >= MmioRegisters.CONFIG && offset <= length() - width && 0 == (offset & (width - 1));
    }
}
