/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

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
    public void release(final String user)
    {
        final List<Part> released = new ArrayList<>();
        synchronized (this)
        {
            users.remove(user);
            for (final Part part : parts.values())
            {
                if (part.isClaimed(user))
                {
                    part.state = State.ASKED;
                    released.add(part);
                }
            }
        }
        askAll(released);
    }

    /**
     * Take a part of the window for one user alone.
     *
     * @param user   who has called {@link #retain(String)}.
     * @param offset of the first byte.
     * @param bytes  length of the part, greater than zero.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalArgumentException  naming the user who has some of it already.
     * @throws IllegalStateException     if some of it is not {@linkplain #claim(String, long, long, BooleanSupplier)
     *                                   back} yet, naming whose it was: try again later.
     */
    public void claim(final String user, final long offset, final long bytes)
    {
        claim(user, offset, bytes, () -> true);
    }

    /**
     * Take a part of the window for one user alone, which has to be taken back from the peer before it is anybody
     * else's.
     *
     * @param user   as {@link #claim(String, long, long)}.
     * @param offset as there.
     * @param bytes  as there.
     * @param isBack asks the window to {@linkplain Window#unshare unshare} the part and says whether that is done. It
     *               is called once the claim is undone, and then whenever somebody claims some of the part or asks for
     *               {@link #leavingBytes()}, until it says true; by one thread at a time, and with no lock held.
     *               What it throws is thrown there, and counts as false.
     * @throws IndexOutOfBoundsException as there.
     * @throws IllegalArgumentException  as there.
     * @throws IllegalStateException     as there.
     */
    public void claim(final String user, final long offset, final long bytes, final BooleanSupplier isBack)
    {
        Objects.checkFromIndexSize(offset, bytes, length);
        final Part claimed = new Part(user, offset, bytes, isBack);
        for (Part other = add(claimed); null != other; other = add(claimed))
        {
            if (!ask(other))
            {
                throw new IllegalStateException("part of a window is not back from the peer yet: name=" + window +
                    ", user=" + user + ", offset=" + offset + ", length=" + bytes + other.asOther() +
                    "; try again later");
            }
        }
    }

    /**
     * Undo {@link #claim}.
     *
     * @param user   as it was given there.
     * @param offset as it was given there.
     */
    public void unclaim(final String user, final long offset)
    {
        unclaim(user, List.of(offset));
    }

    /**
     * Undo several {@link #claim}s.
     *
     * @param user    as it was given there.
     * @param offsets as they were given there.
     */
    public void unclaim(final String user, final Collection<Long> offsets)
    {
        final List<Part> unclaimed = new ArrayList<>();
        synchronized (this)
        {
            for (final long offset : offsets)
            {
                final Part part = parts.get(offset);
                if (null != part && part.isClaimed(user))
                {
                    part.state = State.ASKED;
                    unclaimed.add(part);
                }
            }
        }
        askAll(unclaimed);
    }

    /**
     * Ask again for what was claimed and is not back from the peer yet, for one who wants to know when it is.
     *
     * @return bytes that are nobody's and can not be claimed: the peer sees them still.
     */
    public long leavingBytes()
    {
        final List<Part> asked = new ArrayList<>();
        synchronized (this)
        {
            for (final Part part : parts.values())
            {
                if (State.LEAVING == part.state)
                {
                    part.state = State.ASKED;
                    asked.add(part);
                }
            }
        }
        askAll(asked);
        synchronized (this)
        {
            return parts.values().stream()
                .filter(part -> State.CLAIMED != part.state)
                .mapToLong(part -> part.length)
                .sum();
        }
    }

    /**
     * Add a part.
     *
     * @return null if that was done; else one in its way that nobody claims any more, for the caller to {@link #ask}.
     */
    private synchronized Part add(final Part part)
    {
        // Of all parts that begin before the end of this one, the last reaches farthest.
        final Map.Entry<Long, Part> before = parts.lowerEntry(part.offset + part.length);
        final Part other = null == before ? null : before.getValue();
        if (null == other || other.offset + other.length <= part.offset)
        {
            parts.put(part.offset, part);
            return null;
        }
        if (State.LEAVING != other.state)
        {
            throw new IllegalArgumentException("parts of a window overlap: name=" + window + ", user=" + part.user +
                ", offset=" + part.offset + ", length=" + part.length + other.asOther());
        }
        other.state = State.ASKED;
        return other;
    }

    /** Ask for all parts, whatever is thrown at one of them. */
    private void askAll(final List<Part> asked)
    {
        Throwable failure = null;
        for (final Part part : asked)
        {
            try
            {
                ask(part);
            }
            catch (final RuntimeException | Error e)
            {
                if (null != failure)
                {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure instanceof final Error e)
        {
            throw e;
        }
        if (null != failure)
        {
            throw (RuntimeException)failure;
        }
    }

    /**
     * Ask whether a part is back, which the caller has made {@link State#ASKED}: nobody else asks or has it meanwhile.
     */
    private boolean ask(final Part part)
    {
        boolean isBack = false;
        try
        {
            isBack = part.isBack.getAsBoolean();
        }
        finally
        {
            synchronized (this)
            {
                part.state = State.LEAVING;
                if (isBack)
                {
                    parts.remove(part.offset);
                }
            }
        }
        return isBack;
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

    private enum State
    {
        /** Somebody has it. */
        CLAIMED,
        /** Nobody has it, and it was not back when it was asked for last. */
        LEAVING,
        /** Nobody has it, and a thread is asking for it. */
        ASKED
    }

    /** A part; its state is the monitor's. */
    private static final class Part
    {
        private final String user;
        private final long offset;
        private final long length;
        private final BooleanSupplier isBack;
        private State state = State.CLAIMED;

        Part(final String user, final long offset, final long length, final BooleanSupplier isBack)
        {
            this.user = user;
            this.offset = offset;
            this.length = length;
            this.isBack = isBack;
        }

        boolean isClaimed(final String by)
        {
            return State.CLAIMED == state && user.equals(by);
        }

        String asOther()
        {
            return ", other=" + user + ", otherOffset=" + offset + ", otherLength=" + length;
        }
    }
}
