/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

/**
 * How many CPUs the guest could have that a pool is for, if the command line tells.
 */
final class GuestCpus
{
    /** Linux has no more on any machine. */
    private static final int MOST = 8192;

    @CommandLine.Option(names = "--cpus", paramLabel = "N",
        description = "CPUs that the guest could have: swiotlb and device memory buffers have an area for each " +
            "(default: what is written for swiotlb holds for 1 to 64; 1 for dmb).")
    private Integer cpus;

    /**
     * Look whether there can be so many, before anything takes time.
     */
    void check()
    {
        if (null != cpus && (cpus < 1 || cpus > MOST))
        {
            throw new UsageException("--cpus " + cpus + " can not be; give 1 to " + MOST);
        }
    }

    /**
     * The CPUs, or 0 if they are not known.
     */
    int number()
    {
        return null == cpus ? 0 : cpus;
    }
}
