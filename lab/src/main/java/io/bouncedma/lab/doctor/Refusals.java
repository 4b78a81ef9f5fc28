/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

/**
 * The messages by which kernels say that a mapping was refused, in all the spellings since 2.6.
 */
final class Refusals
{
    private static final String FULL = "swiotlb buffer is full";
    private static final String SUPPRESSED = " callbacks suppressed";
    /** {@code swiotlb_full} of kernels before 5.0: a second line of the same refusal, or before 4.2 the only one. */
    private static final String OUT_OF_SPACE = "DMA: Out of SW-IOMMU space for ";
    /** {@code swiotlb_alloc_coherent} of kernels before 5.0, a second line as well. */
    private static final String COHERENT = "swiotlb: coherent allocation failed for device ";
    /** Since 4.16, where there is no pool; and that of dma-iommu. */
    private static final String NEVER_THERE = "Can not allocate SWIOTLB buffer earlier";
    private static final String INACTIVE = "DMA bounce buffers are inactive";
    /** {@code swiotlb_map}: there was room, but where the device does not reach. */
    private static final String OUT_OF_REACH = "swiotlb addr ";
    /** {@code dma_direct_map_page}, and {@code report_addr} of 5.0 to 5.6. */
    private static final String DIRECT = "DMA addr ";
    private static final String REPORT = "overflow 0x";

    /** No kernel maps as many bytes, or has as many slots. */
    private static final long MOST = 1L << 40;

    /** What a line was. */
    enum Kind
    {
        /** Understood, and in the table. */
        TAKEN,
        /** It begins as one of these messages and goes on as none. */
        MALFORMED,
        /** No such message. */
        OTHER
    }

    private final ComplaintTable table;
    private LogHead lastDevice = new LogHead("", "");
    private long lastBytes = Verdict.UNKNOWN;
    private long suppressed;

    /** A refusal whose totals may stand in the next line, as in mails that were wrapped; or null. */
    private String wrappedHead;
    private long wrappedBytes;

    Refusals(final ComplaintTable table)
    {
        this.table = table;
    }

    long suppressed()
    {
        return suppressed;
    }

    Kind take(final String line)
    {
        if (null != wrappedHead)
        {
            final boolean goesOn = takeTotals(new Scan(withoutQuotes(line), 0), wrappedHead, wrappedBytes);
            end();
            if (goesOn)
            {
                return Kind.TAKEN;
            }
        }
        int full = line.indexOf(FULL);
        if (full < 0)
        {
            return takeOther(line);
        }
        // Several in a line are what is left of lines when a web form eats their ends.
        Kind kind = Kind.TAKEN;
        for (int begin = 0; full >= 0; full = line.indexOf(FULL, begin))
        {
            end();
            final String head = line.substring(begin, full);
            begin = full + FULL.length();
            kind = Kind.TAKEN == takeFull(head, new Scan(line, begin)) ? kind : Kind.MALFORMED;
        }
        return kind;
    }

