/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * How long tests wait for what has to come: the one place that knows how slow the machine may be.
 * <p>
 * Such a limit only ends a test that hangs. It is never what the test is about, so it is generous, and the system
 * property {@value #FACTOR_PROPERTY} multiplies every one of them for a machine that is busier still.
 */
public final class TestLimits
{
    /**
     * System property: what limits are multiplied by, a whole number from 1; 1 if absent.
     */
    public static final String FACTOR_PROPERTY = "test.limits.factor";

    private static final int FACTOR = factor();

    private TestLimits()
    {
    }

    /**
     * A limit in seconds.
     *
     * @param limit seconds on a machine of usual speed.
     * @return seconds here.
     */
    public static int seconds(final int limit)
    {
        return Math.multiplyExact(limit, FACTOR);
    }

    /**
     * A limit in milliseconds.
     *
     * @param limit milliseconds on a machine of usual speed.
     * @return milliseconds here.
     */
    public static int millis(final int limit)
    {
        return Math.multiplyExact(limit, FACTOR);
    }

    private static int factor()
    {
        final int factor = Integer.getInteger(FACTOR_PROPERTY, 1);
        if (factor < 1)
        {
            throw new IllegalArgumentException(FACTOR_PROPERTY + '=' + factor + " must be a whole number from 1");
        }

        return factor;
    }
}
