/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.stream.IntStream;

/**
 * On which CPU each mapping of a trace is made, for allocators that look in the CPU's own area first. A trace does not
 * tell: interrupts are steered anew at every boot. {@link #ONE} and {@link #ROUND_ROBIN} are the ends of what can be,
 * but a pool that serves both may refuse in between; so it is tried with some that are {@link #SCATTERED} as well.
 */
public enum CpuOrder
{
    /** All on one CPU, as for a card with one queue: its area fills up, then its neighbours', in their order. */
    ONE,
    /** Each on the next CPU: small mappings are scattered over all areas, as widely as can be. */
    ROUND_ROBIN,
    /** Each on any CPU, so that some areas have more of them than others; the same at every replay of one seed. */
    SCATTERED;

    /** How many seeds of {@link #SCATTERED} a pool is tried with. */
    static final int SEEDS = 16;
    /** How many orders a pool is tried with that has areas: both ends, and one for each seed. */
    static final int TRIED = 2 + SEEDS;

    private static final int NO_SEED = 0;

    /** Odd numbers that spread bits: constants of MurmurHash3's finish. */
    private static final int MIX_1 = 0x85ebca6b;
    private static final int MIX_2 = 0xc2b2ae35;

    /** Replays a trace with the CPUs in some order. */
    interface Trial
    {
        /**
         * Whether nothing is refused.
         *
         * @param order of the CPUs.
         * @param seed  of the order, if it is scattered.
         */
        boolean fits(CpuOrder order, int seed);
    }

    /**
     * Whether a pool refuses nothing with every order that is tried: both ends, then those in between, as few pools
     * that refuse one of these get that far.
     *
     * @param areas of the pool. Of one area all CPUs are alike.
     * @param trial of the pool.
     * @return false at the first that refuses something.
     */
    static boolean allFit(final int areas, final Trial trial)
    {
        return trial.fits(ONE, NO_SEED) && (1 == areas || trial.fits(ROUND_ROBIN, NO_SEED) &&
            IntStream.range(0, SEEDS).allMatch(seed -> trial.fits(SCATTERED, seed)));
    }

    /**
     * The CPU of a mapping.
     *
     * @param turn which mapping of the trace.
     * @param cpus how many there are.
     * @param seed of those that are scattered.
     */
    int cpu(final int turn, final int cpus, final int seed)
    {
        return switch (this)
        {
            case ONE -> 0;
            case ROUND_ROBIN -> Math.floorMod(turn, cpus);
            case SCATTERED -> Math.floorMod(mix(mix(turn) + seed), cpus);
        };
    }

    private static int mix(final int value)
    {
        int mixed = (value ^ value >>> 16) * MIX_1;
        mixed = (mixed ^ mixed >>> 13) * MIX_2;
        return mixed ^ mixed >>> 16;
    }
}
