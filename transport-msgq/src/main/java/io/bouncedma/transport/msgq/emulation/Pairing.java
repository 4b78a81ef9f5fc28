/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.EventSocket;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

import java.util.ArrayList;
import java.util.List;

/**
 * What one primary and one secondary VM share with each other alone: the window and both ends of the doorbells. Nobody
 * gets them a second time, so what a VM writes, seals, fills or shuts down, and a process of its that outlives it, ends
 * with this. Not thread-safe.
 */
final class Pairing implements AutoCloseable
{
    private final Fd window;
    /** By VM: its end of each doorbell, until they are taken. */
    private final List<List<EventSocket>> ends = new ArrayList<>();
    private final boolean[] taken = new boolean[EmulatedHypervisor.VMS];

    /**
     * Create a zeroed window and doorbells that nobody rang.
     *
     * @param windowLength bytes.
     * @param doorbells    how many.
     * @throws io.bouncedma.os.ErrnoException if Linux has no memory or descriptor left.
     */
    Pairing(final long windowLength, final int doorbells)
    {
        window = Memfd.create("bounce-dma-window", windowLength);
        for (int vm = 0; vm < EmulatedHypervisor.VMS; vm++)
        {
            ends.add(new ArrayList<>());
        }
        try
        {
            for (int i = 0; i < doorbells; i++)
            {
                final List<EventSocket> pair = EventSocket.pair();
                for (int vm = 0; vm < EmulatedHypervisor.VMS; vm++)
                {
                    ends.get(vm).add(pair.get(vm));
                }
            }
        }
        catch (final RuntimeException e)
        {
            close();
            throw e;
        }
    }

    boolean isTaken(final int vm)
    {
        return taken[vm];
    }

    /**
     * Give a VM its part.
     *
     * @param vm which has not taken it before.
     * @return the window, then its end of each doorbell; the caller's.
     * @throws io.bouncedma.os.ErrnoException EMFILE; nothing is taken then.
     */
    List<Fd> take(final int vm)
    {
        final List<Fd> fds = new ArrayList<>();
        fds.add(window.duplicate());
        ends.get(vm).forEach(end -> fds.add(end.fd()));
        ends.get(vm).clear();
        taken[vm] = true;
        return fds;
    }

    @Override
    public void close()
    {
        window.close();
        ends.forEach(own -> own.forEach(EventSocket::close));
    }
}
