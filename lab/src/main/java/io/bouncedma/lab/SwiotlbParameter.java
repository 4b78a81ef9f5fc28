/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * What to write on the kernel's command line for a pool: {@code swiotlb=SLOTS,AREAS}, or {@code swiotlb=SLOTS} for one
 * area for each CPU that the guest could have. The slots are such as the kernel would make of any lower number, so what
 * is written is what will be there: always a power of two, and 128 at least for each area. The kernel has no other
 * minimum; its 512 ({@code IO_TLB_MIN_SLABS}) is where it gives up if it finds no memory.
 *
 * @param slots of 2 KiB.
 * @param areas a power of two, or 0 to leave them out.
 */
public record SwiotlbParameter(int slots, int areas)
{
    /**
     * What a pool should have above the smallest that served a replay, as a part of that. The fit of one order of
     * events says little of another order: sizes above the first one that fits refuse again, up to 21.8 % above it in
     * the traces that this was measured with (fio on NVMe). A quarter is what is above all of them.
     */
    public static final double MARGIN = 0.25;

    /** What the kernel makes by itself, {@code IO_TLB_DEFAULT_SIZE}: 64 MiB; more in x86 guests with private memory. */
    public static final int DEFAULT_SLOTS = 32_768;

    /**
     * The least that the kernel can have with so many bytes.
     *
     * @param bytes that the pool has at least, one or more, margin and all.
     * @param cpus  that the guest could have, for the areas; or 0 if that is not known, then these are left out.
     * @return the parameter.
     * @throws IllegalArgumentException if a number is out of its range, or the pool would be longer than 64 GiB.
     */
    public static SwiotlbParameter atLeast(final long bytes, final int cpus)
    {
        final SwiotlbPool pool =
            SwiotlbPool.booted(Math.ceilDiv(bytes, SwiotlbPool.SLOT_SIZE), 0, Math.max(1, cpus));
        return new SwiotlbParameter(pool.slots(), 0 == cpus ? 0 : pool.areas());
    }

    /**
     * Add the margin.
     *
     * @param bytes of the smallest pool that served.
     * @return bytes, a quarter more, rounded up.
     */
    public static long withMargin(final long bytes)
    {
        return (long)Math.ceil(bytes * (1 + MARGIN));
    }

    /**
     * The pool that a guest has with it.
     *
     * @param cpus that the guest could have, one or more.
     * @return the pool. Without areas in the parameter a guest of many CPUs has more slots than are written: 128 for
     * each.
     */
    public SwiotlbPool pool(final int cpus)
    {
        return SwiotlbPool.booted(slots, areas, cpus);
    }

    /**
     * How large the pool is.
     *
     * @return bytes.
     */
    public long bytes()
    {
        return (long)slots * SwiotlbPool.SLOT_SIZE;
    }

    /**
     * The line to write.
     */
    @Override
    public String toString()
    {
        return "swiotlb=" + slots + (0 == areas ? "" : "," + areas);
    }
}
