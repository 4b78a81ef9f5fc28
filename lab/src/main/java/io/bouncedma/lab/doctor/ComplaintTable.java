/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects what a log complains about, a row for each device, verdict and size of the pool, in bounded memory.
 */
final class ComplaintTable
{
    /** No machine has as many devices that bounce; a log with more is made up, and its rest is counted only. */
    static final int MAX_ROWS = 500;

    private final Map<Key, Row> rows = new LinkedHashMap<>();
    private final Map<Long, UsedTrend> trends = new HashMap<>();
    private Row last;
    private long beyond;

    private record Key(String driver, String device, Verdict verdict, long total)
    {
    }

    /**
     * A line that complains.
     *
     * @param head    what stands before the message.
     * @param bytes   that were asked for, or unknown.
     * @param total   slots of the pool, or unknown.
     * @param used    slots that were taken, or unknown.
     * @param mask    the highest address that the device reaches, or 0.
     * @param address that it should have reached, or 0.
     */
    record Line(String head, long bytes, long total, long used, long mask, long address)
    {
        static Line of(final String head, final long bytes, final long total, final long used)
        {
            return new Line(head, bytes, total, used, 0, 0);
        }
    }

    void add(final LogHead who, final Verdict verdict, final Line line)
    {
        final Key key = new Key(who.driver(), who.device(), verdict, line.total);
        Row row = rows.get(key);
        if (null == row)
        {
            if (rows.size() >= MAX_ROWS)
            {
                beyond++;
                last = null;
                return;
            }
            row = new Row(line);
            rows.put(key, row);
        }
        row.add(line);
        last = row;
        if (line.total > 0 && Verdict.UNKNOWN != line.used)
        {
            // No more pools than rows.
            trends.computeIfAbsent(line.total, total -> new UsedTrend()).add(line.used, line.head);
        }
    }

    /** What was added last was memory to use in place, which pages were not to be had for. */
    void coherent()
    {
        if (null != last)
        {
            last.isCoherent = true;
        }
    }

    /** The pool is another one after a boot. */
    void boot()
    {
        trends.clear();
    }

    /** Whether a device was complained about already. */
    boolean knows(final LogHead who)
    {
        return rows.keySet().stream().anyMatch(key -> key.device.equals(who.device()));
    }

    List<Complaint> complaints()
    {
        return rows.entrySet().stream().map(entry -> entry.getValue().complaint(entry.getKey())).toList();
    }

    Map<Long, UsedTrend> trends()
    {
        return trends;
    }

    /** Lines about more devices than there are rows for. */
    long beyond()
    {
        return beyond;
    }

    /** What its lines have in common, and between which limits they differ. */
    private static final class Row
    {
        private final String firstHead;
        private final long mask;
        private final long address;
        private String lastHead;
        private boolean isCoherent;
        private long count;
        private long leastBytes = Long.MAX_VALUE;
        private long mostBytes = Verdict.UNKNOWN;
        private long leastUsed = Long.MAX_VALUE;
        private long mostUsed = Verdict.UNKNOWN;
        private long wanted = Verdict.UNKNOWN;

        Row(final Line line)
        {
            firstHead = line.head;
            mask = line.mask;
            address = line.address;
        }

        void add(final Line line)
        {
            count++;
            lastHead = line.head;
            if (Verdict.UNKNOWN != line.bytes)
            {
                leastBytes = Math.min(leastBytes, line.bytes);
                mostBytes = Math.max(mostBytes, line.bytes);
            }
            if (Verdict.UNKNOWN != line.used)
            {
                leastUsed = Math.min(leastUsed, line.used);
                mostUsed = Math.max(mostUsed, line.used);
                wanted = Math.max(wanted, line.used + Verdict.slots(Math.max(0, line.bytes)));
            }
        }

        Complaint complaint(final Key key)
        {
            return new Complaint(printable(key.driver), printable(key.device), key.verdict, key.total, count,
                LogHead.time(firstHead), LogHead.time(lastHead), orUnknown(leastBytes), mostBytes,
                orUnknown(leastUsed), mostUsed, wanted, mask, address, isCoherent);
        }

        private static String printable(final String name)
        {
            return Printable.ascii(name, name.length());
        }

        private static long orUnknown(final long least)
        {
            return Long.MAX_VALUE == least ? Verdict.UNKNOWN : least;
        }
    }
}
