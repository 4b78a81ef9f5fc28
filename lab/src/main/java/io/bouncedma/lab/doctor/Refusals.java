/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The messages by which kernels say that a mapping was refused, in all the spellings since 2.6.
 */
final class Refusals
{
    private static final String FULL = "swiotlb buffer is full";
    private static final String SUPPRESSED = " callbacks suppressed";
    /** {@code swiotlb_full} of kernels before 5.0: a second line of the same refusal, or before 4.2 the only one. */
    private static final String OUT_OF_SPACE = "DMA: Out of SW-IOMMU space for ";
    /** {@code swiotlb_alloc_coherent} of kernels before 5.0, a second line as well; the device is named since 4.16. */
    private static final String COHERENT = "swiotlb: coherent allocation failed";
    /** Where there is no pool: since 3.18, with {@code swiotlb=noforce} of 4.10 to 5.6, and that of dma-iommu. */
    private static final List<String> NO_POOL = List.of("Can not allocate SWIOTLB buffer earlier",
        "Cannot do DMA to address 0x", "DMA bounce buffers are inactive");
    /** {@code swiotlb_map}: there was room, but where the device does not reach. */
    private static final String OUT_OF_REACH = "swiotlb addr ";
    /**
     * {@code dma_direct_map_page} where no pool is active (of 5.6, with {@code swiotlb=noforce}), and since 5.8 for
     * another device's registers; and {@code report_addr} of 5.0 to 5.5.
     */
    private static final String DIRECT = "DMA addr ";
    private static final String REPORT = "overflow 0x";
    /** Kernels before 5.0 tell what asked: of x86 where there is no pool (of no device), and that of 4.18. */
    private static final Pattern CALLER = Pattern.compile("(nommu|dma_direct)_map_\\w{1,9}: overflow ");
    private static final String DEVICE_MASK = " of device mask ";
    private static final List<String> MASKS = List.of(" overflow (mask ", " of DMA mask ", DEVICE_MASK);

    /** No kernel maps as many bytes, or has as many slots. */
    private static final long MOST = 1L << 40;

    private static final LogHead NOBODY = new LogHead("", "");

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
    private LogHead lastDevice = NOBODY;
    private long lastBytes = Verdict.UNKNOWN;
    private long suppressed;

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
        int full = line.indexOf(FULL);
        if (full < 0)
        {
            return takeOther(line);
        }
        // Several in a line are what is left of lines when a web form eats their ends.
        Kind kind = Kind.TAKEN;
        for (int begin = 0; full >= 0; full = line.indexOf(FULL, begin))
        {
            final String head = line.substring(begin, full);
            begin = full + FULL.length();
            kind = Kind.TAKEN == takeFull(head, new Scan(line, begin)) ? kind : Kind.MALFORMED;
        }
        return kind;
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
        refused(head, LogHead.of(head), bytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
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
        refused(head, LogHead.of(head), bytes, total, used > MOST ? Verdict.UNKNOWN : used);
        return true;
    }

    private Kind takeOther(final String line)
    {
        int at = line.indexOf(SUPPRESSED);
        // The refusals that follow from a pool that did not grow are told by themselves.
        if (at >= 0 && line.contains("swiotlb") && !line.contains(BootLines.GROWTH))
        {
            return takeSuppressed(line, at);
        }
        for (final String noPool : NO_POOL)
        {
            at = line.indexOf(noPool);
            if (at >= 0)
            {
                refused(line.substring(0, at), LogHead.of(line.substring(0, at)), Verdict.UNKNOWN, 0, 0);
                return Kind.TAKEN;
            }
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
        final String head = line.substring(0, at);
        final Scan scan = new Scan(line, at + COHERENT.length());
        final LogHead who = scan.skip(" for device ") ? LogHead.of(scan.word() + ":") : LogHead.of(head);
        scan.skip(",");
        final long bytes = scan.skip(" size=") ? scan.number() : Scan.NONE;
        if (bytes < 0 || bytes > MOST)
        {
            return Kind.MALFORMED;
        }
        if (bytes != lastBytes)
        {
            refused(head, who, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
        }
        table.coherent();
        lastBytes = Verdict.UNKNOWN;
        return Kind.TAKEN;
    }

    private Kind takeOverflow(final String line)
    {
        final int pool = line.indexOf(OUT_OF_REACH);
        final Matcher caller = CALLER.matcher(line);
        final boolean isOld = line.contains(DEVICE_MASK) && caller.find();
        final int direct = pool >= 0 ? pool : isOld ? caller.start() : line.indexOf(DIRECT);
        final int at = direct >= 0 ? direct : line.indexOf(REPORT);
        if (at < 0 || MASKS.stream().noneMatch(line::contains))
        {
            return Kind.OTHER;
        }
        final Scan scan = new Scan(line, at);
        scan.skipTo(isOld ? "overflow " : "0x");
        final long address = scan.hex();
        final long bytes = scan.skip("+") ? scan.number() : Scan.NONE;
        scan.skipTo("mask ");
        final long mask = scan.hex();
        final long limit = scan.skipTo("bus limit ") || scan.skipTo("bus mask ") ? scan.hex() : Scan.NONE;
        if (Scan.NONE == address || bytes < 0 || bytes > MOST || Scan.NONE == mask)
        {
            return Kind.MALFORMED;
        }
        final String head = line.substring(0, at);
        // Before nommu_map_single stands what another line began.
        final LogHead who = isOld && "nommu".equals(caller.group(1)) ? NOBODY : LogHead.of(head);
        if (direct < 0 && bytes > KnownDrivers.maxMapping(who.driver()))
        {
            // The refusal was not printed, or not kept; it was asked first, and the pool gives no such piece.
            if (!table.knows(who))
            {
                refused(head, who, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN);
            }
            return Kind.TAKEN;
        }
        // report_addr of 5.0 to 5.6 follows a refusal that was told before.
        if (direct >= 0 || !table.knows(who))
        {
            // A mask of 64 bits is as good as none; a limit of 0 is none.
            final long reach = limit > 0 ? Math.min(limit, mask < 0 ? Long.MAX_VALUE : mask) : mask;
            table.add(who, pool < 0 && direct >= 0 ? Verdict.NO_POOL : Verdict.OUT_OF_REACH, new ComplaintTable.Line(
                head, bytes, Verdict.UNKNOWN, Verdict.UNKNOWN, reach, address));
        }
        return Kind.TAKEN;
    }

    private void refused(
        final String head, final LogHead who, final long bytes, final long total, final long used)
    {
        lastDevice = who;
        lastBytes = bytes;
        table.add(who, Verdict.of(bytes, total, used, KnownDrivers.maxTold(who.driver())),
            ComplaintTable.Line.of(head, bytes, total, used));
    }
}
