/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.time.Duration;

/**
 * CPU time of this process and, if wanted, of the back-end's, in steps of the kernel's tick of ten milliseconds;
 * negative if unknown.
 *
 * @param ownNs  nanoseconds of all threads of this process.
 * @param peerNs nanoseconds of the other one.
 */
record CpuTime(long ownNs, long peerNs)
{
    static final int UNKNOWN = -1;

    /**
     * Look now.
     *
     * @param pid of the back-end; null for none.
     */
    static CpuTime now(final Long pid)
    {
        return new CpuTime(of(ProcessHandle.current()), null == pid ? UNKNOWN :
            ProcessHandle.of(pid).map(CpuTime::of).orElse((long)UNKNOWN));
    }

    private static long of(final ProcessHandle process)
    {
        return process.info().totalCpuDuration().map(Duration::toNanos).orElse((long)UNKNOWN);
    }

    /** The time since an earlier look. */
    CpuTime since(final CpuTime before)
    {
        return new CpuTime(difference(ownNs, before.ownNs), difference(peerNs, before.peerNs));
    }

    private static long difference(final long now, final long before)
    {
        return now < 0 || before < 0 ? UNKNOWN : now - before;
    }
}
