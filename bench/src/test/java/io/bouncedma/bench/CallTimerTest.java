/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * What a call is charged with, with counts that are made up.
 */
class CallTimerTest
{
    private static final long LONG = 5_000_000;
    private static final long RAN = 30_000;

    private final Counts counts = new Counts();
    private final CallTimer timer = new CallTimer(counts);
    private final CallTail tail = new CallTail();

    @Test
    void shouldChargeAShortCallWithTheClock()
    {
        call(() -> counts.run(700));
        call(() -> counts.run(300));
        assertTail(700, 700, 0, 0);
        assertEquals(2, tail.calls());
    }

    @Test
    void shouldChargeACallThatRanAllTheTimeWithAllOfIt()
    {
        call(() -> counts.run(LONG));
        assertTail(LONG, LONG, 0, 0);
    }

    @Test
    void shouldChargeACallThatWasPreemptedWithWhatItRan()
    {
        call(() ->
        {
            counts.run(700);
            counts.loseCore(LONG);
        });
        assertTail(700, LONG + 700, 1, 0);
    }

    @Test
    void shouldChargeACallThatTheHypervisorStoleFromWithWhatItRan()
    {
        call(() ->
        {
            counts.run(RAN);
            counts.clock += LONG;
        });
        assertTail(RAN, LONG + RAN, 0, 0);
    }

    @Test
    void shouldChargeACallThatWaitsWithTheWait()
    {
        call(() ->
        {
            counts.run(700);
            counts.await(LONG);
        });
        assertTail(LONG + 700, LONG + 700, 0, 1);
    }

    @Test
    void shouldNotChargeACallThatWaitsWithWhatKeptTheOtherThreadFromRunning()
    {
        call(() ->
        {
            counts.await(LONG);
            counts.delays += LONG - RAN;
        });
        assertTail(RAN, LONG, 0, 1);
    }

    @Test
    void shouldChargeACallThatWaitsWithWhatItRanAtLeast()
    {
        call(() ->
        {
            counts.run(RAN);
            counts.await(LONG);
            counts.delays += 3 * LONG;
        });
        assertTail(RAN, LONG + RAN, 0, 1);
    }

    @Test
    void shouldNotChargeACallWithAStopOfTheJvm()
    {
        call(() ->
        {
            counts.run(700);
            counts.await(LONG);
            counts.stops++;
        });
        assertTail(700, LONG + 700, 1, 0);
    }

    @Test
    void shouldNotTakeAnEarlierWaitForOneOfTheCall()
    {
        counts.await(LONG);
        call(() -> counts.run(300));
        counts.await(LONG);
        for (int i = 0; i < CallTimer.LOOK_EVERY; i++)
        {
            call(() -> counts.run(300));
        }
        call(() -> counts.loseCore(LONG));
        assertTail(300, LONG, 1, 0);
    }

    @Test
    void shouldLookAgainAfterALongCall()
    {
        call(() -> counts.await(LONG));
        call(() -> counts.loseCore(2 * LONG));
        assertTail(LONG, 2 * LONG, 1, 1);
    }

    private void call(final Runnable what)
    {
        timer.begin();
        what.run();
        timer.end(tail);
    }

    private void assertTail(final long longest, final long byClock, final long excused, final long waited)
    {
        assertEquals(longest, tail.longest(), "longest");
        assertEquals(byClock, tail.longestByClock(), "by the clock");
        assertEquals(excused, tail.excused(), "excused");
        assertEquals(waited, tail.waited(), "waited");
    }

    /** A thread to which happens what the test says. */
    private static final class Counts implements ThreadCounts
    {
        private long clock = 1_000_000_000;
        private long cpu = 1_000;
        private long waits = 7;
        private long delays = 90;
        private long stops = 3;

        void run(final long nanos)
        {
            clock += nanos;
            cpu += nanos;
        }

        void await(final long nanos)
        {
            clock += nanos;
            waits++;
        }

        void loseCore(final long nanos)
        {
            clock += nanos;
            delays += nanos;
        }

        @Override
        public long clock()
        {
            return clock;
        }

        @Override
        public long cpu()
        {
            return cpu;
        }

        @Override
        public long waits()
        {
            return waits;
        }

        @Override
        public long delays()
        {
            return delays;
        }

        @Override
        public long stops()
        {
            return stops;
        }
    }
}
