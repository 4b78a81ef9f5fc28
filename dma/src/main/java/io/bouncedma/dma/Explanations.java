/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;

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

    /** Of a list the longest entry: the others are more likely to be granted. */
    static String of(final PoolBindings bindings, final AddressRules rules, final ScatterGather list)
    {
        int longest = 0;
        for (int entry = 1; entry < list.entries(); entry++)
        {
            longest = list.entryLength(entry) > list.entryLength(longest) ? entry : longest;
        }
        final long low = list.entryLow(longest);
        final int lead = BouncedMappings.lead(rules, low);
        final int length = Math.max(1, Math.min(list.entryLength(longest), Integer.MAX_VALUE - lead));
        return "the longest entry of " + list + ":" + System.lineSeparator() +
            of(bindings, lead + length, rules.minAlignMask(), low - lead);
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
