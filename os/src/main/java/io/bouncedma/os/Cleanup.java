/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.util.function.IntConsumer;

/**
 * Gives several things back, each of them whatever comes of the others: what one step throws must not keep the rest.
 * <pre>
 * Cleanup.all(ring::close, headers::close);          throws what the first one threw, when all are done
 * Cleanup.each(mappings.length, this::unmap);        the same for 0, 1, 2, ...
 * Cleanup.after(e, ring::close, headers::close);     throws nothing: e is what the caller hears of
 * </pre>
 * What is thrown later is suppressed in what was thrown first. A step may throw that very exception again, as something
 * does that failed for good and tells everybody the same: then there is nothing to add, and
 * {@link Throwable#addSuppressed} would refuse it.
 */
public final class Cleanup
{
    private Cleanup()
    {
    }

    /**
     * Do all steps.
     *
     * @param steps in their order.
     * @throws RuntimeException what the first step that failed threw; if that is an {@link Error}, the error.
     */
    public static void all(final Runnable... steps)
    {
        each(steps.length, (i) -> steps[i].run());
    }

    /**
     * Do one step for each of several things.
     *
     * @param count of them.
     * @param step  called with 0 to {@code count - 1}.
     * @throws RuntimeException as {@link #all}.
     */
    public static void each(final int count, final IntConsumer step)
    {
        final Throwable first = run(null, count, step);
        if (first instanceof final Error e)
        {
            throw e;
        }
        if (null != first)
        {
            throw (RuntimeException)first;
        }
    }

    /**
     * Do all steps because something failed. The caller goes on to throw that.
     *
     * @param cause gets what the steps throw as suppressed exceptions.
     * @param steps in their order.
     */
    public static void after(final Throwable cause, final Runnable... steps)
    {
        run(cause, steps.length, (i) -> steps[i].run());
    }

    private static Throwable run(final Throwable cause, final int count, final IntConsumer step)
    {
        Throwable first = cause;
        for (int i = 0; i < count; i++)
        {
            try
            {
                step.accept(i);
            }
            catch (final RuntimeException | Error e)
            {
                if (null == first)
                {
                    first = e;
                }
                else if (first != e)
                {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
