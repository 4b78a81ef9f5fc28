/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells people why pools refuse something, a pool a line, first choice first.
 */
final class Explanations
{
    private Explanations()
    {
    }

    static String of(final PoolBindings bindings, final int length, final int alignMask, final long low)
    {
        final List<String> lines = new ArrayList<>();
        for (final PoolBinding binding : bindings.choices())
        {
            lines.add(binding.client().explain(length, alignMask, low).toString());
        }
        lines.addAll(bindings.passedOver());
        return lines.isEmpty() ? "no pool is registered" : String.join(System.lineSeparator(), lines);
    }

    static boolean isForGood(final PoolBindings bindings, final int length, final int alignMask, final long low)
    {
        final PoolBinding[] choices = bindings.choices();
        for (final PoolBinding binding : choices)
        {
            if (!binding.client().explain(length, alignMask, low).reason().isForGood())
            {
                return false;
            }
        }
        return choices.length > 0;
    }
}
