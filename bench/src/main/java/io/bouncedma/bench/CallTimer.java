/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * Tells how long each call of a thread takes, and how much of that is the call's own doing.
 * <p>
 * Each call is timed by the clock. One of more than 20 us is looked at closer, by what the kernel and the JVM count for
 * the thread:
 * <ul>
 * <li>Did it <em>wait</em>, for a lock for example: has it given up the core by itself
 * ({@code voluntary_ctxt_switches}, proc_pid_status(5))? If not, it is charged with its CPU time
 * ({@code CLOCK_THREAD_CPUTIME_ID}, clock_gettime(3), read before each call): what the clock says beyond that is time
 * in which another thread or another virtual machine ran on the core. Interrupts that the core handles count as the
 * call's.</li>
 * <li>If it has waited, it is charged with all that the clock says but the time in which it, or the one thread that it
 * can have waited for, was ready to run and had no core ({@code run_delay} of {@code schedstat}).</li>
 * <li>If the JVM has stopped all threads meanwhile ({@code HotspotRuntimeMBean}), it waited for that, and is charged
 * with its CPU time.</li>
 * </ul>
 * The clocks are read at each call, the rest every 64 calls and after each long one: so what is found there belongs to
 * the long call or to one of a few short ones before it.
 * <p>
 * One thread, which must be no virtual one.
 */
final class CallTimer
{
    /** A call that the clock says is no longer than this is charged with what the clock says. */
    static final long LONG_NANOS = 20_000;
    /** How many calls there are between two looks at what costs more to look at than a call. */
    static final int LOOK_EVERY = 64;

    private final ThreadCounts counts;
    private int untilLook;
    private long waits;
    private long delays;
    private long stops;
    private long cpuBefore;
    private long before;

    CallTimer(final ThreadCounts counts)
    {
        this.counts = counts;
    }

    /**
     * A call begins after this.
     */
    void begin()
    {
        if (0 == untilLook)
        {
            look();
        }
        untilLook--;
        cpuBefore = counts.cpu();
        before = counts.clock();
    }

    /**
     * A call has ended before this.
     *
     * @param tail of its kind.
     */
    void end(final CallTail tail)
    {
        final long nanos = counts.clock() - before;
        if (nanos <= LONG_NANOS)
        {
            tail.add(nanos);
        }
        else
        {
            addLong(tail, nanos);
        }
    }

    private void addLong(final CallTail tail, final long nanos)
    {
        final long ran = Math.min(nanos, counts.cpu() - cpuBefore);
        final long waitsBefore = waits;
        final long delaysBefore = delays;
        final long stopsBefore = stops;
        look();
        if (waits != waitsBefore && stops == stopsBefore)
        {
            tail.addWaited(nanos, Math.max(ran, nanos - (delays - delaysBefore)));
        }
        else
        {
            tail.addLong(nanos, ran);
        }
    }

    private void look()
    {
        untilLook = LOOK_EVERY;
        waits = counts.waits();
        delays = counts.delays();
        stops = counts.stops();
    }
}
