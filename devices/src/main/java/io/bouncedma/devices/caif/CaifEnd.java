/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.Window;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.ThreadGuard;
import org.agrona.DirectBuffer;

import java.util.Objects;

/**
 * An end of a link: what {@link CaifHost} and {@link CaifModem} have in common, which is all but the shape of what they
 * send.
 * <pre>
 * ring() -> tell the other end where it is                join(its memory, its ring)
 * send, send, ... until FLOW_OFF                          doWork, doWork, ... calls back for packets and flow
 * doWork says 0 -> prepareToWait() -> wait for the doorbell
 * </pre>
 * One thread at a time: a second one is refused with an {@link IllegalStateException}. Sending and receiving allocate
 * nothing.
 */
public abstract sealed class CaifEnd implements AutoCloseable permits CaifHost, CaifModem
{
    /** {@link #send}: the packet is on its way. */
    public static final int ACCEPTED = 0;
    /** {@link #send}: the packet was not taken; {@link #doWork()} turns flow on again. */
    public static final int FLOW_OFF = -1;
    /** {@link #send}: the packet was not taken, as the link is not {@link CaifState#UP}. */
    public static final int NOT_UP = -2;

    /** How many chains one call takes before it lets others have a turn; Linux's NAPI quota. */
    static final int QUOTA = 32;

    private final DmaDevice dma;
    private final CaifSettings settings;
    private final int bufferLength;
    private final Doorbell peer;
    private final CaifListener listener;
    private final ThreadGuard guard =
        new ThreadGuard("end of a CAIF link", "let one thread after another use it");
    private CaifSender sender;
    private CaifReceiver receiver;
    private CaifState state = CaifState.DOWN;
    private String fault;
    private boolean isArmed;
    private boolean isWorking;
    private long sent;
    private long received;
    private long refused;
    private long flowOffs;

    CaifEnd(
        final DmaDevice dma,
        final CaifSettings settings,
        final int bufferLength,
        final Doorbell peer,
        final CaifListener listener)
    {
        this.dma = dma;
        this.settings = settings;
        this.bufferLength = bufferLength;
        this.peer = Objects.requireNonNull(peer, "peer");
        this.listener = Objects.requireNonNull(listener, "listener");
        sender = new CaifSender(dma, settings, bufferLength);
    }

    /**
     * Where the ring lies that this end sends on. It is another one after {@link #reset()}.
     *
     * @return what the other end joins by.
     */
    public final CaifRing ring()
    {
        return CaifRing.of(settings.features(), sender.ring().areas());
    }

