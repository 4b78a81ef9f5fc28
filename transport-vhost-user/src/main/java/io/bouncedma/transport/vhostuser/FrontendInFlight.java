/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.VirtioException;

import java.util.List;

/**
 * The file of chains in flight ("Inflight I/O tracking") as the front-end keeps it: the back-end makes it and writes
 * it, and the next one gets it.
 */
final class FrontendInFlight implements AutoCloseable
{
    private final InFlightArea area;
    private final Fd fd;

    private FrontendInFlight(final InFlightArea area, final Fd fd)
    {
        this.area = area;
        this.fd = fd;
    }

    /**
     * Let a back-end make a file.
     *
     * @param session   of the back-end.
     * @param queues    rings to keep track of.
     * @param queueSize descriptors of the largest.
     * @return the file, to be closed by the caller.
     * @throws ProtocolException if the back-end answers with another one, or none.
     */
    static FrontendInFlight make(final FrontendSession session, final int queues, final int queueSize)
    {
        // The request has the numbers: a back-end that finds none there dies of it (rust-vmm vhost, PR 44).
        try (Message answer = session.ask(FrontendRequest.GET_INFLIGHT_FD,
            new InFlightArea(0, 0, queues, queueSize)::write, PayloadShape.IN_FLIGHT, FdRule.ONE))
        {
            final InFlightArea area = InFlightArea.read(answer.payload());
            if (area.queues() != queues || area.queueSize() != queueSize || area.size() <= 0 || area.offset() < 0)
            {
                throw session.failed("back-end's file of chains in flight is another one: " + area +
                    ", expected queues=" + queues + ", queueSize=" + queueSize);
            }
            return new FrontendInFlight(area, answer.takeFd());
        }
    }

    /** Give the file to a back-end, the same or another one. */
    void send(final FrontendSession session)
    {
        session.tell(FrontendRequest.SET_INFLIGHT_FD, area::write, List.of(fd));
    }

    /** Whether it has a journal for a ring. */
    boolean covers(final int queue, final int size)
    {
        return queue < area.queues() && size <= area.queueSize();
    }

    /**
     * Make the journal of a ring blank that was reset.
     *
     * @throws VirtioException if the back-end's file is not one that this process can write without danger.
     */
    void clear(final FrontendVring vring, final RingFormat format)
    {
        try
        {
            Memfd.requireSealed(fd, area.offset() + area.size());
            try (InFlightFile file = InFlightFile.map(area, area.queues(), format, fd))
            {
                file.journal(vring.index(), vring.size()).clear();
            }
        }
        catch (final IllegalArgumentException | ErrnoException e)
        {
            throw new VirtioException(
                "back-end's file of chains in flight can not be written: " + area + ": " + e.getMessage());
        }
    }

    @Override
    public String toString()
    {
        return area.toString();
    }

    @Override
    public void close()
    {
        fd.close();
    }
}
