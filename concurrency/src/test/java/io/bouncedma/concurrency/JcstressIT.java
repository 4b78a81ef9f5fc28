/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.concurrency;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
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
 * {@code -Djcstress.mode=default} longer,
 * {@code -Djcstress.strides=40} with more states at a time.
 */
class JcstressIT
{
    /**
     * One JVM for each test, which interprets first and compiles then; to have every pair of interpreter and compilers
     * in a JVM of its own would take nine times as long.
     */
    private static final List<String> OPTIONS = List.of("-m", System.getProperty("jcstress.mode", "quick"),
        "-sc", System.getProperty("jcstress.split", "false"), "-af", "NONE", "-iters", "10", "-hs", "256",
        "-strideSize", "64");
    private static final Pattern ALL_GOOD = Pattern.compile(
        "Failed tests: No matches.\\s+Error tests: No matches.\\s+All remaining tests: (\\d+)");
    /** The annotation processor's list of the tests, a line each that begins with the length of a name and the name. */
    private static final Path LIST = Path.of("target", "test-classes", "META-INF", "TestList");
    private static final Pattern LISTED = Pattern.compile("^JCTEST\\d+S([\\w.]+?)\\d+Sio\\.");
    private static final String TESTS = System.getProperty("jcstress.tests");
    /** A state of the pool's tests is large: few at a time. More of them meet more often. */
    private static final int FEW = 10;
    private static final int MORE = 40;

    static Stream<Arguments> groups()
    {
        return null != TESTS ? Stream.of(Arguments.of(TESTS, Integer.getInteger("jcstress.strides", FEW))) :
            Stream.of(Arguments.of("io.bouncedma.(pool|dma)", FEW), Arguments.of("io.bouncedma.virtio", MORE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("groups")
    void shouldSeeNoForbiddenOutcome(final String tests, final int strides) throws IOException, InterruptedException
    {
        final Path directory =
            Path.of("target", "jcstress", tests.replaceAll("[^A-Za-z]+", "-")).toAbsolutePath();
        Files.createDirectories(directory);
        final Path log = directory.resolve("jcstress.log");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath()));
        command.addAll(flags().toList());
        command.add("org.openjdk.jcstress.Main");
        command.addAll(OPTIONS);
        // Its JVMs inherit its flags. Any of their own keeps it from trying each test with several sets of flags.
        command.addAll(List.of("-strideCount", Integer.toString(strides), "-t", tests,
            "-r", directory.resolve("report").toString(), "-jvmArgs", "-XX:+UseSerialGC"));
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
            final Matcher good = ALL_GOOD.matcher(results);
            assertTrue(good.find(), results);
            final long expected = listed(tests);
            assertTrue(expected > 0 && Integer.parseInt(good.group(1)) >= expected,
                () -> "tests=" + expected + ", " + results);
        }
        finally
        {
            jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
            jcstress.destroyForcibly();
        }
    }

    private static long listed(final String tests) throws IOException
    {
        final Pattern wanted = Pattern.compile(tests);
        try (Stream<String> lines = Files.lines(LIST))
        {
            return lines.map(LISTED::matcher)
                .filter(line -> line.find() && wanted.matcher(line.group(1)).find())
                .count();
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
