/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who uses a window, which part is whose, whether it is open still, and how often a translation was withdrawn: what
 * every {@link Window} has to keep account of, so that its author need not. Any thread.
 */
public final class WindowUsers
{
    private final String window;
    private final long length;
    private final Set<String> users = new HashSet<>();
    /** By the offset of their first byte; they do not overlap. */
    private final TreeMap<Long, Part> parts = new TreeMap<>();
    private final AtomicLong generation = new AtomicLong();
    private boolean closed;

    /**
     * Nobody uses it yet.
     *
     * @param window     its name, for messages.
     * @param extents    of the window.
     * @param addressing of the window.
     * @throws IllegalArgumentException if the addressing has no name for some byte of the window.
     */
    public WindowUsers(final String window, final ExtentTable extents, final BusAddressing addressing)
    {
        addressing.requireNames(extents);
        this.window = window;
        length = extents.length();
    }

    /**
     * Keep the window from being closed.
     *
     * @param user who needs it, unique in this window.
     * @throws IllegalStateException if the window is closed or has a user of that name.
     */
    public synchronized void retain(final String user)
    {
        requireOpen();
        if (!users.add(user))
        {
            throw new IllegalStateException(
                "window has a user of that name already: name=" + window + ", user=" + user);
        }
    }

    /**
     * Undo {@link #retain(String)}, and every {@link #claim} of this user.
     *
     * @param user as it was given there.
     */
    public synchronized void release(final String user)
    {
        users.remove(user);
        parts.values().removeIf(part -> part.user.equals(user));
    }

    /**
     * Take a part of the window for one user alone.
     *
     * @param user   who has called {@link #retain(String)}.
     * @param offset of the first byte.
     * @param bytes  length of the part, greater than zero.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalArgumentException  naming the user who has some of it already.
     */
    public synchronized void claim(final String user, final long offset, final long bytes)
    {
        Objects.checkFromIndexSize(offset, bytes, length);
        // Of all parts that begin before the end of this one, the last reaches farthest.
        final Map.Entry<Long, Part> before = parts.lowerEntry(offset + bytes);
        if (null != before && before.getKey() + before.getValue().length > offset)
        {
            throw new IllegalArgumentException("parts of a window overlap: name=" + window + ", user=" + user +
                ", offset=" + offset + ", length=" + bytes + ", other=" + before.getValue().user +
                ", otherOffset=" + before.getKey() + ", otherLength=" + before.getValue().length);
        }
        parts.put(offset, new Part(user, bytes));
    }

    /**
     * Undo {@link #claim}.
     *
     * @param user   as it was given there.
     * @param offset as it was given there.
     */
    public synchronized void unclaim(final String user, final long offset)
    {
        final Part part = parts.get(offset);
        if (null != part && part.user.equals(user))
        {
            parts.remove(offset);
        }
    }

    /**
     * How often a translation was withdrawn.
     *
     * @return a count that never falls; {@link Window#generation()} says how to use it.
     */
    public long generation()
    {
        return generation.get();
    }

    /**
     * Count the generation up: what somebody was told of some byte is not true any more from now on. Whoever withdraws
     * calls this before the bytes go, and again afterwards if somebody could look them up meanwhile.
     */
    public void withdraw()
    {
        generation.incrementAndGet();
    }

    /**
     * Show other bytes in the place of the present ones, unless the window is closed, and not while it is being closed.
     *
     * @param change shows them.
     * @throws IllegalStateException if the window is closed.
     */
    public synchronized void replace(final Runnable change)
    {
        requireOpen();
        withdraw();
        try
        {
            change.run();
        }
        finally
        {
            withdraw();
        }
    }

    /**
     * Close the window; a second call does nothing.
     *
     * @param unmap gives its memory back. If it throws, the window stays open.
     * @throws IllegalStateException naming who still uses it.
     */
    public synchronized void close(final Runnable unmap)
    {
        if (closed)
        {
            return;
        }
        if (!users.isEmpty())
        {
            throw new IllegalStateException("window is in use: name=" + window + ", users=" + users);
        }
        withdraw();
        unmap.run();
        closed = true;
    }

    private void requireOpen()
    {
        if (closed)
        {
            throw new IllegalStateException("window is closed: name=" + window);
        }
    }

    private record Part(String user, long length)
    {
    }
}