    /** There is no next line. */
    void end()
    {
        if (null != wrappedHead)
        {
            refused(wrappedHead, LogHead.of(wrappedHead), wrappedBytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
            wrappedHead = null;
        }
    }

    private Kind takeFull(final String head, final Scan scan)
    {
        final long bytes = scan.skip(" (sz: ") ? scan.number() : Scan.NONE;
        if (bytes < 0 || bytes > MOST || !scan.skip(" bytes)"))
        {
            return Kind.MALFORMED;
        }
        scan.skip(",");
        final String rest = scan.rest();
        if (takeTotals(new Scan(rest, 0), head, bytes))
        {
            return Kind.TAKEN;
        }
        if (rest.startsWith("total"))
        {
            return Kind.MALFORMED;
        }
        wrappedHead = head;
        wrappedBytes = bytes;
        return Kind.TAKEN;
    }

    /** {@code total N (slots), used N (slots)}. */
    private boolean takeTotals(final Scan scan, final String head, final long bytes)
    {
        final long total = scan.skip("total ") ? scan.number() : Scan.NONE;
        if (total < 0 || total > MOST)
        {
            return false;
        }
        scan.skip(" (slots)");
        final long used = scan.skip(", used ") ? scan.number() : Scan.NONE;
        if (Scan.NONE == used)
        {
            return false;
        }
        wrappedHead = null;
        refused(head, LogHead.of(head), bytes, total, used > MOST ? Verdict.UNKNOWN : used);
        return true;
    }

    private Kind takeOther(final String line)
    {
        int at = line.indexOf(SUPPRESSED);
        if (at >= 0 && line.contains("swiotlb"))
        {
            return takeSuppressed(line, at);
        }
        at = Math.max(line.indexOf(NEVER_THERE), line.indexOf(INACTIVE));
        if (at >= 0)
        {
            refused(line.substring(0, at), LogHead.of(line.substring(0, at)), Verdict.UNKNOWN, 0, 0);
            return Kind.TAKEN;
        }
        at = line.indexOf(OUT_OF_SPACE);
        if (at >= 0)
        {
            return takeSecond(line, at, new Scan(line, at + OUT_OF_SPACE.length()));
        }
        at = line.indexOf(COHERENT);
        return at >= 0 ? takeCoherent(line, at) : takeOverflow(line);
    }

    private Kind takeSuppressed(final String line, final int at)
    {
        int from = at;
        while (from > 0 && line.charAt(from - 1) >= '0' && line.charAt(from - 1) <= '9')
        {
            from--;
        }
        final long count = new Scan(line, from).number();
        if (count < 0)
        {
            return Kind.MALFORMED;
        }
        // Hostile counts do not add up to less than none.
        suppressed = Math.max(suppressed, suppressed + count);
        return Kind.TAKEN;
    }

    private Kind takeSecond(final String line, final int at, final Scan scan)
    {
        final long bytes = scan.number();
        if (bytes < 0 || bytes > MOST)
        {
            return Kind.MALFORMED;
        }
        final String head = line.substring(0, at);
        scan.skip(" bytes");
        final LogHead who = scan.skip(" at device ") ? LogHead.of(scan.word() + ":") : LogHead.of(head);
        if (bytes != lastBytes || !who.device().equals(lastDevice.device()))
        {
            refused(head, who, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
        }
        // A third such line is another refusal.
        lastBytes = Verdict.UNKNOWN;
        return Kind.TAKEN;
    }

    private Kind takeCoherent(final String line, final int at)
    {
        final Scan scan = new Scan(line, at + COHERENT.length());
        final LogHead who = LogHead.of(scan.word() + ":");
        final long bytes = scan.skip(" size=") ? scan.number() : Scan.NONE;
        if (bytes < 0 || bytes > MOST)
        {
            return Kind.MALFORMED;
        }
        if (bytes != lastBytes)
        {
            refused(line.substring(0, at), who, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
        }
        lastBytes = Verdict.UNKNOWN;
        return Kind.TAKEN;
    }

    private Kind takeOverflow(final String line)
    {
        final int pool = line.indexOf(OUT_OF_REACH);
        final int direct = pool >= 0 ? pool : line.indexOf(DIRECT);
        final int at = direct >= 0 ? direct : line.indexOf(REPORT);
        if (at < 0 || !line.contains(" overflow (mask ") && !line.contains(" of DMA mask "))
        {
            return Kind.OTHER;
        }
        final Scan scan = new Scan(line, at);
        scan.skipTo("0x");
        final long address = scan.hex();
        final long bytes = scan.skip("+") ? scan.number() : Scan.NONE;
        scan.skipTo("mask ");
        final long mask = scan.hex();
        scan.skipTo("bus limit ");
        final long limit = scan.hex();
        if (Scan.NONE == address || bytes < 0 || bytes > MOST || Scan.NONE == mask)
        {
            return Kind.MALFORMED;
        }
        final String head = line.substring(0, at);
        final LogHead who = LogHead.of(head);
        // report_addr of 5.0 to 5.6 follows a refusal that was told before.
        if (direct >= 0 || !table.knows(who))
        {
            // A mask of 64 bits is as good as none; a limit of 0 is none.
            final long reach = limit > 0 ? Math.min(limit, mask < 0 ? Long.MAX_VALUE : mask) : mask;
            table.add(who, Verdict.OUT_OF_REACH, new ComplaintTable.Line(
                head, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN, reach, address));
        }
        return Kind.TAKEN;
    }

    private void refused(
        final String head, final LogHead who, final long bytes, final long total, final long used)
    {
        lastDevice = who;
        lastBytes = bytes;
        table.add(who, Verdict.of(bytes, total, used, KnownDrivers.maxMapping(who.driver())),
            ComplaintTable.Line.of(head, bytes, total, used));
    }

    /** A mail puts marks before what it quotes. */
    private static String withoutQuotes(final String line)
    {
        int from = 0;
        while (from < line.length() && (line.charAt(from) <= ' ' || "|>".indexOf(line.charAt(from)) >= 0))
        {
            from++;
        }
        return line.substring(from);
    }
}
