/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Synthetic workloads. Each keeps close to the bytes that it may have live, drops to about half of them now and then,
 * and unmaps everything at the end.
 */
public enum Workload
{
    /** Independent mappings of 64 bytes to 256 KiB, all sizes alike, ended in random order. */
    UNIFORM(RandomSizes::uniform),
    /** As {@link #UNIFORM}, but many small and few large ones: Pareto's law cut to 64 bytes to 1 MiB. */
    POWER_LAW(RandomSizes::powerLaw),
    /**
     * The requests of a virtio block driver: 16 bytes to the device, 4 KiB to 256 KiB of data, 1 byte from the device
     * and 48 bytes of indirect descriptors, all unmapped together, in another order than they were made.
     */
    BLOCK(BlockRequests::generate),
    /** A network driver: a ring full of receive buffers of 1526 or 1536 bytes, and short-lived frames to 2048 bytes. */
    NETWORK(NetworkFrames::generate),
    /**
     * The classic attacks on allocators: fill with small ones, free every second and ask for larger ones; leave small
     * ones alive between large ones, and ask for larger ones still.
     */
    ADVERSARIAL(FragmentationAttack::generate);

    /** The fewest bytes that a workload can be confined to. */
    public static final long MIN_LIVE_BYTES = 64 * 1024;
    /** The most maps of one trace. */
    public static final int MAX_MAPS = 1 << 28;

    private final Consumer<WorkloadRecorder> generator;

    Workload(final Consumer<WorkloadRecorder> generator)
    {
        this.generator = generator;
    }

    /**
     * Make a trace.
     *
     * @param seed      of the random numbers; the same arguments give the same trace everywhere.
     * @param maps      how many mappings, 1 to {@link #MAX_MAPS}.
     * @param liveBytes that are never exceeded, at least {@link #MIN_LIVE_BYTES}; sizes above are cut to it.
     * @return a trace with exactly so many maps and as many unmaps.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public Trace generate(final long seed, final int maps, final long liveBytes)
    {
        if (maps < 1 || maps > MAX_MAPS || liveBytes < MIN_LIVE_BYTES)
        {
            throw new IllegalArgumentException("need 1 to " + MAX_MAPS + " maps and at least " + MIN_LIVE_BYTES +
                " live bytes: workload=" + this + ", maps=" + maps + ", liveBytes=" + liveBytes);
        }
        final WorkloadRecorder recorder = new WorkloadRecorder(this + "-seed-" + seed, seed, maps, liveBytes);
        generator.accept(recorder);
        return recorder.finish();
    }

    /**
     * The workload of a name.
     *
     * @param name in lower case with dashes, for example {@code power-law}.
     * @return the workload.
     * @throws IllegalArgumentException if there is none, telling those that there are.
     */
    public static Workload named(final String name)
    {
        for (final Workload workload : values())
        {
            if (workload.toString().equals(name))
            {
                return workload;
            }
        }
        throw new IllegalArgumentException("no such workload: name=" + name + ", expected one of " +
            Arrays.toString(values()));
    }

    /** What it is called, in lower case with dashes. */
    @Override
    public String toString()
    {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
