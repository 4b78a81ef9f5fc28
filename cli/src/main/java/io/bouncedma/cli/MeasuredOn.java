/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The machine and the JVM that something is measured on: what two runs must have in common to be compared.
 */
final class MeasuredOn
{
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    /** On x86; others tell numbers. */
    private static final String MODEL = "model name";

    private MeasuredOn()
    {
    }

    static Map<String, Object> machine()
    {
        final Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("cpu", cpu());
        machine.put("cpus", Runtime.getRuntime().availableProcessors());
        machine.put("arch", System.getProperty("os.arch"));
        return machine;
    }

    static Map<String, Object> jvm()
    {
        final Map<String, Object> jvm = new LinkedHashMap<>();
        jvm.put("name", System.getProperty("java.vm.name"));
        jvm.put("version", System.getProperty("java.vm.version"));
        jvm.put("flags", flags(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        return jvm;
    }

    /**
     * The options of a JVM that can change how fast it is, without those that name files: two checkouts are compared.
     *
     * @param arguments as it was given them.
     * @return those that are left, in order.
     */
    static List<String> flags(final List<String> arguments)
    {
        return arguments.stream()
            .filter(argument -> argument.startsWith("-X"))
            .filter(argument -> !argument.startsWith("-Xlog") && !argument.startsWith("-Xshare") &&
                !argument.contains("SharedArchiveFile") && !argument.contains("SharedSpaces"))
            .toList();
    }

    private static String cpu()
    {
        try
        {
            return Files.readAllLines(CPUS, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.startsWith(MODEL))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst().orElse(null);
        }
        catch (final IOException e)
        {
            return null;
        }
    }
}
