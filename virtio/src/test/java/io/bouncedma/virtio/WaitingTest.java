/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class WaitingTest
{
    private static final long LONG_MS = 3_600_000;

    @Test
    void shouldEndWhenTheTimeIsOver()
    {
        final Waiting waiting = new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 1);
        final Waiting.Wait wait = waiting.start("sign of life");

        final TimeLimitException e = assertThrows(TimeLimitException.class, () -> pauseForever(wait));
        assertEquals("no sign of life within 1 ms", e.getMessage());
    }

    @Test
    void shouldEndWhenThePeerIsGoneHoweverMuchTimeIsLeft()
    {
        final int[] looks = {3};
        final PeerMonitor monitor = () ->
        {
            looks[0]--;
            if (0 == looks[0])
            {
                throw new PeerGoneException("secondary VM is gone");
            }
        };
        final Waiting.Wait wait = new Waiting(NoOpIdleStrategy.INSTANCE, monitor, LONG_MS).start("anything");

        final PeerGoneException e = assertThrows(PeerGoneException.class, () -> pauseForever(wait));
        assertEquals("secondary VM is gone", e.getMessage());
        assertEquals(0, looks[0]);
    }

    @Test
    void shouldTellThatThePeerIsGoneRatherThanThatTheTimeIsOver()
    {
        final boolean[] gone = {false};
        final PeerMonitor monitor = () ->
        {
            if (gone[0])
            {
                throw new PeerGoneException("gone");
            }
        };
        final Waiting.Wait wait = new Waiting(NoOpIdleStrategy.INSTANCE, monitor, 1).start("anything");
        assertThrows(TimeLimitException.class, () -> pauseForever(wait));
        gone[0] = true;
        assertThrows(PeerGoneException.class, wait::pause);
    }

    @Test
    void shouldIdleBetweenTwoLooksAndResetOnProgress()
    {
        final List<String> calls = new ArrayList<>();
        final Waiting.Wait wait =
            new Waiting(new RecordingIdle(calls), () -> calls.add("look"), LONG_MS).start("anything");

        wait.pause();
        wait.pause();
        wait.progress();
        wait.pause();

        assertEquals(List.of("look", "idle", "look", "idle", "reset", "look", "idle"), calls);
    }

    @Test
    void shouldRunTheTimeAnewOnProgress()
    {
        final Waiting.Wait wait =
            new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 1).start("anything");
        assertThrows(TimeLimitException.class, () -> pauseForever(wait));
        assertThrows(TimeLimitException.class, wait::pause);
        wait.progress();
        assertDoesNotThrow(wait::pause);
    }

    /** A thread that was not let run for the whole limit: what came meanwhile must be seen. */
    @Test
    void shouldLookOnceMoreWhenTheTimeIsOverBetweenTwoLooks()
    {
        final List<String> calls = new ArrayList<>();
        final Waiting.Wait wait =
            new Waiting(new RecordingIdle(calls), PeerMonitor.ALWAYS_PRESENT, 1).start("anything");
        for (int rounds = 0; rounds < 2; rounds++)
        {
            calls.clear();
            letTheTimePass();
            assertDoesNotThrow(wait::pause);
            assertEquals(List.of("idle"), calls);
            assertThrows(TimeLimitException.class, wait::pause);
            wait.progress();
        }
    }

    private static void letTheTimePass()
    {
        final long start = System.nanoTime();
        while (System.nanoTime() - start < 2_000_000)
        {
            Thread.onSpinWait();
        }
    }

    /** Twice, as there is one look after the time. However slow this machine is, it gets through once in a while. */
    @Test
    void shouldNotCountTheTimeThatTheCallerWasAway()
    {
        boolean hasTime = false;
        for (int tries = 0; tries < 10_000 && !hasTime; tries++)
        {
            final Waiting.Wait wait =
                new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 1).start("anything");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            wait.resume();
            hasTime = hasTime(wait) && hasTime(wait);
        }
        assertTrue(hasTime);
    }

    @Test
    void shouldEndBriefPausesWhenTheTimeIsOver()
    {
        final Waiting.Wait wait =
            new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 1).start("room");
        assertThrows(TimeLimitException.class, () ->
        {
            while (true)
            {
                wait.pauseBriefly();
                wait.resume();
            }
        });
    }

    @Test
    void shouldNotForgetTheTimeWhileSomethingComesAgainAndAgain()
    {
        final IdleStrategy never = new RecordingIdle(List.of());
        final Waiting.Wait wait = new Waiting(never, PeerMonitor.ALWAYS_PRESENT, 1).start("answer");
        final TimeLimitException e = assertThrows(TimeLimitException.class, () ->
        {
            while (true)
            {
                assertFalse(wait.pauseIf(false));
            }
        });
        assertEquals("no answer within 1 ms", e.getMessage());
    }

    private static boolean hasTime(final Waiting.Wait wait)
    {
        try
        {
            wait.pause();
            return true;
        }
        catch (final TimeLimitException e)
        {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void shouldRefuseToWaitWithoutLimit(final long limitMs)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, limitMs));
        assertEquals("a wait must have a positive limit: limitMs=" + limitMs, e.getMessage());
    }

    private static void pauseForever(final Waiting.Wait wait)
    {
        while (true)
        {
            wait.pause();
        }
    }

    private record RecordingIdle(List<String> calls) implements IdleStrategy
    {
        @Override
        public void idle(final int workCount)
        {
            if (0 == workCount)
            {
                idle();
            }
        }

        @Override
        public void idle()
        {
            calls.add("idle");
        }

        @Override
        public void reset()
        {
            calls.add("reset");
        }
    }
}
