/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * What is told of counters a second.
 */
final class CounterRatesTest
{
    private static final long SECOND = 1_000_000_000L;

    private final CounterRates rates = new CounterRates();

    @Test
    void shouldCountByTheProcessesOwnClock()
    {
        assertNull(show(7, 1, 0, List.of(counter("a", 100), gauge("b", 5))).seconds());
        // By the clock of whoever looks it may be any time later.
        final CounterRates.Rates since = show(7, 9, 2 * SECOND, List.of(counter("a", 130), gauge("b", 9)));
        assertEquals(2.0, since.seconds());
        assertEquals(Map.of("a", 15.0), since.byLabel());
    }

    @Test
    void shouldHaveNoneOfWhatIsNewOrBeganAnewOrStandsStill()
    {
        show(7, 1, 0, List.of(counter("again", 100), counter("gone", 1)));
        assertEquals(Map.of(), show(7, 2, SECOND, List.of(counter("again", 99), counter("new", 1))).byLabel());
        assertEquals(Map.of("again", 1.0, "new", 2.0),
            show(7, 3, 2 * SECOND, List.of(counter("again", 100), counter("new", 3))).byLabel());
        // No publication since.
        assertEquals(CounterRates.Rates.NONE, show(7, 3, 2 * SECOND, List.of(counter("again", 200))));
        // Another process.
        assertEquals(CounterRates.Rates.NONE, show(8, 4, 3 * SECOND, List.of(counter("again", 200))));
        // Its number once more, of one that began anew.
        show(8, 9, 9 * SECOND, List.of(counter("again", 1)));
        assertEquals(CounterRates.Rates.NONE, show(8, 1, 10 * SECOND, List.of(counter("again", 200))));
    }

    @Test
    void shouldMakeNothingOfNumbersThatCanNotBe()
    {
        show(7, 1, Long.MIN_VALUE, List.of(counter("a", Long.MIN_VALUE), counter("b", 0)));
        assertEquals(CounterRates.Rates.NONE, show(7, 2, Long.MAX_VALUE, List.of(counter("a", Long.MAX_VALUE))));
        assertEquals(CounterRates.Rates.NONE, show(7, -1, 0, List.of(counter("a", 1))));
    }

    private CounterRates.Rates show(
        final long pid, final long publications, final long ns, final List<CountersSnapshot.Entry> entries)
    {
        final CountersSnapshot snapshot = new CountersSnapshot(pid, true, "", publications, ns, entries, List.of());
        final CounterRates.Rates since = rates.of(snapshot);
        rates.keep(List.of(snapshot));
        return since;
    }

    private static CountersSnapshot.Entry counter(final String label, final long value)
    {
        return new CountersSnapshot.Entry(InspectMetrics.BATCHES.id(), label, List.of(), value);
    }

    private static CountersSnapshot.Entry gauge(final String label, final long value)
    {
        return new CountersSnapshot.Entry(InspectMetrics.FREE.id(), label, List.of(), value);
    }
}
