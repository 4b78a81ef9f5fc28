/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool.handles;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The numbers by which handles of different owners differ: the last one is as good as any, and none is lost with an
 * owner that nobody closed.
 */
class HandleTagsTest
{
    private final HandleTags tags = new HandleTags();

    @Test
    void shouldGiveTheLastTagBeforeOneThatWasUsed()
    {
        takeUpTo(HandleTags.MAXIMUM - 1);
        tags.release(this, 5);
        assertEquals(HandleTags.MAXIMUM, tags.take(this));
        assertEquals(5, tags.take(this));
        assertThrows(IllegalStateException.class, () -> tags.take(this));
    }

    @Test
    void shouldTakeTheTagOfAnOwnerThatWasCollected()
    {
        takeUpTo(HandleTags.MAXIMUM - 1);
        final Reference<Object> gone = takenByOneThatIsGone();
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));
        int tag = 0;
        while (0 == tag)
        {
            assertTrue(System.nanoTime() - deadline < 0, () -> "not free; collected=" + gone.refersTo(null));
            System.gc();
            tag = takeIfFree();
        }
        assertEquals(HandleTags.MAXIMUM, tag);
    }

    /** In a method of its own: no local of the test's holds the owner. */
    private Reference<Object> takenByOneThatIsGone()
    {
        final Object owner = new Object();
        assertEquals(HandleTags.MAXIMUM, tags.take(owner));
        return new WeakReference<>(owner);
    }

    private int takeIfFree()
    {
        try
        {
            return tags.take(this);
        }
        catch (final IllegalStateException e)
        {
            return 0;
        }
    }

    private void takeUpTo(final int last)
    {
        for (int i = 1; i <= last; i++)
        {
            assertEquals(i, tags.take(this));
        }
    }
}
