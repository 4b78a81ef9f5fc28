/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.UnixDatagram;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a service manager says by variables: meant for another process, or nonsense.
 */
final class ServiceEnvironmentTest
{
    private static final long PID = 42;

    @TempDir
    private Path directory;

    /** Descriptors of that number are this process's own, and are not to be touched. */
    @Test
    void shouldTakeNoSocketsThatAnotherProcessIsPassed()
    {
        for (final Map<String, String> environment : List.of(
            Map.of("LISTEN_FDS", "1"), Map.of("LISTEN_FDS", "1", "LISTEN_PID", "43")))
        {
            try (PassedSockets passed = PassedSockets.of(environment, PID))
            {
                assertDoesNotThrow(passed::requireAllTaken);
            }
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "-1", "65", "999", "1000", "one"})
    void shouldRefuseANumberOfSocketsThatIsNone(final String count)
    {
        final Map<String, String> environment = new HashMap<>(Map.of("LISTEN_PID", "42"));
        environment.put("LISTEN_FDS", count);
        assertTrue(assertThrows(UsageException.class, () -> PassedSockets.of(environment, PID)).getMessage()
            .startsWith("LISTEN_FDS=" + (null == count ? "" : count) + " in the environment can not be: "));
    }

    /** Whatever is open here by the number of the first one, nobody listens there. */
    @ParameterizedTest
    @CsvSource({"'',''", ":,''", "disk:net, ' (disk)'", "a\u001b[2J, ' (a\\u001b[2J)'"})
    void shouldCallSocketsByTheirNames(final String names, final String expected)
    {
        final Map<String, String> environment =
            Map.of("LISTEN_PID", "42", "LISTEN_FDS", "1", "LISTEN_FDNAMES", names);
        final UsageException e = assertThrows(UsageException.class, () -> PassedSockets.of(environment, PID));
        assertTrue(e.getMessage().startsWith("LISTEN_FDS passes descriptor 3" + expected +
            ", which is no listening Unix socket: "), e::getMessage);
    }

    @Test
    void shouldBeatForItselfOnly()
    {
        final List<String> log = new ArrayList<>();
        assertNotNull(heart(Map.of("WATCHDOG_USEC", "1000", "WATCHDOG_PID", "42"), log));
        assertNotNull(heart(Map.of("WATCHDOG_USEC", "1000"), log));
        assertNull(heart(Map.of("WATCHDOG_USEC", "1000", "WATCHDOG_PID", "43"), log));
        assertNull(heart(Map.of(), log));
        assertEquals(List.of(), log);
        assertNull(heart(Map.of("WATCHDOG_USEC", "0"), log));
        assertNull(heart(Map.of("WATCHDOG_USEC", "soon"), log));
        assertNull(heart(Map.of("WATCHDOG_USEC", "9".repeat(19)), log));
        assertEquals(List.of("WATCHDOG_USEC=0 in the environment can not be: no heartbeat is sent",
            "WATCHDOG_USEC=soon in the environment can not be: no heartbeat is sent",
            "WATCHDOG_USEC=9999999999999999999 in the environment can not be: no heartbeat is sent"), log);
    }

    /** At once, and then each time that half of what the manager allows is over. */
    @Test
    void shouldBeatTwiceInTheTimeOfTheManager() throws Exception
    {
        final AtomicLong ns = new AtomicLong(7);
        final Path address = directory.resolve("notify");
        try (UnixDatagram manager = UnixDatagram.bind(address, directory.resolve("nobody"));
            ServiceManager service = ServiceManager.of(
                Map.of("NOTIFY_SOCKET", address.toString(), "WATCHDOG_USEC", "1000"), PID, Assertions::fail))
        {
            final Agent heart = service.heart(ns::get);
            assertEquals(List.of(1, 0), List.of(beats(heart, manager), beats(heart, manager)));
            ns.addAndGet(499_999);
            assertEquals(0, beats(heart, manager));
            ns.incrementAndGet();
            assertEquals(List.of(1, 0), List.of(beats(heart, manager), beats(heart, manager)));
            // A manager that reads nothing has no room in the end, and a device does not wait for it.
            for (int i = 0; i < 2000; i++)
            {
                ns.addAndGet(500_000);
                heart.doWork();
            }
            assertTrue(beats(heart, manager) > 0);
        }
    }

    private static int beats(final Agent heart, final UnixDatagram manager) throws Exception
    {
        heart.doWork();
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment bytes = arena.allocate(64);
            int beats = 0;
            while (manager.receive(bytes, 0) > 0)
            {
                assertEquals("WATCHDOG=1", bytes.getString(0));
                beats++;
            }
            return beats;
        }
    }

    /** Whatever it is, a line of a log is to be read. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "@", "relative"})
    void shouldNotRepeatAnAddressOfAnyLength(final String beginning)
    {
        final List<String> log = new ArrayList<>();
        ServiceManager.of(Map.of("NOTIFY_SOCKET", beginning + "x".repeat(100_000)), PID, log::add).close();
        assertEquals(1, log.size());
        assertTrue(log.getFirst().startsWith("NOTIFY_SOCKET=" + beginning + "xxx") &&
            log.getFirst().endsWith(": address is too long: bytes=" + (100_000 + beginning.length()) +
            ", maximum=107"), log::getFirst);
        assertTrue(log.getFirst().length() < 300, log::getFirst);
    }

    private Object heart(final Map<String, String> watchdog, final List<String> log)
    {
        final Map<String, String> environment = new HashMap<>(watchdog);
        environment.put("NOTIFY_SOCKET", directory.resolve("notify").toString());
        try (ServiceManager manager = ServiceManager.of(environment, PID, log::add))
        {
            return manager.heart(System::nanoTime);
        }
    }
}
