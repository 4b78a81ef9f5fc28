/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.ServiceEvent;

/**
 * Tells an operator that rings wait for their memory, and what to do if the VM has it to itself: the driver waits for
 * ever, and nobody else would tell why.
 */
final class MissingMemory
{
    /** What QEMU's user has to do; others have something like it. */
    private static final String SHARE_ON = "is the memory of the VM shared with this process? QEMU wants a " +
        "memory-backend-memfd or memory-backend-file with share=on, and -machine memory-backend=ID";

    private final GuestMemory memory;
    private final BlankRings blankRings;
    private final BackendLog log;
    /** That a ring waits, and which; null if none does. */
    private String waiting;
    /** The same, of when all were looked at before. */
    private String before;
    /** Which ring that was at last, until it goes on or is stopped; else null. */
    private BackendVring waitingRing;
    /** Whether it was told that no memory came. */
    private boolean wasUnsharedTold;

    MissingMemory(final GuestMemory memory, final BlankRings blankRings, final BackendLog log)
    {
        this.memory = memory;
        this.blankRings = blankRings;
        this.log = log;
    }

    /** A ring that is started has no memory. */
    void waits(final BackendVring vring)
    {
        waitingRing = vring;
        // What was passed may all be taken out for a moment, to add a larger region.
        waiting = !memory.wasPassed() ? "a ring was started, and the front-end has passed no memory: " + SHARE_ON :
            "ring " + vring.index() + " waits for the memory that it lies in: " + vring.describe();
    }

    /** All rings that may wait were looked at: tell what is news. */
    void tell()
    {
        if (null != waiting && !waiting.equals(before))
        {
            tellWaiting();
        }
        if (null == waiting && null != waitingRing && !waitingRing.isReadyToRun())
        {
            if (null != waitingRing.statistics())
            {
                log.tell(ServiceEvent.RESUMED, "the memory that rings waited for is there");
            }
            waitingRing = null;
        }
        before = waiting;
        waiting = null;
    }

    private void tellWaiting()
    {
        if (memory.wasPassed())
        {
            log.fail(ServiceEvent.WAITING, waiting);
        }
        else if (!wasUnsharedTold)
        {
            wasUnsharedTold = true;
            log.fail(ServiceEvent.NOT_SHARED, waiting);
        }
    }

    /** Tell if the driver kicks and this process sees nothing of what it wrote, and if it does after all. */
    void lookAtRings()
    {
        final ServiceEvent news = blankRings.news();
        if (ServiceEvent.NOT_SHARED == news)
        {
            log.fail(news, "driver kicks, and its rings are blank: " + SHARE_ON);
        }
        else if (null != news)
        {
            log.tell(news, "what the driver wrote is seen now");
        }
    }
}
