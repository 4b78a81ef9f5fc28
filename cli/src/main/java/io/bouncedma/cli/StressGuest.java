/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.os.Amount;
import picocli.CommandLine;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What the command line tells of the guest that a trace is of: its CPUs, and what its devices ask for.
 */
final class StressGuest
{
    private static final int MOST_SHOWN = 10;

    @CommandLine.Mixin
    private AlignMasks masks;

    @CommandLine.Mixin
    private GuestCpus cpus;

    /**
     * Look whether the options can be, before anything takes time.
     */
    void check()
    {
        cpus.check();
        masks.check();
    }

    /**
     * Look whether the devices that the options name are there.
     *
     * @param devices of the trace.
     */
    void requireDevices(final List<String> devices)
    {
        masks.requireDevices(devices);
    }

    static void requireDevice(final String option, final String device, final List<String> devices)
    {
        if (!devices.contains(device))
        {
            throw new UsageException(option + " names the device " + StressDevices.named(device) + ", which the " +
                "trace does not have; it has " + listed(devices));
        }
    }

    private static String listed(final List<String> devices)
    {
        if (devices.stream().allMatch(String::isEmpty))
        {
            return "none with a name";
        }
        return devices.stream().limit(MOST_SHOWN).map(StressDevices::named).collect(Collectors.joining(", ")) +
            (devices.size() > MOST_SHOWN ? " and " + Amount.of(devices.size() - MOST_SHOWN) + " more" : "");
    }

    /**
     * Whether the command line says anything of masks.
     */
    boolean hasMasks()
    {
        return masks.areGiven();
    }

    DeviceMasks masks()
    {
        return masks.get();
    }

    /**
     * The CPUs, or 0 if they are not known.
     */
    int cpus()
    {
        return cpus.number();
    }

    /**
     * The masks in words.
     */
    @Override
    public String toString()
    {
        return masks.toString();
    }
}
