/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

/**
 * What the kernel complained about once or often in the same way: of one device, with one verdict, about a pool of one
 * size.
 *
 * @param driver    that asked, or an empty text if the kernel did not tell.
 * @param device    likewise.
 * @param verdict   why it was refused.
 * @param total     slots of the pool, or {@link Verdict#UNKNOWN}.
 * @param count     how many lines say so.
 * @param first     time of the first, as the log has it; empty if it has none.
 * @param last      time of the last.
 * @param leastBytes the smallest request, or {@link Verdict#UNKNOWN}.
 * @param mostBytes the largest request, or {@link Verdict#UNKNOWN}.
 * @param leastUsed the fewest slots that were taken then, or {@link Verdict#UNKNOWN}.
 * @param mostUsed  the most, or {@link Verdict#UNKNOWN}.
 * @param wanted    the most slots that were taken and asked for together, or {@link Verdict#UNKNOWN}.
 * @param mask      the highest address that the device reaches, where the kernel tells; 0 of others.
 * @param address   what it should have reached; 0 of others.
 * @param coherent  whether it was memory to use in place, for which the kernel found no pages.
 */
public record Complaint(
    String driver, String device, Verdict verdict, long total, long count, String first, String last, long leastBytes,
    long mostBytes, long leastUsed, long mostUsed, long wanted, long mask, long address,
    boolean coherent)
{
    /**
     * Driver and device as the kernel writes them.
     *
     * @return a name for people.
     */
    public String name()
    {
        final String name = (driver + ' ' + device).strip();
        return name.isEmpty() ? "a device that the line does not name" : name;
    }

    /**
     * Slots that the largest request takes.
     *
     * @return slots, or {@link Verdict#UNKNOWN}.
     */
    public long slots()
    {
        return Verdict.UNKNOWN == mostBytes ? Verdict.UNKNOWN : Verdict.slots(mostBytes);
    }
}
