/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class CleanupTest
{
    private final List<Integer> done = new ArrayList<>();
    private final RuntimeException first = new IllegalStateException("first");
    private final Error second = new InternalError("second");

    @Test
    void shouldDoEveryStepAndThrowWhatTheFirstOneThrew()
    {
        final RuntimeException thrown = assertThrows(RuntimeException.class, () -> Cleanup.all(
            () -> done.add(0), () -> fail(1, first), () -> done.add(2), () -> fail(3, second), () -> done.add(4)));

        assertEquals(List.of(0, 1, 2, 3, 4), done);
        assertSame(first, thrown);
        assertArrayEquals(new Throwable[] {second}, thrown.getSuppressed());
    }

    @Test
    void shouldThrowAnErrorAsItIs()
    {
        assertSame(second, assertThrows(Error.class, () -> Cleanup.each(2, (i) -> fail(i, 0 == i ? second : first))));
        assertEquals(List.of(0, 1), done);
        assertArrayEquals(new Throwable[] {first}, second.getSuppressed());
    }

    @Test
    void shouldThrowNothingWhenNothingFails()
    {
        Cleanup.all();
        Cleanup.each(3, done::add);
        assertEquals(List.of(0, 1, 2), done);
    }

    @Test
    void shouldLeaveTheCauseToTheCaller()
    {
        Cleanup.after(first, () -> fail(0, second), () -> done.add(1));
        assertEquals(List.of(0, 1), done);
        assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
    }

    /** {@link Throwable#addSuppressed} throws if it is given the exception itself, and hides what went wrong. */
    @Test
    void shouldTakeTheSameExceptionTwice()
    {
        Cleanup.after(first, () -> fail(0, first), () -> done.add(1));
        assertSame(first, assertThrows(RuntimeException.class, () -> Cleanup.each(2, (i) -> fail(2 + i, first))));
        assertEquals(List.of(0, 1, 2, 3), done);
        assertEquals(0, first.getSuppressed().length);
    }

    private void fail(final int step, final Throwable with)
    {
        done.add(step);
        if (with instanceof final Error e)
        {
            throw e;
        }
        throw (RuntimeException)with;
    }
}
