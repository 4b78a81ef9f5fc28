/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.EventSocket;
import io.bouncedma.virtio.Doorbell;

import java.lang.invoke.VarHandle;

/**
 * A doorbell that is one end of an event. Counts what passes at its own end.
 */
final class EventDoorbell implements Doorbell
{
    private final int label;
    private final boolean isSender;
    private EventSocket event;
    private long rings;
    private long wakeUps;

    EventDoorbell(final int label, final EventSocket event, final boolean isSender)
    {
        this.label = label;
        this.event = event;
        this.isSender = isSender;
    }

    @Override
    public void ring()
    {
        if (!isSender)
        {
            throw new UnsupportedOperationException("this VM does not ring the doorbell: label=" + label);
        }
        rings++;
        // The send to the socket is a barrier in the kernel; this keeps the compiler from moving stores behind it.
        VarHandle.releaseFence();
        event.signal();
    }

    @Override
    public long clear()
    {
        if (isSender)
        {
            throw new UnsupportedOperationException("this VM does not receive the doorbell: label=" + label);
        }
        final long taken = event.drain();
        if (taken > 0)
        {
            rings += taken;
            wakeUps++;
            VarHandle.acquireFence();
        }
        return taken;
    }

    boolean isSender()
    {
        return isSender;
    }

    /** Ring, or be rung by, another VM than before. */
    void replace(final EventSocket value)
    {
        event.close();
        event = value;
    }

    EventSocket event()
    {
        return event;
    }

    long rings()
    {
        return rings;
    }

    long coalesced()
    {
        return isSender ? 0 : rings - wakeUps;
    }
}
