/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

/**
 * Tells people why pools refuse something, a pool a line, first choice first.
 */
final class Explanations
{
    private Explanations()
    {
    }

    static String of(final PoolBinding[] choices, final int length, final int alignMask, final long low)
    {
        final StringBuilder text = new StringBuilder();
        for (final PoolBinding binding : choices)
        {
            text.append(text.isEmpty() ? "" : System.lineSeparator())
                .append(binding.client().explain(length, alignMask, low));
        }
        return text.isEmpty() ? "no pool is registered" : text.toString();
    }
}
