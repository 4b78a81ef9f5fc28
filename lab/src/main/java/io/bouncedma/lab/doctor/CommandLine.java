/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a kernel's command line says about swiotlb; as in the kernel, the last word of a kind counts.
 *
 * @param slots    that were asked for, or {@link Verdict#UNKNOWN}.
 * @param areas    that were asked for, or {@link Verdict#UNKNOWN}.
 * @param force    whether {@code force} has everything bounce.
 * @param noForce  whether {@code swiotlb=noforce} switches the pool off.
 * @param iommuOff whether {@code iommu=off} does, as on x86.
 * @param word     the word about swiotlb as it stands there, or an empty text.
 * @param ignored  what the kernel does not read of it, or an empty text.
 */
record CommandLine(
    long slots, long areas, boolean force, boolean noForce, boolean iommuOff, String word, String ignored)
{
    private static final String SWIOTLB = "swiotlb=";
    private static final String IOMMU = "iommu=";
    private static final int MAX_WORD = 64;
    /** {@code setup_io_tlb_npages} rounds up to a segment. */
    private static final long SEGMENT = 128;
    private static final int OCTAL = 8;
    private static final int DECIMAL = 10;
    private static final int HEX = 16;
    /** More slots than that no machine has bytes. */
    private static final int MAX_DIGITS = 15;
    /** {@code simple_strtoul} with base 0. */
    private static final Pattern NUMBER = Pattern.compile("0[xX]\\p{XDigit}+|0[0-7]*|[1-9][0-9]*");
    /** What a form puts behind a command line. */
    private static final Pattern QUOTES = Pattern.compile("[`'\"*]+$");
    /** What may stand at the end; {@code any} is proposed. */
    private static final Set<String> ENDS = Set.of("", "force", "noforce", "any");

    static CommandLine parse(final String text)
    {
        CommandLine line = new CommandLine(Verdict.UNKNOWN, Verdict.UNKNOWN, false, false, false, "", "");
        for (final String word : text.split("[ \\t\\n]+"))
        {
            if ("--".equals(word))
            {
                break;
            }
            if (word.startsWith(SWIOTLB))
            {
                line = line.withSwiotlb(QUOTES.matcher(word).replaceAll(""));
            }
            else if (word.startsWith(IOMMU))
            {
                line = new CommandLine(line.slots, line.areas, line.force, line.noForce,
                    line.iommuOff || word.substring(IOMMU.length()).contains("off"), line.word, line.ignored);
            }
        }
        return line;
    }

    /**
     * {@code swiotlb=[SLOTS][,AREAS][,force|noforce]}, as {@code setup_io_tlb_npages} reads it: in this order, without
     * units, and what is behind a word that it does not know is not read.
     */
    private CommandLine withSwiotlb(final String text)
    {
        long newSlots = slots;
        long newAreas = areas;
        int at = SWIOTLB.length();
        final Matcher number = NUMBER.matcher(text);
        if (number.region(at, text.length()).lookingAt())
        {
            final long asked = number(number.group());
            newSlots = Verdict.UNKNOWN == asked ? asked : (asked + SEGMENT - 1) / SEGMENT * SEGMENT;
            at = number.end();
        }
        at += text.startsWith(",", at) ? 1 : 0;
        if (number.region(at, text.length()).lookingAt())
        {
            newAreas = number(number.group());
            at = number.end();
        }
        at += text.startsWith(",", at) ? 1 : 0;
        final String end = text.substring(at);
        return new CommandLine(newSlots, newAreas, force || "force".equals(end), noForce || "noforce".equals(end),
            iommuOff, Printable.ascii(text, MAX_WORD),
            ENDS.contains(end) ? "" : Printable.ascii(end, MAX_WORD));
    }

    private static long number(final String text)
    {
        final boolean isHex = text.startsWith("0x") || text.startsWith("0X");
        final String digits = isHex ? text.substring(2) : text;
        return digits.length() > MAX_DIGITS ? Verdict.UNKNOWN :
            Long.parseLong(digits, isHex ? HEX : digits.startsWith("0") ? OCTAL : DECIMAL);
    }
}
