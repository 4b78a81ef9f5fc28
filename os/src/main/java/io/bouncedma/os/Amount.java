/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.util.Locale;

/**
 * Numbers for people.
 */
public final class Amount
{
    private Amount()
    {
    }

    /**
     * A number whose digits are in groups of three, wherever the reader is.
     *
     * @param number to show.
     * @return for example {@code 1,024}.
     */
    public static String of(final long number)
    {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /**
     * A number of things.
     *
     * @param number of them.
     * @param one    what one is called; more are called so with an s.
     * @return for example {@code 1 slot} or {@code 1,024 slots}.
     */
    public static String of(final long number, final String one)
    {
        return of(number) + ' ' + one + (1 == number ? "" : "s");
    }
}
