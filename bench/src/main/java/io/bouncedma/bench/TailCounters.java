/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.EnumMap;
import java.util.Map;

/**
 * The longest calls of one run of {@link TailBenchmark}, as JMH reports them.
 */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class TailCounters
{
    private final Map<TailCall, CallTail> tails = new EnumMap<>(TailCall.class);

    /**
     * Created by JMH.
     */
    public TailCounters()
    {
    }

    /**
     * Start at zero.
     */
    @Setup(Level.Iteration)
    public void reset()
    {
        for (final TailCall call : TailCall.values())
        {
            tails.put(call, new CallTail());
        }
    }

    /**
     * The most that nothing is charged with.
     *
     * @return nanoseconds.
     */
    public long nothingLongest()
    {
        return of(TailCall.NOTHING).longest();
    }

    /**
     * The longest nothing by the clock.
     *
     * @return nanoseconds.
     */
    public long nothingByClock()
    {
        return of(TailCall.NOTHING).longestByClock();
    }

    /**
     * Calls of nothing that were held up by what is not theirs.
     *
     * @return how many.
     */
    public long nothingExcused()
    {
        return of(TailCall.NOTHING).excused();
    }

    /**
     * Calls of nothing that have waited for another thread.
     *
     * @return how many.
     */
    public long nothingWaited()
    {
        return of(TailCall.NOTHING).waited();
    }

    /**
     * The most that allocate is charged with.
     *
     * @return nanoseconds.
     */
    public long allocateLongest()
    {
        return of(TailCall.ALLOCATE).longest();
    }

    /**
     * The longest allocate by the clock.
     *
     * @return nanoseconds.
     */
    public long allocateByClock()
    {
        return of(TailCall.ALLOCATE).longestByClock();
    }

    /**
     * Calls of allocate that were held up by what is not theirs.
     *
     * @return how many.
     */
    public long allocateExcused()
    {
        return of(TailCall.ALLOCATE).excused();
    }

    /**
     * Calls of allocate that have waited for another thread.
     *
     * @return how many.
     */
    public long allocateWaited()
    {
        return of(TailCall.ALLOCATE).waited();
    }

    /**
     * The most that free is charged with.
     *
     * @return nanoseconds.
     */
    public long freeLongest()
    {
        return of(TailCall.FREE).longest();
    }

    /**
     * The longest free by the clock.
     *
     * @return nanoseconds.
     */
    public long freeByClock()
    {
        return of(TailCall.FREE).longestByClock();
    }

    /**
     * Calls of free that were held up by what is not theirs.
     *
     * @return how many.
     */
    public long freeExcused()
    {
        return of(TailCall.FREE).excused();
    }

    /**
     * Calls of free that have waited for another thread.
     *
     * @return how many.
     */
    public long freeWaited()
    {
        return of(TailCall.FREE).waited();
    }

    /**
     * The most that map is charged with.
     *
     * @return nanoseconds.
     */
    public long mapLongest()
    {
        return of(TailCall.MAP).longest();
    }

    /**
     * The longest map by the clock.
     *
     * @return nanoseconds.
     */
    public long mapByClock()
    {
        return of(TailCall.MAP).longestByClock();
    }

    /**
     * Calls of map that were held up by what is not theirs.
     *
     * @return how many.
     */
    public long mapExcused()
    {
        return of(TailCall.MAP).excused();
    }

    /**
     * Calls of map that have waited for another thread.
     *
     * @return how many.
     */
    public long mapWaited()
    {
        return of(TailCall.MAP).waited();
    }

    /**
     * The most that unmap is charged with.
     *
     * @return nanoseconds.
     */
    public long unmapLongest()
    {
        return of(TailCall.UNMAP).longest();
    }

    /**
     * The longest unmap by the clock.
     *
     * @return nanoseconds.
     */
    public long unmapByClock()
    {
        return of(TailCall.UNMAP).longestByClock();
    }

    /**
     * Calls of unmap that were held up by what is not theirs.
     *
     * @return how many.
     */
    public long unmapExcused()
    {
        return of(TailCall.UNMAP).excused();
    }

    /**
     * Calls of unmap that have waited for another thread.
     *
     * @return how many.
     */
    public long unmapWaited()
    {
        return of(TailCall.UNMAP).waited();
    }

    CallTail of(final TailCall call)
    {
        return tails.get(call);
    }
}
