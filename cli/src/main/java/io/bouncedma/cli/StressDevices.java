/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Trace;
import picocli.CommandLine;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Which of a trace's devices the command line is about.
 */
final class StressDevices
{
    /** Of so many devices every pair is sized without being asked for. */
    private static final int FEW = 4;

    @CommandLine.Option(names = "--device", paramLabel = "NAME",
        description = "Leave out all devices but this one, or these: can be given several times.")
    private List<String> wanted = List.of();

    @CommandLine.Option(names = "--group", paramLabel = "NAME,NAME...",
        description = "With --find-min: size a pool that these devices share, too. Can be given several times " +
            "(default: every two devices of up to " + FEW + ").")
    private List<String> groupTexts = List.of();

    void check(final boolean isSearch, final StressPolicy policy)
    {
        if (!groupTexts.isEmpty() && (!isSearch || StressPolicy.DMB == policy))
        {
            throw new UsageException("--group " + groupTexts.getFirst() + (isSearch ?
                " has no meaning with --policy dmb, where every device has a region of its own; leave it out" :
                " has no meaning without --find-min; add it"));
        }
        for (final String text : groupTexts)
        {
            if (names(text).size() < 2 || new HashSet<>(names(text)).size() < names(text).size())
            {
                throw new UsageException("--group " + text + " is none; give two or more names with commas between, " +
                    "each once");
            }
        }
    }

    /**
     * The source with the devices alone that are wanted.
     */
    StressSource.Loaded select(final StressSource.Loaded loaded)
    {
        final Trace trace = loaded.trace();
        wanted.forEach(device -> StressGuest.requireDevice("--device", device, trace.devices()));
        return wanted.isEmpty() ? loaded : new StressSource.Loaded(
            trace.of(device -> wanted.contains(trace.devices().get(device))), loaded.seed(), loaded.imported());
    }

    /**
     * The groups to size, by the trace's numbers of their devices.
     */
    List<List<Integer>> groups(final StressPolicy policy, final List<String> devices)
    {
        if (groupTexts.isEmpty())
        {
            // Two devices are all that there are: nothing to add.
            return StressPolicy.DMB == policy || devices.size() < 3 || devices.size() > FEW ?
                List.of() : StressSizing.pairs(devices.size());
        }
        return groupTexts.stream().map(text -> names(text).stream().map(name ->
        {
            StressGuest.requireDevice("--group", name, devices);
            return devices.indexOf(name);
        }).toList()).toList();
    }

    /**
     * What a device is called, for people.
     */
    static String named(final String device)
    {
        return device.isEmpty() ? "(no name)" : device;
    }

    private static List<String> names(final String text)
    {
        return Arrays.stream(text.split(",")).map(String::trim).filter(name -> !name.isEmpty()).toList();
    }
}
