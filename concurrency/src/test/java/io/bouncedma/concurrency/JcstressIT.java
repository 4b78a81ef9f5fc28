/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.concurrency;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Runs the jcstress tests of this module in a JVM of their own and fails on any outcome that is forbidden, on any error
 * and if a test did not run. What they counted is in {@code target/jcstress}.
 * <p>
 * {@code -Djcstress.tests=StripeLock} runs some of them only, {@code -Djcstress.split=true} each of them nine times,
 * {@code -Djcstress.mode=default} longer.
 */
class JcstressIT
{
    /**
     * One JVM for each test, which interprets first and compiles then; to have every pair of interpreter and compilers
     * in a JVM of its own would take nine times as long. The state of a test is large: few at a time.
     */
    private static final List<String> OPTIONS = List.of("-m", System.getProperty("jcstress.mode", "quick"),
        "-sc", System.getProperty("jcstress.split", "false"), "-af", "NONE", "-iters", "10", "-hs", "256",
        "-strideSize", "64", "-strideCount", "10");
    private static final Pattern ALL_GOOD = Pattern.compile(
        "Failed tests: No matches.\\s+Error tests: No matches.\\s+All remaining tests: [1-9]");
    private static final String TESTS = System.getProperty("jcstress.tests", "io.bouncedma");

    @Test
    void shouldSeeNoForbiddenOutcome() throws IOException, InterruptedException
    {
        final Path directory = Path.of("target", "jcstress").toAbsolutePath();
        Files.createDirectories(directory);
        final Path log = directory.resolve("jcstress.log");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath()));
        command.addAll(flags().toList());
        command.add("org.openjdk.jcstress.Main");
        command.addAll(OPTIONS);
        // Its JVMs inherit its flags. Any of their own keeps it from trying each test with several sets of flags.
        command.addAll(List.of("-t", TESTS, "-r", directory.resolve("report").toString(), "-jvmArgs",
            "-XX:+UseSerialGC"));
        final Process jcstress = new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
        try
        {
            final int code = jcstress.waitFor();
            final String text = Files.readString(log);
            final String results = text.substring(Math.max(0, text.indexOf("RUN RESULTS:")));
            assertEquals(0, code, results);
            assertTrue(ALL_GOOD.matcher(results).find(), results);
        }
        finally
        {
            jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
            jcstress.destroyForcibly();
        }
    }

    /** The flags of this JVM that the product needs. */
    private static Stream<String> flags()
    {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> flag.startsWith("--"));
    }

    private static String classPath()
    {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    }
}
