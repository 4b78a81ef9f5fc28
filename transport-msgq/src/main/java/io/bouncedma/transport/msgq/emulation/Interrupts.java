/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.EventSocket;
import io.bouncedma.os.Fd;

import java.util.ArrayList;
import java.util.List;

/**
 * The events by which the hypervisor interrupts one VM: one for the state table, one for each queue. Made anew for each
 * tenant of the VM. Not thread-safe.
 */
final class Interrupts implements AutoCloseable
{
    private static final int STATES = 0;

    private final List<EventSocket> own = new ArrayList<>();
    /** Until they are taken. */
    private final List<EventSocket> ofVm = new ArrayList<>();

    /**
     * Create events that nobody signalled.
     *
     * @param queues how many.
     * @throws io.bouncedma.os.ErrnoException EMFILE if the process has no descriptor left.
     */
    Interrupts(final int queues)
    {
        try
        {
            for (int i = 0; i <= queues; i++)
            {
                final List<EventSocket> pair = EventSocket.pair();
                own.add(pair.getFirst());
                ofVm.add(pair.getLast());
            }
        }
        catch (final RuntimeException e)
        {
            close();
            throw e;
        }
    }

    void signalStates()
    {
        own.get(STATES).signal();
    }

    void signalQueue(final int index)
    {
        own.get(STATES + 1 + index).signal();
    }

    /**
     * Give the VM its ends, once.
     *
     * @return that of the state table, then that of each queue; the caller's.
     */
    List<Fd> take()
    {
        final List<Fd> fds = ofVm.stream().map(EventSocket::fd).toList();
        ofVm.clear();
        return fds;
    }

    @Override
    public void close()
    {
        own.forEach(EventSocket::close);
        ofVm.forEach(EventSocket::close);
    }
}
