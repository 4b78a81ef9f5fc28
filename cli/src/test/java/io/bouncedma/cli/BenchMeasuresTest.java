/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The measurements that are no comparison with a copy, with few calls: what they find on a busy machine is not looked
 * at.
 */
class BenchMeasuresTest
{
    /** Who runs a benchmark beside the tests must not stop them. */
    private static final String IGNORE_LOCK = "jmh.ignoreLock";

    @BeforeAll
    static void ignoreLock()
    {
        System.setProperty(IGNORE_LOCK, "true");
    }

    @AfterAll
    static void heedLock()
    {
        System.clearProperty(IGNORE_LOCK);
    }

    @Test
    void shouldPrintTheLongestOfAllCallsInEachScenario()
    {
        final CommandRun run = CommandRun.of("bench", "tail", "--calls", "4000", "--rounds", "1");
        assertEquals(Main.EXIT_OK, run.exitCode(), run::errors);
        final List<String> rows = run.output().lines().toList();
        assertEquals(1 + 4 * 5, rows.size(), run::output);
        for (final String scenario : List.of("live", "monitor", "other client", "ramp"))
        {
            for (final String call : List.of("nothing", "allocate", "free", "map", "unmap"))
            {
                assertTrue(rows.stream().anyMatch(row -> row.matches(scenario + " +" + call + " +[0-9,.]*[1-9].*")),
                    () -> scenario + " " + call + " in " + run.output());
            }
        }
    }

    @Test
    void shouldPrintWhatAPoolYieldsToManyThreads()
    {
        final CommandRun run = CommandRun.of("bench", "scaling", "--pairs", "20000", "--json");
        assertEquals(Main.EXIT_OK, run.exitCode(), run::errors);
        // Two kinds of threads, two kinds of calls.
        assertEquals(4, run.output().split("CrowdBenchmark.crowds\"", -1).length - 1, run::output);
        assertTrue(run.output().contains("\"cpu256\""), run::output);
    }
}
