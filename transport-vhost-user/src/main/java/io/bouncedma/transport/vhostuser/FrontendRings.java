/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.VirtioException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The rings of a front-end, and the file of chains in flight that belongs to them. One thread at a time, but for
 * {@link #all()}.
 */
final class FrontendRings implements AutoCloseable
{
    /** Messages name a ring by 8 bits. */
    static final int MAX_QUEUES = 256;

    /** A packed ring begins with a wrap counter of 1. */
    private static final int PACKED_START = 0x8000;

    private final FrontendMemory memory;
    private final FrontendVring[] byIndex = new FrontendVring[MAX_QUEUES];
    private volatile List<FrontendVring> vrings = List.of();
    private FrontendInFlight inFlight;

    FrontendRings(final FrontendMemory memory)
    {
        this.memory = memory;
    }

    /** Those that were ever given a ring, in the order in which they were. */
    List<FrontendVring> all()
    {
        return vrings;
    }

    /**
     * One that was given a ring.
     *
     * @throws VirtioException if it has none.
     */
    FrontendVring vring(final int queue)
    {
        final FrontendVring vring = queue >= 0 && queue < MAX_QUEUES ? byIndex[queue] : null;
        if (null == vring || !vring.isConfigured())
        {
            throw notEnabled(queue);
        }
        return vring;
    }

    /**
     * Kick, if the back-end has the ring.
     *
     * @throws VirtioException if the queue was never given one.
     */
    void kick(final int queue)
    {
        final FrontendVring vring = queue >= 0 && queue < MAX_QUEUES ? byIndex[queue] : null;
        if (null == vring)
        {
            throw notEnabled(queue);
        }
        vring.kick();
    }

    /** What to poll to hear of the rings, but for calls that a thread of its own waits for. */
    void collect(final List<Fd> to)
    {
        final List<FrontendVring> all = vrings;
        for (int i = 0; i < all.size(); i++)
        {
            all.get(i).collect(to, false);
        }
    }

    /**
     * Give a queue a ring.
     *
     * @throws VirtioException if it has one, there is no such queue, or no journal can be kept of it.
     */
    FrontendVring configure(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        if (queue < 0 || queue >= MAX_QUEUES)
        {
            throw new VirtioException("no such queue: queue=" + queue + ", queues=" + MAX_QUEUES);
        }
        if (null == byIndex[queue])
        {
            final FrontendVring made = new FrontendVring(queue);
            byIndex[queue] = made;
            final List<FrontendVring> all = new ArrayList<>(vrings);
            all.add(made);
            vrings = List.copyOf(all);
        }
        final FrontendVring vring = byIndex[queue];
        if (vring.isConfigured())
        {
            throw new VirtioException("queue is in use already: queue=" + queue);
        }
        if (null != inFlight && !inFlight.covers(queue, size))
        {
            throw new VirtioException("file of chains in flight has no room for the queue, as it was not there when " +
                "the device was started: queue=" + queue + ", size=" + size + ", " + inFlight);
        }
        vring.configure(size, descArea, driverArea, deviceArea);
        return vring;
    }

    /**
     * Give a back-end all rings.
     *
     * @param session   of the back-end.
     * @param format    of the rings.
     * @param isResumed whether another back-end was at them before.
     */
    void start(final FrontendSession session, final RingFormat format, final boolean isResumed)
    {
        // Those too that are to be given again, to a back-end that took the place of another.
        final List<FrontendVring> wanted = vrings.stream().filter((vring) -> vring.size() > 0).toList();
        if (session.has(ProtocolFeatures.INFLIGHT_SHMFD) && !wanted.isEmpty())
        {
            if (null == inFlight)
            {
                inFlight = FrontendInFlight.make(session,
                    most(wanted, FrontendVring::index) + 1, most(wanted, FrontendVring::size));
            }
            inFlight.send(session);
        }
        memory.share(session);
        final List<FrontendVring> configured = wanted.stream().filter(FrontendVring::isConfigured).toList();
        for (final FrontendVring vring : configured)
        {
            // A packed ring does not tell where its device was. The file does, once a device has begun with it.
            vring.start(session, RingFormat.SPLIT == format && isResumed ?
                memory.usedIndex(vring.deviceArea()) : begin(format));
        }
        configured.forEach((vring) -> vring.enable(session));
        session.barrier();
    }

    /** Give a back-end that works already one more ring. */
    void start(final FrontendSession session, final RingFormat format, final FrontendVring vring)
    {
        vring.start(session, begin(format));
        vring.enable(session);
        session.barrier();
    }

    /** Take one ring back; its device is new when it begins again. */
    void reset(final FrontendVring vring, final RingFormat format)
    {
        if (null != inFlight)
        {
            inFlight.clear(vring, format);
        }
        vring.forget();
    }

    /** Take all rings back from a back-end. */
    void stop(final FrontendSession session)
    {
        for (final FrontendVring vring : vrings)
        {
            if (vring.isStarted())
            {
                vring.stop(session);
            }
        }
    }

    /** Whether another back-end can go on with the rings as they are. */
    boolean canResume(final FrontendSession session)
    {
        return null != inFlight && session.has(ProtocolFeatures.INFLIGHT_SHMFD);
    }

    /** The back-end is gone; whether the rings go on is not decided yet. */
    void interrupted()
    {
        vrings.forEach(FrontendVring::interrupted);
    }

    /** Another back-end is there that can not go on with the rings: the driver is to give new ones. */
    void replaced()
    {
        closeInFlight();
        vrings.forEach(FrontendVring::replaced);
    }

    /** The driver has reset the device. */
    void forget()
    {
        closeInFlight();
        vrings.forEach(FrontendVring::forget);
    }

    private static int most(final List<FrontendVring> of, final ToIntFunction<FrontendVring> number)
    {
        return of.stream().mapToInt(number).max().orElseThrow();
    }

    private static VirtioException notEnabled(final int queue)
    {
        return new VirtioException("queue is not enabled: queue=" + queue);
    }

    private static int begin(final RingFormat format)
    {
        return RingFormat.PACKED == format ? PACKED_START : 0;
    }

    private void closeInFlight()
    {
        if (null != inFlight)
        {
            inFlight.close();
            inFlight = null;
        }
    }

    @Override
    public void close()
    {
        vrings.forEach(FrontendVring::close);
        closeInFlight();
    }
}
