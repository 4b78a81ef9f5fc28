/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line that a probe of swiotlb printed into the kernel's trace buffer. The probes are
 * <pre>
 * p:m swiotlb_tbl_map_single orig=$arg2 size=$arg3:u64 alloc=$arg4:u64 amask=$arg5:x32 dir=$arg6:s32
 * r64:mr swiotlb_tbl_map_single tlb=$retval
 * p:u swiotlb_tbl_unmap_single tlb=$arg2 size=$arg3:u64 dir=$arg4:s32
 * </pre>
 * and print, behind the name and the number of the task,
 * <pre>
 * [001] d..1.    10.292297: m: (swiotlb_tbl_map_single+0x0/0x6c0) orig=0x3eaa0290 size=16 alloc=16 amask=0x0 dir=1
 * [001] d..1.    10.297298: mr: (swiotlb_map+0x6f/0x260 &lt;- swiotlb_tbl_map_single) tlb=0x3a703000
 * [001] d.h1.    10.300126: u: (swiotlb_tbl_unmap_single+0x0/0x1a0) tlb=0x3a703000 size=16 dir=1
 * </pre>
 *
 * @param kind       which of the three.
 * @param cpu        that it ran on.
 * @param timeMicros of the trace's clock.
 * @param address    in the pool, or of the original if it is a {@link Kind#MAP}.
 * @param bytes      of the mapping, only in a {@link Kind#MAP}.
 * @param direction  of the mapping, only in a {@link Kind#MAP}.
 */
record FtraceProbe(Kind kind, int cpu, long timeMicros, long address, int bytes, TraceDirection direction)
{
    /** What {@code swiotlb_tbl_map_single} returns when it refuses, {@code DMA_MAPPING_ERROR}. */
    static final long REFUSED = -1;

    private static final Pattern HEAD =
        Pattern.compile("\\[(\\d{1,6})\\] +(?:\\S+ +)?(\\d{1,11})\\.(\\d{6}): (mr?|u): \\([^)]*\\) ");
    private static final Pattern CALL =
        Pattern.compile("orig=0x(\\p{XDigit}{1,16}) size=(\\d{1,10}) .*\\bdir=([0-2])");
    private static final Pattern RETURN = Pattern.compile("tlb=0x(\\p{XDigit}{1,16})");
    private static final Pattern UNMAP = Pattern.compile("tlb=0x(\\p{XDigit}{1,16}) size=.*");
    /** By {@code enum dma_data_direction}. */
    private static final TraceDirection[] DIRECTIONS =
        {TraceDirection.BIDIRECTIONAL, TraceDirection.TO_DEVICE, TraceDirection.FROM_DEVICE};
    private static final int HEX = 16;

    /** The probes. */
    enum Kind
    {
        /** A mapping is asked for. */
        MAP,
        /** It is made, or refused. */
        MAPPED,
        /** A mapping is ended. */
        UNMAP
    }

    /**
     * The probe of a line, or null if the line is none of them or not whole.
     */
    static FtraceProbe parse(final String line)
    {
        final Matcher head = HEAD.matcher(line);
        if (!head.find())
        {
            return null;
        }
        final String kind = head.group(4);
        final Pattern pattern = "m".equals(kind) ? CALL : "u".equals(kind) ? UNMAP : RETURN;
        final Matcher fields = pattern.matcher(line).region(head.end(), line.length());
        if (!fields.matches())
        {
            return null;
        }
        final int cpu = Integer.parseInt(head.group(1));
        final long time = Long.parseLong(head.group(2) + head.group(3));
        final long address = Long.parseUnsignedLong(fields.group(1), HEX);
        return switch (kind)
        {
            case "m" -> call(cpu, time, address, Long.parseLong(fields.group(2)), fields.group(3));
            case "u" -> new FtraceProbe(Kind.UNMAP, cpu, time, address, 0, null);
            default -> new FtraceProbe(Kind.MAPPED, cpu, time, address, 0, null);
        };
    }

    /**
     * Where in its page the original begins, of a {@link Kind#MAP}.
     */
    int pageOffset()
    {
        return (int)(address & (Trace.PAGE_SIZE - 1));
    }

    private static FtraceProbe call(
        final int cpu, final long time, final long address, final long bytes, final String direction)
    {
        if (bytes < 1 || bytes > Trace.MAX_BYTES)
        {
            return null;
        }
        return new FtraceProbe(
            Kind.MAP, cpu, time, address, (int)bytes, DIRECTIONS[Integer.parseInt(direction)]);
    }
}
