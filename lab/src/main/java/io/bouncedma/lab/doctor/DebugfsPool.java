/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Printable;

/**
 * A pool as debugfs shows it, {@code /sys/kernel/debug/swiotlb}.
 *
 * @param name           of the reserved region, or an empty text for the default pool.
 * @param slots          of it; with {@code CONFIG_SWIOTLB_DYNAMIC} it may have grown since the boot.
 * @param used           slots now, or {@link Verdict#UNKNOWN}.
 * @param most           slots that were ever used, since 6.4, or {@link Verdict#UNKNOWN}.
 * @param transientSlots slots of pools for one mapping, or {@link Verdict#UNKNOWN} if the kernel has none of them.
 */
public record DebugfsPool(String name, long slots, long used, long most, long transientSlots)
{
    static final String DIRECTORY = "sys/kernel/debug/swiotlb";

    /**
     * Read a pool.
     *
     * @param files of the machine.
     * @param name  of its directory, or an empty text.
     * @return it, or null if there is none.
     */
    static DebugfsPool read(final MachineFiles files, final String name)
    {
        final String directory = DIRECTORY + (name.isEmpty() ? "" : '/' + name) + '/';
        final long slots = number(files, directory + "io_tlb_nslabs");
        return slots < 0 ? null : new DebugfsPool(Printable.ascii(name, 64), slots,
            credible(number(files, directory + "io_tlb_used"), slots),
            credible(number(files, directory + "io_tlb_used_hiwater"), slots),
            number(files, directory + "io_tlb_transient_nslabs"));
    }

    /**
     * Whether it was full at least once.
     *
     * @return whether all slots are used, or were.
     */
    public boolean wasFull()
    {
        return slots > 0 && Math.max(used, most) >= slots;
    }

    /** Whether nothing of debugfs can be read if this can not be: it, or a directory that it lies in. */
    static boolean isBeyond(final String name)
    {
        return name.startsWith(DIRECTORY) || DIRECTORY.startsWith(name + '/');
    }

    /** Before the fix of 2024 the counter could go below zero, and was printed as a huge number. */
    private static long credible(final long value, final long slots)
    {
        return value > 2 * slots ? Verdict.UNKNOWN : value;
    }

    private static long number(final MachineFiles files, final String name)
    {
        final String text = files.text(name);
        final long number = null == text ? Verdict.UNKNOWN : new Scan(text, 0).number();
        if (Scan.NONE == number)
        {
            files.unread(name, "it has no number");
        }
        return Math.max(Verdict.UNKNOWN, number);
    }
}
