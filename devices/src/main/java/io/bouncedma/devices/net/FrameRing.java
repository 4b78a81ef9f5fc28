/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One direction of a cable between two devices, each with a thread of its own: frames in private memory that one fills
 * and the other empties.
 */
final class FrameRing
{
    private final NetFrame[] frames;
    private final int mask;
    /** Frames that were put in ever: written by who fills. */
    private final AtomicLong filled = new AtomicLong();
    /** Frames that were taken out ever: written by who empties. */
    private final AtomicLong emptied = new AtomicLong();
    /** What who fills has last seen of the other. */
    private long emptiedSeen;
    /** Whether the frame at the end of what is emptied is in use. */
    private boolean isHeld;

    FrameRing(final int slots, final int frameCapacity)
    {
        frames = new NetFrame[slots];
        for (int i = 0; i < slots; i++)
        {
            frames[i] = new NetFrame(frameCapacity);
        }
        mask = slots - 1;
    }

    int frameCapacity()
    {
        return frames[0].capacity();
    }

    /** The next frame to fill, or null if there is no room. */
    NetFrame claim()
    {
        final long at = filled.getPlain();
        if (at - emptiedSeen == frames.length)
        {
            emptiedSeen = emptied.getAcquire();
            if (at - emptiedSeen == frames.length)
            {
                return null;
            }
        }
        return frames[(int)at & mask];
    }

    /** The frame that was claimed is filled. */
    void put()
    {
        filled.setRelease(filled.getPlain() + 1);
    }

    boolean isEmpty()
    {
        return emptied.getPlain() + (isHeld ? 1 : 0) == filled.getAcquire();
    }

    /** The next frame, up to the next call; null if there is none. */
    NetFrame take()
    {
        if (isHeld)
        {
            isHeld = false;
            emptied.setRelease(emptied.getPlain() + 1);
        }
        if (isEmpty())
        {
            return null;
        }
        isHeld = true;
        return frames[(int)emptied.getPlain() & mask];
    }

    /** Take all out that is in. */
    void clear()
    {
        isHeld = false;
        emptied.setRelease(filled.getAcquire());
    }
}
