/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.EventSocket;

/**
 * An event that only says where to look. It is remembered until somebody has looked and found nothing more, since the
 * hypervisor sends the next one only after that.
 */
final class WakeEvent
{
    private final EventSocket event;
    /** True at first: something may have come before this VM attached. */
    private boolean pending = true;

    WakeEvent(final EventSocket event)
    {
        this.event = event;
    }

    EventSocket event()
    {
        return event;
    }

    boolean isPending()
    {
        if (!pending)
        {
            take();
        }
        return pending;
    }

    void take()
    {
        pending |= event.drain() > 0;
    }

    /** Something may have come before that could not be taken then. */
    void lookAgain()
    {
        pending = true;
    }

    void done()
    {
        pending = false;
    }
}
