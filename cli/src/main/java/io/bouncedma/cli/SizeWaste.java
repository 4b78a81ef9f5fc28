/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.sizing.DmbTable;
import io.bouncedma.lab.sizing.OperationCost;
import io.bouncedma.lab.sizing.PoolParts;
import io.bouncedma.lab.sizing.SizedAllocator;
import io.bouncedma.os.Amount;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What single operations of Linux's drivers take of each pool, and the table of VIRTIO_F_DMB's documentation.
 */
final class SizeWaste
{
    private static final double MIB = 1 << 20;
    private static final double DIGITS = 1e3;

    private SizeWaste()
    {
    }

    static void print(final PrintStream out)
    {
        out.printf("%-40s%8s", "one operation", "carries");
        header(out, 20);
        for (final OperationCost cost : OperationCost.published())
        {
            out.printf("%-40s%,8d", cost.name(), cost.carried());
            for (final SizedAllocator allocator : SizedAllocator.values())
            {
                out.printf("%20s", String.format(Locale.ROOT, "%,d (%.2fx)", cost.taken(allocator),
                    cost.factor(allocator)));
            }
            out.println();
        }
        out.printf("%n%-40s%8s", "a card with full receive queues, MiB", "");
        header(out, 20);
        for (final DmbTable.Row row : DmbTable.ROWS)
        {
            out.printf("%-48s", Amount.of(row.pairs(), "pair") + " of " + row.depth() +
                (row.isMergeable() ? "" : " without MRG_RXBUF"));
            for (final SizedAllocator allocator : SizedAllocator.values())
            {
                out.printf("%20s", String.format(Locale.ROOT, "%.1f", row.parts(allocator).total() / MIB));
            }
            out.println();
        }
    }

    static Map<String, Object> figures()
    {
        final List<Object> operations = new ArrayList<>();
        for (final OperationCost cost : OperationCost.published())
        {
            final Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("operation", cost.name());
            figures.put("carried_bytes", cost.carried());
            for (final SizedAllocator allocator : SizedAllocator.values())
            {
                final Map<String, Object> taken = new LinkedHashMap<>();
                taken.put("taken_bytes", cost.taken(allocator));
                taken.put("factor", Math.round(cost.factor(allocator) * DIGITS) / DIGITS);
                figures.put(allocator.label(), taken);
            }
            operations.add(figures);
        }
        final List<Object> cards = new ArrayList<>();
        for (final DmbTable.Row row : DmbTable.ROWS)
        {
            final Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("pairs", row.pairs());
            figures.put("depth", row.depth());
            figures.put("mergeable", row.isMergeable());
            for (final SizedAllocator allocator : SizedAllocator.values())
            {
                final PoolParts parts = row.parts(allocator);
                final Map<String, Object> taken = new LinkedHashMap<>();
                taken.put("coherent_bytes", parts.coherent());
                taken.put("receive_bytes", parts.longLived());
                taken.put("other_bytes", parts.transients());
                figures.put(allocator.label(), taken);
            }
            cards.add(figures);
        }
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("operations", operations);
        all.put("cards", cards);
        return all;
    }

    private static void header(final PrintStream out, final int width)
    {
        for (final SizedAllocator allocator : SizedAllocator.values())
        {
            out.printf("%" + width + "s", allocator.label());
        }
        out.println();
    }
}
