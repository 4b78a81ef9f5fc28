/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import io.bouncedma.os.LiveResources;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;
import org.junit.platform.testkit.engine.EngineExecutionResults;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/**
 * Runs small classes of tests that leak, or do not, with nothing but the service file to register the check.
 */
class LeakCheckExtensionTest
{
    @AfterEach
    void giveBack() throws Exception
    {
        while (!LeakFixtures.LEAKED.isEmpty())
        {
            LeakFixtures.LEAKED.pop().close();
        }
    }

    @Test
    void shouldReportLeakedMemoryFile()
    {
        assertFails(LeakFixtures.LeaksMemoryFile.class,
            "leaked by shouldLeak():", "descriptor ", "memfd:leaked-memory");
    }

    @Test
    void shouldReportLeakedEvent()
    {
        assertFails(LeakFixtures.LeaksEvent.class, "descriptor ", "anon_inode:[eventfd]");
    }

    @Test
    void shouldReportLeakedSocketPipeAndFileEach()
    {
        assertFails(LeakFixtures.LeaksChannels.class, " -> socket:[", " -> pipe:[", "/leaked.bin");
    }

    @Test
    void shouldReportLeakedMappingWhoseDescriptorIsClosed()
    {
        final String message = assertFails(LeakFixtures.LeaksMapping.class,
            "mapping of memfd:leaked-mapping", ": 8192 bytes more than before",
            "mappings of process: 1 more than before");
        assertFalse(message.contains("descriptor"), message);
    }

    @Test
    void shouldReportLeakedRegisteredResource()
    {
        assertFails(LeakFixtures.LeaksRegistered.class, "slots of pool leaky: 3 more than before");
    }

    @Test
    void shouldReportOnlyGrowthOfWhatWasHeldBefore()
    {
        LeakFixtures.LEAKED.push(LiveResources.track("slots", "pool leaky", () -> 2));

        assertFails(LeakFixtures.LeaksRegistered.class, "slots of pool leaky: 3 more than before");
    }

    @Test
    void shouldReportWhatTheWholeClassLeaks()
    {
        final EngineExecutionResults results = run(LeakFixtures.LeaksForAll.class);

        assertEquals(1, results.testEvents().succeeded().count());
        assertTrue(messages(results.containerEvents()).contains("memfd:leaked-by-all"));
    }

    @Test
    void shouldReportLeakBesideTheFailureOfTheTest()
    {
        final EngineExecutionResults results = run(LeakFixtures.FailsAndLeaks.class);
        final Throwable failure = results.testEvents().failed().stream().findFirst().flatMap(
            (event) -> event.getRequiredPayload(TestExecutionResult.class).getThrowable()).orElseThrow();

        assertEquals("the failure itself", failure.getMessage());
        assertTrue(List.of(failure.getSuppressed()).toString().contains("memfd:leaked-in-failure"));
    }

    @Test
    void shouldAcceptWhatIsGivenBackByTestClassExtensionOrLateThread()
    {
        final EngineExecutionResults results = run(LeakFixtures.GivesBack.class);

        assertEquals("", messages(results.allEvents()));
        assertEquals(4, results.testEvents().succeeded().count());
    }

    @Test
    void shouldAddUpTheMappedBytesOfOneMemoryFile()
    {
        final List<String> lines = List.of(
            "7f0000000000-7f0000001000 rw-s 00000000 00:01 7  /memfd:window (deleted)",
            "7f0000004000-7f0000007000 r--s 00004000 00:01 7  /memfd:window (deleted)",
            "7f0000008000-7f0000009000 rw-p 00000000 00:00 0 ");

        assertEquals("{memfd:window (deleted)=16384}", Holdings.mappings(lines).toString());
    }

    private static String assertFails(final Class<?> tests, final String... parts)
    {
        final EngineExecutionResults results = run(tests);
        final String message = messages(results.testEvents());
        for (final String part : parts)
        {
            assertTrue(message.contains(part), () -> "missing '" + part + "' in: " + message);
        }

        assertEquals(1, results.testEvents().failed().count());
        assertEquals("", messages(results.containerEvents()));
        return message;
    }

    private static EngineExecutionResults run(final Class<?> tests)
    {
        return EngineTestKit.engine("junit-jupiter")
            .enableImplicitConfigurationParameters(false)
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
            .configurationParameter(LeakCheckExtension.GRACE_MS_PARAMETER, "300")
            .selectors(selectClass(tests))
            .execute();
    }

    private static String messages(final Events events)
    {
        final StringBuilder messages = new StringBuilder();
        for (final Event event : events.failed().list())
        {
            event.getRequiredPayload(TestExecutionResult.class).getThrowable().ifPresent(messages::append);
        }

        return messages.toString();
    }
}
