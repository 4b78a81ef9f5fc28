/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * Whose driver maps: what is mapped for a request differs.
 */
public enum DriverModel
{
    /** Those of Linux, as they are recorded with QEMU: {@code virtio_blk}, {@code virtio_net} and so on. */
    LINUX("linux", LinuxDrivers::demand),
    /** The front-ends of this library, with their usual settings. */
    BOUNCE_DMA("bounce-dma", OwnDrivers::demand);

    private final String label;
    private final BiFunction<String, SizedDevice, DeviceDemand> model;

    DriverModel(final String label, final BiFunction<String, SizedDevice, DeviceDemand> model)
    {
        this.label = label;
        this.model = model;
    }

    /**
     * The drivers of a name.
     *
     * @param name as {@link #label()}.
     * @return the drivers.
     * @throws IllegalArgumentException if there are none, telling those that there are.
     */
    public static DriverModel named(final String name)
    {
        return Arrays.stream(values()).filter(model -> model.label.equals(name)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("no such drivers: name=" + name + ", expected one of " +
                Arrays.stream(values()).map(DriverModel::label).toList()));
    }

    /**
     * What the drivers are called.
     *
     * @return in lower case with dashes.
     */
    public String label()
    {
        return label;
    }

    /** The label: what a command's completions offer is what it takes. */
    @Override
    public String toString()
    {
        return label();
    }

    /**
     * What the driver of a device maps.
     *
     * @param name   of the device.
     * @param device its queues.
     * @return the most that it has mapped at one time.
     * @throws IllegalArgumentException if the driver can not use such queues.
     */
    public DeviceDemand demand(final String name, final SizedDevice device)
    {
        return model.apply(name, device);
    }
}
