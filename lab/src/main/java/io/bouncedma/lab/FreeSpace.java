/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * The free runs of a pool at one moment, by size.
 */
public final class FreeSpace
{
    /** Classes of sizes: class i has runs of 2<sup>i</sup> bytes and more, less than 2<sup>i+1</sup>. */
    public static final int CLASSES = 40;

    private final long[] runs = new long[CLASSES];
    private long bytes;
    private long largest;

    FreeSpace()
    {
    }

    /**
     * Look at a pool.
     *
     * @param policy to look at; its free runs are counted one by one.
     * @return what is free now.
     */
    public static FreeSpace of(final MappingPolicy policy)
    {
        final FreeSpace space = new FreeSpace();
        policy.freeRuns(space::add);
        return space;
    }

    /**
     * How many runs of a class there are.
     *
     * @param i class, from 0 to {@link #CLASSES} - 1.
     * @return number of runs.
     */
    public long runs(final int i)
    {
        return runs[i];
    }

    /**
     * The bytes of all runs.
     *
     * @return bytes.
     */
    public long bytes()
    {
        return bytes;
    }

    /**
     * The longest run.
     *
     * @return bytes, 0 if nothing is free.
     */
    public long largest()
    {
        return largest;
    }

    /**
     * How far the free bytes are from being one run.
     *
     * @return 0 if they are one run or there are none, towards 1 the more they are scattered.
     */
    public double fragmentation()
    {
        return 0 == bytes ? 0 : 1 - (double)largest / bytes;
    }

    private void add(final long run)
    {
        runs[Math.min(CLASSES - 1, Long.SIZE - 1 - Long.numberOfLeadingZeros(run))]++;
        bytes += run;
        largest = Math.max(largest, run);
    }
}
