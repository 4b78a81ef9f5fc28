/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * The longest calls of one kind.
 */
final class CallTail
{
    private long calls;
    private long longest;
    private long longestByClock;
    private long excused;
    private long waited;

    CallTail()
    {
    }

    /**
     * Note a short call.
     *
     * @param nanos by the clock.
     */
    void add(final long nanos)
    {
        calls++;
        longest = Math.max(longest, nanos);
        longestByClock = Math.max(longestByClock, nanos);
    }

    /**
     * Note a long call.
     *
     * @param nanos   by the clock.
     * @param charged of that what is its own.
     */
    void addLong(final long nanos, final long charged)
    {
        excused += nanos > CallTimer.LONG_NANOS && charged <= CallTimer.LONG_NANOS ? 1 : 0;
        add(charged);
        longestByClock = Math.max(longestByClock, nanos);
    }

    /**
     * Note a long call that has waited for another thread.
     *
     * @param nanos   by the clock.
     * @param charged of that what is its own, the wait included.
     */
    void addWaited(final long nanos, final long charged)
    {
        waited++;
        addLong(nanos, charged);
    }

    /** How many were noted. */
    long calls()
    {
        return calls;
    }

    /** The most that any is charged with, in nanoseconds. */
    long longest()
    {
        return longest;
    }

    /** The longest, whoever it was, in nanoseconds. */
    long longestByClock()
    {
        return longestByClock;
    }

    /** How many were long by the clock but are not charged with that. */
    long excused()
    {
        return excused;
    }

    /** How many long ones have waited. */
    long waited()
    {
        return waited;
    }
}
