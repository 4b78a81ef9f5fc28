/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

/**
 * The driver's side of virtio-mmio version 2 (virtio 1.4, section 4.2.3), over any {@link MmioOps}.
 */
public final class MmioTransport implements VirtioTransport
{
    private final MmioOps ops;
    private final MmioNotifications notifications;
    private final Waiting waiting;
    private final DriverClaim claim;

    /**
     * Drive the device behind some registers, to which nothing else leads.
     *
     * @param ops           to reach the registers by.
     * @param notifications to kick and be interrupted by.
     * @param waiting       how to wait for the device.
     */
    public MmioTransport(final MmioOps ops, final MmioNotifications notifications, final Waiting waiting)
    {
        this(ops, notifications, waiting, new DriverClaim());
    }

    /**
     * Drive the device behind some registers.
     *
     * @param ops           to reach the registers by.
     * @param notifications to kick and be interrupted by.
     * @param waiting       how to wait for the device.
     * @param claim         of all transports to the device.
     */
    public MmioTransport(
        final MmioOps ops, final MmioNotifications notifications, final Waiting waiting, final DriverClaim claim)
    {
        this.ops = ops;
        this.notifications = notifications;
        this.waiting = waiting;
        this.claim = claim;
    }

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    @Override
    public int probe()
    {
        final int magic = ops.read32(MmioRegisters.MAGIC_VALUE);
        if (MmioRegisters.MAGIC != magic)
        {
            throw new VirtioException("no virtio-mmio device is there: MagicValue=0x" + Integer.toHexString(magic) +
                ", expected=0x" + Integer.toHexString(MmioRegisters.MAGIC));
        }
        final int version = ops.read32(MmioRegisters.VERSION);
        if (MmioRegisters.VERSION_2 != version)
        {
            throw new VirtioException("virtio-mmio version is not supported: Version=" +
                Integer.toUnsignedString(version) + ", expected=" + MmioRegisters.VERSION_2 + " (1 is legacy)");
        }
        // 4.2.3.1.1: with a DeviceID of zero no further register is accessed.
        return ops.read32(MmioRegisters.DEVICE_ID);
    }

    @Override
    public void reset()
    {
        ops.write32(MmioRegisters.STATUS, DeviceStatus.RESET);
        final Waiting.Wait wait = waiting.start("end of the device's reset");
        while (DeviceStatus.RESET != ops.read32(MmioRegisters.STATUS))
        {
            wait.pause();
        }
        // What was rung before the reset is about rings that are gone.
        notifications.takeInterrupts();
    }

    @Override
    public Features deviceFeatures()
    {
        Features features = Features.NONE;
        for (int word = 0; word < Features.WORDS; word++)
        {
            ops.write32(MmioRegisters.DEVICE_FEATURES_SEL, word);
            features = features.withWord(word, ops.read32(MmioRegisters.DEVICE_FEATURES));
        }
        return features;
    }

    @Override
    public void driverFeatures(final Features features)
    {
        for (int word = 0; word < Features.WORDS; word++)
        {
            ops.write32(MmioRegisters.DRIVER_FEATURES_SEL, word);
            ops.write32(MmioRegisters.DRIVER_FEATURES, features.word(word));
        }
    }

    @Override
    public int status()
    {
        return ops.read32(MmioRegisters.STATUS);
    }

    @Override
    public void status(final int status)
    {
        if (DeviceStatus.RESET == status)
        {
            throw new IllegalArgumentException("use reset() to reset the device: status=0");
        }
        ops.write32(MmioRegisters.STATUS, status);
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        ops.write32(MmioRegisters.QUEUE_SEL, queue);
        return ops.read32(MmioRegisters.QUEUE_SIZE_MAX);
    }

