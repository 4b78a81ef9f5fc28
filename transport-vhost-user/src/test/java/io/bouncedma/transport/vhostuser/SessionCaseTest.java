/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a front-end may do to the back-end and what comes of it, case by case: {@link SessionCase} says how to add one.
 */
@ExtendWith(OwnThread.class)
class SessionCaseTest
{
    static Stream<SessionCase> cases()
    {
        return Stream.of("headers", "memory", "rings", "requests", "descriptors", "chains", "iotlb", "log")
            .flatMap((name) -> SessionCase.read("/sessions/" + name + ".txt"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldAnswerOrCloseAndServeTheNext(final SessionCase sessionCase, @TempDir final Path directory)
    {
        final ComplementDevice device = new ComplementDevice();
        final Path path = TestFrontend.path(directory);
        final boolean isPacked = "packed".equals(sessionCase.on());
        final AtomicLong nowMs = new AtomicLong();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device).clock(
            () -> TimeUnit.MILLISECONDS.toNanos(nowMs.get())))
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                if (!"nothing".equals(sessionCase.on()))
                {
                    frontend.begin(isPacked ? TestFrontend.PACKED : TestFrontend.SPLIT);
                }
                if (isPacked || "split".equals(sessionCase.on()))
                {
                    frontend.start(0);
                }
                try (SessionCaseRunner runner = new SessionCaseRunner(frontend, device, nowMs, isPacked))
                {
                    run(sessionCase, runner);
                }
            }
            assertFalse(backend.isConnected());
            assertEquals("reset", device.events.getLast(), "device is not told that its driver is gone");
            device.holds = false;
            TestFrontend.requireServes(backend, path, isPacked ? TestFrontend.SPLIT : TestFrontend.PACKED);
        }
    }

    private static void run(final SessionCase sessionCase, final SessionCaseRunner runner)
    {
        for (final SessionCase.Step step : sessionCase.steps())
        {
            final String actual;
            try
            {
                actual = runner.run(step.words());
            }
            catch (final RuntimeException | AssertionError e)
            {
                throw new AssertionError(step.line() + ": " + step.words(), e);
            }
            final String expected = step.expected();
            if (null != expected && expected.endsWith("..."))
            {
                assertTrue(actual.startsWith(expected.substring(0, expected.length() - 3)),
                    () -> step.line() + ": expected " + expected + ", but was " + actual);
            }
            else if (null != expected)
            {
                assertEquals(expected, actual, step.line());
            }
        }
    }
}
