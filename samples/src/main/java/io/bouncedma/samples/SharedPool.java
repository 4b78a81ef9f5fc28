/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.DmaPolicy;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;

import java.util.List;

/**
 * Two devices share a pool. The network card holds 64 KiB of it at most, so that it can not starve the disk, and goes
 * on in a small pool of its own. No transport is needed to see what is granted and what is refused, and why.
 */
public final class SharedPool
{
    private static final int LENGTH = 256 * 1024;
    private static final int OWN_LENGTH = 64 * 1024;
    private static final int FRAME = 16 * 1024;

    private SharedPool()
    {
    }

    /**
     * Run the sample.
     *
     * @param args none.
     */
    public static void main(final String[] args)
    {
        try (Fd file = Memfd.create("window", LENGTH + OWN_LENGTH);
            Window window = MemfdWindow.map("window", file,
                List.of(new Extent(0, 0, LENGTH + OWN_LENGTH)), BusAddressing.basePlusOffset(1L << 32));
            BouncePool shared = new BouncePool("shared", window, 0, LENGTH);
            BouncePool own = new BouncePool("net-only", window, LENGTH, OWN_LENGTH))
        {
            // In this order: a device goes to the next pool when one refuses it.
            final PoolSet pools = PoolSet.of(shared, own);
            try (DmaDevice disk = new DmaDevice(new DmaPolicy("disk", pools).order("shared"));
                DmaDevice net = new DmaDevice(new DmaPolicy("net", pools).order("shared", "net-only")
                    .limits("shared", ClientLimits.quota(64 * 1024))))
            {
                final long[] frames = new long[9];
                for (int i = 0; i < frames.length; i++)
                {
                    frames[i] = net.map(new byte[FRAME], 0, FRAME, Direction.TO_DEVICE);
                    System.out.println("frame " + i + ": " + (frames[i] > 0 ?
                        "bus address 0x" + Long.toHexString(net.busAddress(frames[i])) :
                        "refused, " + Refusal.Reason.of(frames[i])));
                }
                System.out.println("why: " + net.explain(FRAME));

                // The disk has all the rest of the shared pool.
                final byte[] sectors = new byte[128 * 1024];
                final long mapping = disk.map(sectors, 0, sectors.length, Direction.FROM_DEVICE);
                System.out.println("disk: " + (mapping > 0 ? "granted" : "refused, " + disk.explain(sectors.length)));
                System.out.println("in use: " + shared.usedBytes() + " of " + shared.length() + " bytes by " +
                    shared.holders() + ", " + own.usedBytes() + " of " + own.length() + " bytes by " + own.holders());

                // Back to private memory, as far as the device wrote: here all of it.
                disk.unmap(mapping);
                for (final long frame : frames)
                {
                    if (frame > 0)
                    {
                        net.unmap(frame);
                    }
                }
            }
        }
    }
}
