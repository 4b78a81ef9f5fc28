/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Parts of a window that somebody had and that are not back from the peer yet.
 */
class LeavingPartsTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    private final Window window = WideWindow.open(4 * PAGE);
    private final WindowUsers users = window.users();
    private boolean isBack;
    private int asked;

    @BeforeEach
    void retain()
    {
        users.retain("one");
        users.retain("other");
    }

    @AfterEach
    void close()
    {
        users.release("one");
        users.release("other");
        window.close();
    }

    @Test
    void shouldBeNobodysUntilTheyAreBack()
    {
        users.claim("one", PAGE, PAGE, this::ask);
        assertEquals(0, users.leavingBytes());
        users.unclaim("one", PAGE);
        assertEquals(1, asked);
        final String message = assertThrows(
            IllegalStateException.class, () -> users.claim("other", 0, 2 * PAGE)).getMessage();
        assertTrue(message.contains("other=one, otherOffset=4096, otherLength=4096; try again later"), message);
        // Nor is it its last user's, who may be gone and come again.
        assertThrows(IllegalStateException.class, () -> users.claim("one", PAGE, PAGE, this::ask));
        users.unclaim("one", PAGE);
        users.release("one");
        assertEquals(3, asked);
        assertEquals(PAGE, users.leavingBytes());
        isBack = true;
        users.claim("other", 0, 2 * PAGE);
        assertEquals(5, asked);
        assertEquals(0, users.leavingBytes());
        assertEquals(5, asked);
    }

    @Test
    void shouldBeAskedForAllWhateverIsThrownAtOne()
    {
        users.claim("one", 0, PAGE, () ->
        {
            throw new IllegalStateException("first");
        });
        users.claim("one", PAGE, PAGE, this::ask);
        users.claim("one", 2 * PAGE, PAGE, () ->
        {
            throw new IllegalStateException("third");
        });
        users.claim("other", 3 * PAGE, PAGE);
        final Throwable thrown = assertThrows(IllegalStateException.class, () -> users.release("one"));
        assertEquals("third", thrown.getMessage());
        assertEquals("first", thrown.getSuppressed()[0].getMessage());
        assertEquals(1, asked);
        isBack = true;
        assertThrows(IllegalStateException.class, users::leavingBytes);
        users.unclaim("other", List.of(3L * PAGE));
        users.claim("other", PAGE, PAGE);
        assertThrows(IllegalStateException.class, () -> users.claim("other", 0, PAGE));
    }

    /** While one asks, nobody else does, and nobody gets the part: what is told to go would be somebody's by then. */
    @Test
    void shouldBeAskedForByOneAtATimeAndWithoutALock()
    {
        users.claim("one", 0, PAGE, () ->
        {
            asked++;
            assertThrows(IllegalArgumentException.class, () -> users.claim("other", 0, PAGE));
            users.unclaim("one", 0);
            return 2 == asked;
        });
        users.unclaim("one", 0);
        assertEquals(1, asked);
        users.claim("other", 0, PAGE);
        assertEquals(2, asked);
    }

    private boolean ask()
    {
        asked++;
        return isBack;
    }
}
