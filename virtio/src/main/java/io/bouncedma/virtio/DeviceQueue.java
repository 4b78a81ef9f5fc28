/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;

/**
 * The device's side of one queue: what the driver wrote about it, and its ring once it is enabled.
 */
public final class DeviceQueue
{
    private final int index;
    private final int sizeMax;
    private int size;
    private long descArea;
    private long driverArea;
    private long deviceArea;
    /** Volatile for those who look at its figures. */
    private volatile ServedRing served;

    DeviceQueue(final int index, final int sizeMax)
    {
        this.index = index;
        this.sizeMax = sizeMax;
        reset();
    }

    /**
     * How large the queue may be.
     *
     * @return entries.
     */
    public int sizeMax()
    {
        return sizeMax;
    }

    /**
     * Set the size; ignored while the queue is enabled (virtio 1.4, section 4.2.2.2).
     *
     * @param value entries, any value: checked when the queue is enabled.
     */
    public void size(final int value)
    {
        size = isReady() ? size : value;
    }

    /**
     * Set one half of the descriptor area's bus address; ignored while the queue is enabled.
     *
     * @param isHigh whether these are the bits 32 to 63.
     * @param value  32 bits.
     */
    public void descArea(final boolean isHigh, final int value)
    {
        descArea = isReady() ? descArea : half(descArea, isHigh, value);
    }

    /**
     * Set one half of the driver area's bus address; ignored while the queue is enabled.
     *
     * @param isHigh whether these are the bits 32 to 63.
     * @param value  32 bits.
     */
    public void driverArea(final boolean isHigh, final int value)
    {
        driverArea = isReady() ? driverArea : half(driverArea, isHigh, value);
    }

    /**
     * Set one half of the device area's bus address; ignored while the queue is enabled.
     *
     * @param isHigh whether these are the bits 32 to 63.
     * @param value  32 bits.
     */
    public void deviceArea(final boolean isHigh, final int value)
    {
        deviceArea = isReady() ? deviceArea : half(deviceArea, isHigh, value);
    }

    /**
     * Whether the queue is enabled.
     *
     * @return true once the device uses it.
     */
    public boolean isReady()
    {
        return null != served;
    }

    /** Which queue of the device it is. */
    int index()
    {
        return index;
    }

    int size()
    {
        return size;
    }

    /** Null unless the queue is enabled. */
    ServedRing served()
    {
        return served;
    }

    void enable(final BusMemory memory, final Features negotiated)
    {
        if (size > sizeMax)
        {
            throw new IllegalArgumentException("queue is larger than it may be: size=" + size + ", max=" + sizeMax);
        }
        served = new ServedRing(Rings.device(negotiated,
            RingAreas.at(RingFormat.of(negotiated), size, memory, descArea, driverArea, deviceArea)));
    }

    void disable()
    {
        served = null;
    }

    void reset()
    {
        served = null;
        size = sizeMax;
        descArea = 0;
        driverArea = 0;
        deviceArea = 0;
    }

    private static long half(final long address, final boolean isHigh, final int value)
    {
        final long mask = 0xffff_ffffL;
        return isHigh ? address & mask | (long)value << Integer.SIZE : address & ~mask | value & mask;
    }
}
