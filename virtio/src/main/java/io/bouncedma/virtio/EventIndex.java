/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * When a side that named an event is to be notified (virtio 1.4, sections 2.7.7, 2.7.10 and 2.8.10).
 */
final class EventIndex
{
    private static final int MASK = 0xffff;

    private EventIndex()
    {
    }

    /**
     * Whether a step from one position to another passes the event. A window and not a comparison: positions wrap.
     *
     * @param event  the position whose passing is to be told.
     * @param now    the position reached.
     * @param before the position at the last look.
     */
    static boolean isPassed(final int event, final int now, final int before)
    {
        return (now - event - 1 & MASK) < (now - before & MASK);
    }

    /**
     * Whether the side whose event structure this is wants to be told of a step along a packed ring.
     *
     * @param event structure, read in one piece.
     * @param size  of the ring.
     * @param now   position reached.
     * @param wrap  the wrap counter there.
     * @param steps descriptors since the last look.
     */
    static boolean isDue(final int event, final int size, final int now, final boolean wrap, final int steps)
    {
        final int flags = event >>> Short.SIZE & 0x3;
        if (PackedRingLayout.EVENT_DESC != flags)
        {
            return PackedRingLayout.EVENT_DISABLE != flags;
        }
        final int position = event & PackedRingLayout.POSITION_MASK;
        final boolean eventWrap = 0 != (event & 1 << PackedRingLayout.WRAP_SHIFT);
        return isPassed(eventWrap == wrap ? position : position - size, now, now - steps);
    }
}
