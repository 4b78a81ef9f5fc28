/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Sharing;
import io.bouncedma.memory.Window;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a pool gets parts of its window: claimed arena by arena, as each may leave by itself, shared with the peer, and
 * zeroed if so wanted. One call at a time, without the pool's lock.
 */
final class WindowParts
{
    /** Bytes; some tens of microseconds. */
    private static final long SCRUB_STEP = 1 << 20;

    private final String pool;
    private final Window window;
    private final long offset;
    private final boolean scrub;
    /** Those that are being shared: lengths, by offset in the window. */
    private final Map<Long, Long> pending = new HashMap<>();

    /**
     * No parts.
     *
     * @param offset of the pool's first byte in the window.
     * @param scrub  whether what is added is zeroed, since who was there before need not have done so.
     */
    WindowParts(final String pool, final Window window, final long offset, final boolean scrub)
    {
        this.pool = pool;
        this.window = window;
        this.offset = offset;
        this.scrub = scrub;
    }

    /**
     * Get a part.
     *
     * @param user who has it from now on.
     * @return where its arenas begin. Empty if the window takes its time to share the part, which is the user's alone
     * until then: to be called again.
     */
    List<Long> get(final String user, final long partOffset, final long length)
    {
        if (length <= 0 || partOffset < offset || partOffset - offset > BouncePool.MAX_LENGTH - length ||
            0 != ((partOffset | length) & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException("a pool needs multiples of " + Extent.ALIGNMENT + " and spans at most " +
                BouncePool.MAX_LENGTH + ": name=" + pool + ", offset=" + partOffset + ", length=" + length);
        }
        window.requireWritable(partOffset, length);
        final boolean isPending = isPending(partOffset, length);
        final List<Long> claims = isPending ? starts(partOffset, length) : new ArrayList<>();
        boolean isKept = false;
        try
        {
            if (!isPending)
            {
                claim(user, partOffset, length, claims);
            }
            final boolean isShared = share(partOffset, length);
            if (isShared)
            {
                scrub(partOffset, length);
                pending.remove(partOffset);
            }
            else
            {
                pending.put(partOffset, length);
            }
            isKept = true;
            return isShared ? claims : List.of();
        }
        finally
        {
            if (!isKept)
            {
                if (isPending)
                {
                    pending.remove(partOffset);
                }
                window.users().unclaim(user, claims);
            }
        }
    }

    /**
     * Whether a part, as it was given, is being shared still.
     */
    boolean isPending(final long partOffset)
    {
        return pending.containsKey(partOffset);
    }

    /**
     * Give up a part that is being shared.
     *
     * @return bytes of it that the peer may see still: to be called again; 0 once the part is the user's no more.
     */
    long giveUp(final String user, final long partOffset)
    {
        final long length = pending.get(partOffset);
        if (!window.unshare(partOffset, length).isDone())
        {
            return length;
        }
        pending.remove(partOffset);
        window.users().unclaim(user, starts(partOffset, length));
        return 0;
    }

    private void requireNames(final long at)
    {
        if (0 == window.busAddress(at))
        {
            throw new IllegalArgumentException("a pool must not contain bus address 0, which peers take for \"not " +
                "set\": name=" + pool + ", offset=" + at + "; start it at a later offset");
        }
    }

    private boolean isPending(final long partOffset, final long length)
    {
        final Long waiting = pending.get(partOffset);
        return null != waiting && length == waiting;
    }

    /** Where the arenas of a part begin. */
    private List<Long> starts(final long partOffset, final long length)
    {
        final List<Long> starts = new ArrayList<>();
        for (long at = partOffset; at < partOffset + length; at += run(at, partOffset + length))
        {
            starts.add(at);
        }
        return starts;
    }

    /** How long the arena is that begins at an offset of a part. */
    private long run(final long at, final long end)
    {
        // A block is contiguous on the bus too, where somebody's own addressing may end a run in an extent.
        final long contiguous = Math.min(
            window.extents().runFromOffset(at), window.runLength(window.busAddress(at)));
        return Math.min(Math.min(contiguous, Arena.MAX_LENGTH), end - at);
    }

    /**
     * Claim a part, arena by arena, as each may leave by itself.
     *
     * @param claims gets what is claimed, whatever is thrown.
     */
    private void claim(final String user, final long partOffset, final long length, final List<Long> claims)
    {
        // Not this set, which would be kept as long as the peer keeps a part.
        final Window from = window;
        long at = partOffset;
        while (at < partOffset + length)
        {
            final long first = at;
            final long run = Math.max(1, run(at, partOffset + length));
            window.requireShareable(first, run);
            requireNames(first);
            // Whoever comes after this pool gets nothing that the peer sees still.
            window.users().claim(user, first, run, () -> from.unshare(first, run).isDone());
            claims.add(first);
            at += run;
        }
    }

    private boolean share(final long partOffset, final long length)
    {
        final Sharing sharing = window.share(partOffset, length);
        if (!sharing.isDone() && Sharing.Status.PENDING != sharing.status())
        {
            throw new IllegalStateException("part of the window is not shared: pool=" + pool + ", window=" +
                window.name() + ", offset=" + partOffset + ", length=" + length + ", sharing=" + sharing);
        }
        return sharing.isDone();
    }

    /** Zero what is added, if so wanted: in steps that a safepoint need not wait for. */
    private void scrub(final long partOffset, final long length)
    {
        long done = scrub ? 0 : length;
        while (done < length)
        {
            final long step = Math.min(SCRUB_STEP, length - done);
            window.memory(partOffset + done, step).fill((byte)0);
            done += step;
        }
    }
}
