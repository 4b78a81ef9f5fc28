/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.lab.TraceFormatException;

/**
 * What a kernel's command line says about swiotlb; as in the kernel, the last word of a kind counts.
 *
 * @param slots    that were asked for, or {@link Verdict#UNKNOWN}.
 * @param areas    that were asked for, or {@link Verdict#UNKNOWN}.
 * @param force    whether {@code force} has everything bounce.
 * @param noForce  whether {@code swiotlb=noforce} switches the pool off.
 * @param iommuOff whether {@code iommu=off} does, as on x86.
 * @param word     the word about swiotlb as it stands there, or an empty text.
 */
record CommandLine(long slots, long areas, boolean force, boolean noForce, boolean iommuOff, String word)
{
    private static final String SWIOTLB = "swiotlb=";
    private static final String IOMMU = "iommu=";
    private static final int MAX_WORD = 64;
    /** {@code setup_io_tlb_npages} rounds up to a segment. */
    private static final long SEGMENT = 128;
    private static final int OCTAL = 8;

    static CommandLine parse(final String text)
    {
        CommandLine line = new CommandLine(Verdict.UNKNOWN, Verdict.UNKNOWN, false, false, false, "");
        for (final String word : text.split("[ \\t\\n]+"))
        {
            if ("--".equals(word))
            {
                break;
            }
            if (word.startsWith(SWIOTLB))
            {
                line = line.withSwiotlb(word);
            }
            else if (word.startsWith(IOMMU))
            {
                line = new CommandLine(line.slots, line.areas, line.force, line.noForce,
                    line.iommuOff || word.substring(IOMMU.length()).contains("off"), line.word);
            }
        }
        return line;
    }

    /** {@code swiotlb=[SLOTS][,AREAS][,force|noforce]}, as {@code setup_io_tlb_npages} reads it. */
    private CommandLine withSwiotlb(final String text)
    {
        long newSlots = slots;
        long newAreas = areas;
        boolean isOn = force;
        boolean isOff = noForce;
        boolean isFirst = true;
        for (final String part : text.substring(SWIOTLB.length()).split(",", 4))
        {
            final long number = number(part);
            if (number >= 0 && isFirst)
            {
                newSlots = (number + SEGMENT - 1) / SEGMENT * SEGMENT;
            }
            else if (number >= 0)
            {
                newAreas = number;
            }
            isOn |= "force".equals(part);
            isOff |= "noforce".equals(part);
            isFirst = false;
        }
        return new CommandLine(
            newSlots, newAreas, isOn, isOff, iommuOff, TraceFormatException.printable(text, MAX_WORD));
    }

    /** {@code simple_strtoul} with base 0: hexadecimal with 0x, octal with 0. */
    private static long number(final String part)
    {
        if (part.length() > 1 && '0' == part.charAt(0) && part.chars().allMatch(c -> c >= '0' && c < '0' + OCTAL) &&
            part.length() < 20)
        {
            return Long.parseLong(part, OCTAL);
        }
        final long number = part.startsWith("0x") ? new Scan(part, 0).hex() : new Scan(part, 0).number();
        return number > Long.MAX_VALUE - SEGMENT ? Verdict.UNKNOWN : number;
    }
}