    @Override
    public void enableQueue(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        ops.write32(MmioRegisters.QUEUE_SEL, queue);
        if (0 != ops.read32(MmioRegisters.QUEUE_READY))
        {
            throw new VirtioException("queue is in use already: queue=" + queue);
        }
        ops.write32(MmioRegisters.QUEUE_SIZE, size);
        ops.write32(MmioRegisters.QUEUE_DESC_LOW, (int)descArea);
        ops.write32(MmioRegisters.QUEUE_DESC_HIGH, (int)(descArea >>> Integer.SIZE));
        ops.write32(MmioRegisters.QUEUE_DRIVER_LOW, (int)driverArea);
        ops.write32(MmioRegisters.QUEUE_DRIVER_HIGH, (int)(driverArea >>> Integer.SIZE));
        ops.write32(MmioRegisters.QUEUE_DEVICE_LOW, (int)deviceArea);
        ops.write32(MmioRegisters.QUEUE_DEVICE_HIGH, (int)(deviceArea >>> Integer.SIZE));
        ops.write32(MmioRegisters.QUEUE_READY, 1);
        if (1 != ops.read32(MmioRegisters.QUEUE_READY))
        {
            throw new VirtioException("device refuses the queue: queue=" + queue + ", size=" + size +
                ", descArea=0x" + Long.toHexString(descArea) + ", driverArea=0x" + Long.toHexString(driverArea) +
                ", deviceArea=0x" + Long.toHexString(deviceArea));
        }
    }

    @Override
    public void resetQueue(final int queue)
    {
        ops.write32(MmioRegisters.QUEUE_SEL, queue);
        ops.write32(MmioRegisters.QUEUE_RESET, 1);
        final Waiting.Wait wait = waiting.start("end of the reset of queue " + queue);
        // 4.2.3.4: both, as a device that does not know the register shows zero there.
        while (0 != (ops.read32(MmioRegisters.QUEUE_RESET) | ops.read32(MmioRegisters.QUEUE_READY)))
        {
            wait.pause();
        }
    }

    @Override
    public Features lacking()
    {
        return notifications.carriesData() ? Features.NONE : Features.of(FeatureBits.NOTIFICATION_DATA);
    }

    @Override
    public void kick(final int queue, final int next)
    {
        notifications.kick(queue, next);
    }

    @Override
    public int takeInterrupts()
    {
        return notifications.takeInterrupts();
    }

    @Override
    public long readConfig(final int offset, final int width)
    {
        final int at = MmioRegisters.CONFIG + offset;
        return switch (width)
        {
            case 1 -> ops.read8(at);
            case 2 -> ops.read16(at);
            case 4 -> Integer.toUnsignedLong(ops.read32(at));
            case 8 -> readConfig64(at);
            default -> throw badWidth(offset, width);
        };
    }

    @Override
    public void writeConfig(final int offset, final int width, final long value)
    {
        final int at = MmioRegisters.CONFIG + offset;
        switch (width)
        {
            case 1 -> ops.write8(at, (int)value);
            case 2 -> ops.write16(at, (int)value);
            case 4 -> ops.write32(at, (int)value);
            case 8 ->
            {
                ops.write32(at, (int)value);
                ops.write32(at + Integer.BYTES, (int)(value >>> Integer.SIZE));
            }
            default -> throw badWidth(offset, width);
        }
    }

    /**
     * 2.5.1: two halves are one value only if the generation did not change between them.
     *
     * @param at offset of the field in the register map.
     * @return the value.
     */
    private long readConfig64(final int at)
    {
        final Waiting.Wait wait = waiting.start("stable configuration");
        while (true)
        {
            final int before = ops.read32(MmioRegisters.CONFIG_GENERATION);
            final long low = Integer.toUnsignedLong(ops.read32(at));
            final long high = Integer.toUnsignedLong(ops.read32(at + Integer.BYTES));
            if (before == ops.read32(MmioRegisters.CONFIG_GENERATION))
            {
                return high << Integer.SIZE | low;
            }
            wait.pause();
        }
    }

    private static IllegalArgumentException badWidth(final int offset, final int width)
    {
        return new IllegalArgumentException(
            "a configuration field has 1, 2, 4 or 8 bytes: width=" + width + ", offset=" + offset);
    }
}