    /**
     * Take the link up: receive what the other end sends.
     *
     * @param memory of the other end, as this process sees it.
     * @param ring   that the other end sends on, as it says; any value.
     * @throws IllegalArgumentException if the ring has other features than this end's, or is not inside that memory.
     * @throws IllegalStateException    if the link is not {@link CaifState#DOWN}.
     */
    public final void join(final Window memory, final CaifRing ring)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            requireNotWorking();
            if (CaifState.DOWN != state)
            {
                throw new IllegalStateException("link must be down: state=" + state);
            }
            if (!ring.features().equals(settings.features()))
            {
                throw new IllegalArgumentException("the other end's ring has other features: features=" +
                    ring.features() + ", own=" + settings.features());
            }
            receiver = new CaifReceiver(ring, memory, settings.mtu());
            receiver.disarm();
            isArmed = false;
            state(CaifState.UP, null);
        }
    }

    /**
     * Send a packet. It is copied before this returns, unless it lies in this end's own pool already: then it must not
     * be touched until the other end has it.
     *
     * @param packet private.
     * @param offset of its first byte.
     * @param length bytes, 1 to the MTU.
     * @return {@link #ACCEPTED}, and {@link #isFlowOn()} tells whether another one would be; {@link #FLOW_OFF} or
     * {@link #NOT_UP}.
     * @throws IllegalArgumentException  if the packet is empty or longer than the MTU.
     * @throws IndexOutOfBoundsException if the buffer has no such part.
     */
    public final int send(final DirectBuffer packet, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (length < 1 || length > settings.mtu())
            {
                throw new IllegalArgumentException(
                    "a packet has 1 to MTU bytes: length=" + length + ", mtu=" + settings.mtu());
            }
            packet.boundsCheck(offset, length);
            if (CaifState.UP != state)
            {
                return NOT_UP;
            }
            if (!sender.isFlowOn())
            {
                return FLOW_OFF;
            }
            try
            {
                if (!sender.add(packet, offset, length))
                {
                    flowOff();
                    return FLOW_OFF;
                }
                sent++;
                if (sender.publish())
                {
                    peer.ring();
                }
            }
            catch (final RingException e)
            {
                disable(e);
                return NOT_UP;
            }
            if (!sender.isFlowOn())
            {
                flowOff();
            }
            return ACCEPTED;
        }
    }

    /**
     * Make progress: give memory back that the other end is done with, turn flow on, hand out packets that came.
     *
     * @return how much was done; zero if there was nothing to do or the link is not {@link CaifState#UP}.
     * @throws IllegalStateException if a listener calls it.
     */
    public final int doWork()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            requireNotWorking();
            if (CaifState.UP != state)
            {
                return 0;
            }
            isWorking = true;
            try
            {
                disarm();
                return reap() + deliver();
            }
            finally
            {
                isWorking = false;
            }
        }
    }

    /**
     * Ask the other end to ring this end's doorbell, when {@link #doWork()} has nothing to do. The next one ends that;
     * so does a {@link #send} that turns flow off.
     *
     * @return false if there is something to do meanwhile, so that {@link #doWork()} is next and not a wait.
     */
    public final boolean prepareToWait()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (CaifState.UP != state)
            {
                return true;
            }
            isArmed = true;
            try
            {
                return receiver.arm() & sender.arm();
            }
            catch (final RingException e)
            {
                disable(e);
                return true;
            }
        }
    }

    /**
     * Whether {@link #send} would take a packet as far as this end knows.
     *
     * @return true if flow is on and the link up.
     */
    public final boolean isFlowOn()
    {
        return CaifState.UP == state && sender.isFlowOn();
    }

    /**
     * Whether the link works.
     *
     * @return its state.
     */
    public final CaifState state()
    {
        return state;
    }

    /**
     * Why the link is {@link CaifState#DISABLED}.
     *
     * @return what the peer did; null in another state.
     */
    public final String fault()
    {
        return fault;
    }

    /**
     * How many packets were sent.
     *
     * @return a number that grows.
     */
    public final long sent()
    {
        return sent;
    }

    /**
     * How many packets were handed out.
     *
     * @return a number that grows.
     */
    public final long received()
    {
        return received;
    }

    /**
     * How many chains the other end made that were no packet and were given back unread: out of its memory, longer
     * than the MTU, to be written, malformed.
     *
     * @return a number that grows.
     */
    public final long refused()
    {
        return refused;
    }

    /**
     * How often flow went off.
     *
     * @return a number that grows.
     */
    public final long flowOffs()
    {
        return flowOffs;
    }

    /**
     * Start again with a new ring in zeroed memory; the link is {@link CaifState#DOWN} then. Packets under way are
     * lost. The other end must not use the old rings any more: it was reset too, or is gone.
     *
     * @throws io.bouncedma.virtio.VirtioException if no pool has room for the ring; the link is DISABLED then, and it
     *                                             may be tried again.
     * @throws IllegalStateException               if the link is closed.
     */
    public final void reset()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            requireNotWorking();
            if (CaifState.CLOSED == state)
            {
                throw new IllegalStateException("link is closed");
            }
            state(CaifState.DISABLED, "reset is not complete");
            receiver = null;
            sender.close();
            sender = new CaifSender(dma, settings, bufferLength);
            state(CaifState.DOWN, null);
        }
    }

    /**
     * Give everything back. The other end must not use the rings any more.
     */
    @Override
    public final void close()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            requireNotWorking();
            state(CaifState.CLOSED, null);
            receiver = null;
            sender.close();
        }
    }

    private int reap()
    {
        try
        {
            final int done = sender.reap();
            if (sender.flowOn())
            {
                listener.onFlowOn();
                return done + 1;
            }
            return done;
        }
        catch (final RingException e)
        {
            disable(e);
            return 0;
        }
    }

    private int deliver()
    {
        int done = 0;
        try
        {
            while (done < QUOTA && take())
            {
                done++;
                if (0 == receiver.length())
                {
                    refused++;
                }
                else
                {
                    received++;
                    listener.onPacket(receiver.packet(), 0, receiver.length());
                }
            }
        }
        finally
        {
            // Also behind a listener that throws: what was taken is done with.
            publish();
        }
        return done;
    }

    private boolean take()
    {
        try
        {
            return CaifState.UP == state && receiver.take();
        }
        catch (final RingException e)
        {
            disable(e);
            return false;
        }
    }

    private void publish()
    {
        try
        {
            if (CaifState.UP == state && receiver.publish())
            {
                peer.ring();
            }
        }
        catch (final RingException e)
        {
            disable(e);
        }
    }

    private void disarm()
    {
        if (isArmed)
        {
            isArmed = false;
            receiver.disarm();
            sender.ring().disableInterrupts();
        }
    }

    private void flowOff()
    {
        flowOffs++;
        listener.onFlowOff();
    }

    /** As caif_virtio: a modem that breaks a ring is not spoken to any more, either way. */
    private void disable(final RingException e)
    {
        state(CaifState.DISABLED, e.getMessage());
        listener.onDisabled(fault);
    }

    private void state(final CaifState newState, final String newFault)
    {
        state = newState;
        fault = newFault;
    }

    private void requireNotWorking()
    {
        if (isWorking)
        {
            throw new IllegalStateException("not from a listener");
        }
    }
}
