/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import picocli.CommandLine;

import java.util.Collection;

/**
 * What the commands have in common that run benchmarks in rounds.
 */
final class BenchRounds
{
    private BenchRounds()
    {
    }

    /**
     * Refuse a count that is none.
     *
     * @param option for the message.
     */
    static void require(final String option, final int count)
    {
        if (count < 1)
        {
            throw new UsageException(option + " " + count + " can not be; give 1 or more");
        }
    }

    /**
     * Refuse what is given to bench where one of its commands is run, as it would have no meaning.
     *
     * @param command that is run.
     */
    static void requireNothingBefore(final CommandLine.Model.CommandSpec command)
    {
        if (!command.parent().commandLine().getParseResult().matchedArgs().isEmpty())
        {
            throw new UsageException("what stands between bench and " + command.name() + " has no meaning; give " +
                "options behind " + command.name() + ", or leave " + command.name() + " out");
        }
    }

    /**
     * Run some rounds and show which one runs.
     *
     * @throws FailureException if one can not run.
     */
    static void run(final int rounds, final Runnable round)
    {
        require("--rounds", rounds);
        final Progress progress = new Progress(0);
        for (int i = 1; i <= rounds; i++)
        {
            final String text = "round " + i + " of " + rounds;
            progress.show(() -> text);
            try
            {
                round.run();
            }
            catch (final IllegalStateException e)
            {
                throw new FailureException(e.getMessage());
            }
        }
        progress.clear();
    }

    /** Print JMH's result format. */
    static void writeJson(final Collection<RunResult> results)
    {
        ResultFormatFactory.getInstance(ResultFormatType.JSON, System.out).writeOut(results);
        System.out.println();
    }
}
