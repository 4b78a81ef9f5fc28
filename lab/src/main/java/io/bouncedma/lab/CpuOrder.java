/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * On which CPU each mapping of a trace is made, for allocators that look in the CPU's own area first. A trace does not
 * tell: interrupts are steered anew at every boot. These are the two ends of what can be, and a pool is large enough if
 * it serves both of them. Between them lies every steering that keeps the mappings of a request on one CPU.
 */
public enum CpuOrder
{
    /** All on one CPU, as for a card with one queue: its area fills up, then its neighbours', in their order. */
    ONE,
    /** Each on the next CPU: small mappings are scattered over all areas, as widely as can be. */
    ROUND_ROBIN;

    /**
     * The CPU of the next mapping.
     */
    int after(final int cpu, final int cpus)
    {
        return ONE == this || cpu + 1 == cpus ? 0 : cpu + 1;
    }
}
