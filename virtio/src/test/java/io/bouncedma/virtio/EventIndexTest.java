/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The window formula against a model that goes step by step, in all states that small rings can be in around 0 and
 * around the wrap (virtio 1.4, sections 2.7.7.2, 2.7.10.1 and 2.8.10).
 */
final class EventIndexTest
{
    private static final int MASK = 0xffff;

    @ParameterizedTest(name = "size {0}")
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldTellOfTheStepThatPassesTheEventInASplitRing(final int size)
    {
        for (int before = -8; before < 8; before++)
        {
            for (int steps = 0; steps <= size; steps++)
            {
                for (int event = 0; event <= MASK; event++)
                {
                    assertEquals(isPassed(event, before, steps, MASK + 1),
                        EventIndex.isPassed(event, before + steps & MASK, before & MASK),
                        "event=" + event + ", before=" + (before & MASK) + ", steps=" + steps);
                }
            }
        }
    }

    @ParameterizedTest(name = "size {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 16})
    void shouldTellOfTheStepThatPassesTheEventInAPackedRing(final int size)
    {
        final int laps = 2 * size;
        for (int before = 0; before < laps; before++)
        {
            for (int steps = 1; steps <= size; steps++)
            {
                final int now = (before + steps) % laps;
                for (int event = 0; event < laps; event++)
                {
                    assertEquals(isPassed(event, before, steps, laps),
                        EventIndex.isDue(structure(event % size, event < size, PackedRingLayout.EVENT_DESC),
                            size, now % size, now < size, steps),
                        "event=" + event + ", before=" + before + ", steps=" + steps);
                }
            }
        }
    }

    @ParameterizedTest(name = "flags {0}: {1}")
    @CsvSource({"0, true", "1, false", "3, true"})
    void shouldHeedTheFlagsOfAPackedRing(final int flags, final boolean isDue)
    {
        for (int event = 0; event <= PackedRingLayout.POSITION_MASK; event += 31)
        {
            // The reserved bits above the flags are ignored.
            assertEquals(isDue, EventIndex.isDue(structure(event, true, flags), 4, 1, true, 1));
            assertEquals(isDue, EventIndex.isDue(structure(event, false, flags | 0xfffc), 4, 1, true, 4));
        }
    }

    /** A slot beyond the ring is one that is never reached; an unneeded notification is all that it may cost. */
    @Test
    void shouldEndForAnySlot()
    {
        int due = 0;
        for (int event = 0; event <= PackedRingLayout.POSITION_MASK; event++)
        {
            due += EventIndex.isDue(structure(event, true, PackedRingLayout.EVENT_DESC), 4, 2, true, 2) ? 1 : 0;
        }
        assertEquals(2, due);
    }

    /** rcore's virtio-drivers compare without wrap, and lose this kick. */
    @Test
    void shouldKickOverTheWrap()
    {
        assertTrue(EventIndex.isPassed(65534, 2, 65533));
        assertFalse(EventIndex.isPassed(65532, 2, 65533));
        assertFalse(EventIndex.isPassed(2, 2, 65533));
    }

    /** Whether one of the steps is from the event to what follows it. */
    private static boolean isPassed(final int event, final int before, final int steps, final int modulus)
    {
        for (int step = 0; step < steps; step++)
        {
            if (Math.floorMod(before + step, modulus) == event)
            {
                return true;
            }
        }
        return false;
    }

    private static int structure(final int slot, final boolean wrap, final int flags)
    {
        return slot | (wrap ? 1 << PackedRingLayout.WRAP_SHIFT : 0) | flags << Short.SIZE;
    }
}
