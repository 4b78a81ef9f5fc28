/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Amount;
import org.agrona.BitUtil;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How large the default pool is, as several places tell it: what debugfs counts now, what the kernel mapped at boot,
 * what a refusal printed, what the command line asked for. The first of these that is there is used.
 *
 * @param slots   of the pool, or {@link Verdict#UNKNOWN}.
 * @param source  who says so, or an empty text.
 * @param areas   of the pool, or {@link Verdict#UNKNOWN}.
 * @param differs what other places say instead, a sentence each.
 */
public record PoolSize(long slots, String source, long areas, List<String> differs)
{
    private static final long SEGMENT = 128;
    private static final long MANY_CPUS = 256;
    private static final String DEBUGFS = "debugfs";
    private static final String BOOT = "the boot lines";
    private static final String COMMAND_LINE = "the command line";

    /**
     * Put together what is known.
     *
     * @param log     of the kernel.
     * @param machine that it is of.
     */
    static PoolSize of(final KernelLog log, final Machine machine)
    {
        final Map<String, Long> told = new LinkedHashMap<>();
        machine.pools().stream().filter(pool -> pool.name().isEmpty()).findFirst()
            .ifPresent(pool -> told.put(DEBUGFS, pool.slots()));
        put(told, BOOT, log.boot().slots());
        // Of several, the last pool that was complained about and is no device's own.
        log.complaints().stream().map(Complaint::total)
            .filter(total -> machine.pools().stream()
                .noneMatch(pool -> pool.slots() == total && !pool.name().isEmpty()))
            .reduce((first, last) -> last).ifPresent(total -> put(told, "the last refusal", total));
        final CommandLine line = commandLine(log, machine);
        put(told, COMMAND_LINE, line.slots());
        if (told.isEmpty())
        {
            return new PoolSize(Verdict.UNKNOWN, "", Verdict.UNKNOWN, List.of());
        }
        final String source = told.keySet().iterator().next();
        final long slots = COMMAND_LINE.equals(source) ? made(log, machine) : told.get(source);
        final long areas = areas(log, machine, line, slots);
        return new PoolSize(slots, source, areas, differences(told, source, slots, areas));
    }

    /** Whether the kernel itself says so, of what it has now or had at its last boot. */
    boolean isMeasured()
    {
        return DEBUGFS.equals(source) || BOOT.equals(source);
    }

    /** The command line of the machine, or where that is not there, as its log has it. */
    static CommandLine commandLine(final KernelLog log, final Machine machine)
    {
        return CommandLine.parse(null == machine.commandLine() ? log.boot().commandLine() : machine.commandLine());
    }

    private static void put(final Map<String, Long> told, final String source, final long slots)
    {
        if (Verdict.UNKNOWN != slots)
        {
            told.put(source, slots);
        }
    }

    private static List<String> differences(
        final Map<String, Long> told, final String source, final long slots, final long areas)
    {
        final List<String> differs = new ArrayList<>();
        told.forEach((other, number) ->
        {
            // Where there are areas the kernel rounds up to a segment for each, and to a power of two.
            final boolean isRounding = COMMAND_LINE.equals(other) &&
                BitUtil.findNextPositivePowerOfTwo(Math.max(number, SEGMENT * areas)) == slots;
            if (number != slots && !isRounding)
            {
                differs.add(other + (told.size() > 1 && COMMAND_LINE.equals(other) ? " asks for " : " say" +
                    (other.endsWith("lines") ? " " : "s ")) + Amount.of(number) + " slots, " + source +
                    (source.endsWith("lines") ? " have " : " has ") + Amount.of(slots));
            }
        });
        return List.copyOf(differs);
    }

    /**
     * One area for each possible processor, rounded up to a power of two, of a segment at least, as
     * {@code swiotlb_adjust_nareas} and {@code limit_nareas} make them since 6.0.
     */
    private static long areas(
        final KernelLog log, final Machine machine, final CommandLine line, final long slots)
    {
        final long wanted = wantedAreas(log, machine, line);
        return wanted < 0 || slots <= 0 ? Verdict.UNKNOWN : Math.max(1, Math.min(wanted, slots / SEGMENT));
    }

    private static long wantedAreas(final KernelLog log, final Machine machine, final CommandLine line)
    {
        final long wanted = log.boot().areas() > 0 ? log.boot().areas() :
            line.areas() > 0 ? line.areas() : machine.cpus();
        return !log.boot().hasAreas() || wanted <= 0 || wanted > 1 << 20 ? Verdict.UNKNOWN :
            BitUtil.findNextPositivePowerOfTwo(wanted);
    }

    /**
     * The slots that the kernel makes of those that the command line asks for, if there is memory for them:
     * {@code round_up_default_nslabs} has a segment for each area, so {@code swiotlb=128} is 2 MiB for eight CPUs.
     *
     * @return slots, as they are asked for if the number of areas is not known, or {@link Verdict#UNKNOWN}.
     */
    static long made(final KernelLog log, final Machine machine)
    {
        final CommandLine line = commandLine(log, machine);
        final long areas = wantedAreas(log, machine, line);
        return line.slots() <= 0 || areas < 0 ? line.slots() :
            BitUtil.findNextPositivePowerOfTwo(Math.max(line.slots(), SEGMENT * areas));
    }

    /** Whether a machine of many CPUs may make more of them, of which nothing is known. */
    static boolean mayBeMore(final KernelLog log, final Machine machine)
    {
        final CommandLine line = commandLine(log, machine);
        return log.boot().hasAreas() && line.slots() < SEGMENT * MANY_CPUS && wantedAreas(log, machine, line) < 0;
    }
}
