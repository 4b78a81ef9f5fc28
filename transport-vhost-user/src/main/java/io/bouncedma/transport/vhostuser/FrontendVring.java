/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;

import java.util.List;

/**
 * The front-end's side of one ring: what the driver set, and its doorbells, which stay the same from one back-end to
 * the next.
 */
final class FrontendVring implements AutoCloseable
{
    private final int index;
    private final EventFd kick;
    private final EventFd call;
    private final EventFd error;
    private int size;
    private long descArea;
    private long driverArea;
    private long deviceArea;
    /** Whether the driver gave it a ring. */
    private boolean isConfigured;
    /** Whether the back-end may have the ring. Volatile for kicks. */
    private volatile boolean isStarted;
    /** Whether a wait of its own takes the calls. */
    private volatile boolean isApart;

    FrontendVring(final int index)
    {
        this.index = index;
        kick = EventFd.create("vring-kick-" + index);
        call = EventFd.create("vring-call-" + index);
        error = EventFd.create("vring-error-" + index);
    }

    int index()
    {
        return index;
    }

    int size()
    {
        return size;
    }

    long deviceArea()
    {
        return deviceArea;
    }

    EventFd call()
    {
        return call;
    }

    EventFd error()
    {
        return error;
    }

    boolean isConfigured()
    {
        return isConfigured;
    }

    boolean isStarted()
    {
        return isStarted;
    }

    boolean isApart()
    {
        return isApart;
    }

    /** From now on calls are for one thread that waits for this ring alone. */
    void apart()
    {
        isApart = true;
    }

    void configure(final int newSize, final long newDescArea, final long newDriverArea, final long newDeviceArea)
    {
        size = newSize;
        descArea = newDescArea;
        driverArea = newDriverArea;
        deviceArea = newDeviceArea;
        isConfigured = true;
    }

    /**
     * What to poll to hear of the ring.
     *
     * @param to            to be filled.
     * @param isCallOfApart whether calls are looked for of rings that are waited for apart, or of the others.
     */
    void collect(final List<Fd> to, final boolean isCallOfApart)
    {
        if (isApart == isCallOfApart)
        {
            to.add(call.fd());
        }
        to.add(error.fd());
    }

    /** The device is another one that does not know the ring. Its size stays: the driver will give such a one again. */
    void replaced()
    {
        isConfigured = false;
        isStarted = false;
        drain();
    }

    /** The driver has taken the ring back. */
    void forget()
    {
        replaced();
        size = 0;
    }

    /** The back-end is gone, but the ring is to go on with the next one. */
    void interrupted()
    {
        isStarted = false;
    }

    void kick()
    {
        if (isStarted)
        {
            kick.signal();
        }
    }

    /**
     * Give the ring to a back-end; it does not work on it yet.
     *
     * @param session of the back-end.
     * @param base    where the device is.
     */
    void start(final FrontendSession session, final int base)
    {
        session.tell(FrontendRequest.SET_VRING_NUM, new VringState(index, size)::write, List.of());
        session.tell(FrontendRequest.SET_VRING_BASE, new VringState(index, base)::write, List.of());
        session.tell(FrontendRequest.SET_VRING_ADDR,
            new VringAddress(index, 0, descArea, deviceArea, driverArea, 0)::write, List.of());
        // From the doorbell on the ring counts as started, whatever the answer.
        isStarted = true;
        doorbell(session, FrontendRequest.SET_VRING_KICK, kick);
        doorbell(session, FrontendRequest.SET_VRING_CALL, call);
        doorbell(session, FrontendRequest.SET_VRING_ERR, error);
    }

    /** Let the back-end work on the ring. */
    void enable(final FrontendSession session)
    {
        enable(session, true);
        // It may have been made available while nobody kept the kicks.
        kick.signal();
    }

    /**
     * Take the ring back: the device works on nothing of it any more when this returns.
     *
     * @throws ProtocolException if the back-end answers about another ring.
     */
    void stop(final FrontendSession session)
    {
        enable(session, false);
        try (Message answer = session.ask(FrontendRequest.GET_VRING_BASE,
            new VringState(index, 0)::write, PayloadShape.VRING_STATE, FdRule.NONE))
        {
            final VringState state = VringState.read(answer.payload());
            if (state.index() != index)
            {
                throw session.failed("back-end stopped another ring: index=" + state.index() + ", expected=" + index);
            }
        }
        isStarted = false;
    }

    private void enable(final FrontendSession session, final boolean isEnabled)
    {
        // "Ring states": without the bit a started ring is an enabled one.
        if (session.offered().has(ProtocolFeatures.F_PROTOCOL_FEATURES))
        {
            session.tell(FrontendRequest.SET_VRING_ENABLE,
                new VringState(index, isEnabled ? 1 : 0)::write, List.of());
        }
    }

    /** Take the signals of before, which are about a ring that is gone. */
    private void drain()
    {
        call.drain();
        error.drain();
    }

    private void doorbell(final FrontendSession session, final FrontendRequest request, final EventFd event)
    {
        session.tell(request, (to) -> to.writeLong(VringFd.payload(index, true)), List.of(event.fd()));
    }

    @Override
    public void close()
    {
        isStarted = false;
        kick.close();
        call.close();
        error.close();
    }
}
