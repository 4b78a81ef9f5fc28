/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.DeviceMasks;
import picocli.CommandLine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the devices of a trace ask for, if the command line tells.
 */
final class AlignMasks
{
    @CommandLine.Option(names = "--min-align-mask", paramLabel = "[DEVICE=]N",
        description = "A device's, or that of all others: one less than a power of two, 4095 for NVMe, 0 for virtio " +
            "(default: 0). Can be given for several devices.")
    private List<String> maskTexts = List.of();

    private DeviceMasks masks = DeviceMasks.NONE;

    /**
     * Look whether the masks can be, before anything takes time.
     */
    void check()
    {
        int others = 0;
        final Map<String, Integer> byDevice = new LinkedHashMap<>();
        for (final String text : maskTexts)
        {
            final int equals = text.lastIndexOf('=');
            final int mask = mask(text.substring(equals + 1), text);
            if (equals < 0)
            {
                others = mask;
            }
            else if (0 == equals)
            {
                throw new UsageException("--min-align-mask " + text + " names no device; give " +
                    text.substring(1) + " for all, or DEVICE=" + text.substring(1));
            }
            else
            {
                byDevice.put(text.substring(0, equals), mask);
            }
        }
        masks = new DeviceMasks(others, byDevice);
    }

    /**
     * Look whether the devices that they are of are there.
     *
     * @param devices of the trace.
     */
    void requireDevices(final List<String> devices)
    {
        masks.byDevice().keySet().forEach(
            device -> StressGuest.requireDevice("--min-align-mask", device, devices));
    }

    /**
     * Whether the command line says anything of them.
     */
    boolean areGiven()
    {
        return !maskTexts.isEmpty();
    }

    /**
     * As they were given.
     */
    List<String> texts()
    {
        return List.copyOf(maskTexts);
    }

    DeviceMasks get()
    {
        return masks;
    }

    /**
     * The masks in words.
     */
    @Override
    public String toString()
    {
        final StringBuilder text = new StringBuilder(Integer.toString(masks.others()));
        masks.byDevice().forEach((device, mask) -> text.append(", ").append(mask).append(" of ").append(device));
        return text.toString();
    }

    private static int mask(final String number, final String text)
    {
        try
        {
            final int mask = Integer.decode(number);
            if (DeviceMasks.isMask(mask))
            {
                return mask;
            }
        }
        catch (final NumberFormatException e)
        {
            // Told below, with what would be right.
        }
        throw new UsageException("--min-align-mask " + text + " is not one less than a power of two, 0 to " +
            DeviceMasks.MAX + "; give for example 4095, or DEVICE=4095");
    }
}
