/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What strace sees of a thread that allocates, frees, maps and unmaps: no system call for each operation. The JVM makes
 * some of its own, as when it stops its threads.
 */
@Tag("peers")
final class SystemCallsTest
{
    private static final int LIMIT_S = TestLimits.seconds(120);
    /** "1234 membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) = 0"; a call that is resumed was counted when it began. */
    private static final Pattern CALL = Pattern.compile("(\\d+) +([a-z_0-9]+)\\(.*");
    private static final Pattern MARK = Pattern.compile(".*\"" + SystemCallsWork.MARKS + "/([a-z-]+)\".*");
    /** The most for each hundred operations. */
    private static final int LIMIT = 1;

    @TempDir
    private Path directory;

    @Test
    void shouldMakeNoSystemCallForEachOperation(final TestReporter reporter) throws Exception
    {
        final Path trace = directory.resolve("trace");
        final List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", trace.toString(),
            ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--")).toList());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
            SystemCallsWork.class.getName()));
        try (PeerProcess strace = PeerProcess.start("strace", "strace", directory, Map.of(), command, peer -> {}))
        {
            final int code = strace.awaitEnd(LIMIT_S);
            if (0 != code)
            {
                throw strace.fault("ended with exit code " + code, null);
            }
        }
        final Map<String, Map<String, Integer>> parts = count(Files.readAllLines(trace, StandardCharsets.ISO_8859_1));
        reporter.publishEntry("system calls for each " + SystemCallsWork.CALLS + " operations: " + parts);
        assertEquals(6, parts.size(), parts::toString);
        parts.forEach((part, calls) ->
        {
            final int sum = calls.values().stream().mapToInt(Integer::intValue).sum();
            final int limit = LIMIT * SystemCallsWork.CALLS / 100;
            assertTrue(sum <= limit, () -> part + ": " + sum + " system calls in " + SystemCallsWork.CALLS +
                " operations, " + limit + " are the most: " + calls);
        });
    }

    /** What the thread that makes the marks calls between them. */
    private static Map<String, Map<String, Integer>> count(final List<String> trace)
    {
        final Map<String, Map<String, Integer>> parts = new LinkedHashMap<>();
        String thread = null;
        Map<String, Integer> part = null;
        for (final String line : trace)
        {
            final Matcher call = CALL.matcher(line);
            final Matcher mark = MARK.matcher(line);
            if (mark.matches() && call.matches())
            {
                thread = call.group(1);
                part = SystemCallsWork.END.equals(mark.group(1)) ? null : new TreeMap<>();
                if (null != part)
                {
                    parts.put(mark.group(1), part);
                }
            }
            else if (null != part && call.matches() && call.group(1).equals(thread))
            {
                part.merge(call.group(2), 1, Integer::sum);
            }
        }
        return parts;
    }
}
