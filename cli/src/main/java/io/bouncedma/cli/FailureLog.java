/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.Failures;
import org.agrona.concurrent.Agent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Tells the operator what went wrong when it happens: a line for the first failure of each source at once, then one a
 * second at most, which says how many were not told. Looks at counters of others, so that whoever fails waits for
 * nobody who reads.
 */
final class FailureLog implements Agent
{
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private final BiConsumer<String, String> out;
    private final List<Source> sources = new ArrayList<>();

    /**
     * Tell nothing yet.
     *
     * @param nanoTime the clock, {@code System::nanoTime} but in a test.
     * @param out      takes the name of a source and what went wrong there.
     */
    FailureLog(final LongSupplier nanoTime, final BiConsumer<String, String> out)
    {
        this.nanoTime = nanoTime;
        this.out = out;
    }

    /**
     * Tell of a source too, from now on.
     *
     * @param name     of the source, for the line.
     * @param failures of the source; null if it keeps none.
     * @return this.
     */
    synchronized FailureLog of(final String name, final Failures failures)
    {
        if (null != failures)
        {
            sources.add(new Source(name, failures));
        }
        return this;
    }

    @Override
    public synchronized int doWork()
    {
        final long now = nanoTime.getAsLong();
        int told = 0;
        for (final Source source : sources)
        {
            told += source.tell(now, false);
        }
        return told;
    }

    /** Tell what is left, however soon after the last. */
    synchronized void flush()
    {
        sources.forEach((source) -> source.tell(nanoTime.getAsLong(), true));
    }

    @Override
    public String roleName()
    {
        return "failures";
    }

    private final class Source
    {
        private final String name;
        private final Failures failures;
        private long told;
        private long toldNs;

        private Source(final String name, final Failures failures)
        {
            this.name = name;
            this.failures = failures;
        }

        private int tell(final long now, final boolean isEnd)
        {
            final Failures.Entry last = failures.last();
            if (last.count() == told || 0 != told && !isEnd && now - toldNs < PERIOD_NS)
            {
                return 0;
            }
            final long untold = last.count() - told - 1;
            out.accept(name, last.reason() + (0 == untold ? "" : " (and " + untold + " more before it)"));
            told = last.count();
            toldNs = now;
            return 1;
        }
    }
}
