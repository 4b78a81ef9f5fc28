/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a client counts of one {@link Stripe}.
 * <p>
 * Figures are written by who is inside, before it leaves with a release, and read by anybody, opaque: each is one that
 * was true, and no two need be of the same moment. HotSpot writes 64 bits at once.
 */
abstract class StripeFigures extends StripeLock
{
    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle USED = figure("used");
    private static final VarHandle PEAK = figure("peak");
    private static final VarHandle TO_DEVICE = figure("toDevice");
    private static final VarHandle FROM_DEVICE = figure("fromDevice");

    private long used;
    private long peak;
    private long toDevice;
    private long fromDevice;
    private final long[] allocations = new long[PADDING + SizeClass.COUNT + PADDING];

    final long usedUnits()
    {
        return (long)USED.getOpaque(this);
    }

    /** The most units that this stripe handed out and did not get back at one time. */
    final long peakUnits()
    {
        return (long)PEAK.getOpaque(this);
    }

    final long bytesToDevice()
    {
        return (long)TO_DEVICE.getOpaque(this);
    }

    final long bytesFromDevice()
    {
        return (long)FROM_DEVICE.getOpaque(this);
    }

    final long allocations(final int sizeClass)
    {
        return (long)COUNT.getOpaque(allocations, PADDING + sizeClass);
    }

    /** Count a block that is handed out. */
    final void count(final int units)
    {
        used += units;
        if (used > peak)
        {
            peak = used;
        }
        allocations[PADDING + SizeClass.of(units)]++;
    }

    /** Count a block that is freed, and what was bounced through it. */
    final void uncount(final int units, final long bouncedIn, final long bouncedOut)
    {
        used -= units;
        if (0 != (bouncedIn | bouncedOut))
        {
            toDevice += bouncedIn;
            fromDevice += bouncedOut;
        }
    }

    private static VarHandle figure(final String name)
    {
        try
        {
            return MethodHandles.lookup().findVarHandle(StripeFigures.class, name, long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }
}
