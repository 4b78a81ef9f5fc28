/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;
import io.bouncedma.virtio.InFlightJournal;
import io.bouncedma.virtio.RingFormat;

/**
 * The journals of all rings in one memory file ("Inflight I/O tracking"): the back-end makes it, the front-end keeps it
 * and gives it to the next back-end if this one dies.
 */
final class InFlightFile implements AutoCloseable
{
    private final InFlightArea area;
    private final RingFormat format;
    private final Mapping mapping;

    private InFlightFile(final InFlightArea area, final RingFormat format, final Mapping mapping)
    {
        this.area = area;
        this.format = format;
        this.mapping = mapping;
    }

    /**
     * Make a file.
     *
     * @param asked  queues and their size, any values.
     * @param most   queues that there are.
     * @param format of the rings.
     * @return what to answer with, and the file, which is the caller's to close.
     * @throws ProtocolException if there are no such queues (CVE-2021-3839).
     */
    static Made make(final InFlightArea asked, final int most, final RingFormat format)
    {
        final int length = journalLength(asked, most, format);
        final long size = (long)length * asked.queues();
        return new Made(new InFlightArea(size, 0, asked.queues(), asked.queueSize()),
            Memfd.create("vhost-user-inflight", Math.ceilDiv(size, Mapping.PAGE_SIZE) * Mapping.PAGE_SIZE));
    }

    /** A new file and what it is. */
    record Made(InFlightArea area, Fd fd)
    {
    }

    /**
     * Use a file that the front-end kept.
     *
     * @param area   as it says, any values.
     * @param most   queues that there are.
     * @param format of the rings.
     * @param fd     of the file; it stays the caller's.
     * @return the file, to be closed by the caller.
     * @throws ProtocolException if it can not have the journals.
     */
    static InFlightFile map(final InFlightArea area, final int most, final RingFormat format, final Fd fd)
    {
        final long required = (long)journalLength(area, most, format) * area.queues();
        if (area.size() < required || area.offset() < 0 || 0 != area.offset() % Mapping.PAGE_SIZE ||
            fd.size() - area.offset() < required)
        {
            throw new ProtocolException("file of chains in flight does not fit: " + area + ", required=" + required +
                ", file=" + fd.size());
        }
        return new InFlightFile(area, format, Mapping.map(fd, area.offset(),
            Math.ceilDiv(required, Mapping.PAGE_SIZE) * Mapping.PAGE_SIZE, Access.READ_WRITE));
    }

    /**
     * The journal of a ring.
     *
     * @param index of the ring.
     * @param size  descriptors that it has.
     * @return null if the file has none for it, or none that is large enough: a guest on QEMU's virtio-mmio makes its
     * rings as large as it likes, whatever queue size QEMU has told.
     */
    InFlightJournal journal(final int index, final int size)
    {
        if (index >= area.queues() || size > area.queueSize())
        {
            return null;
        }
        final int length = InFlightJournal.length(format, area.queueSize());
        return InFlightJournal.in(format, size, mapping.memory().asSlice((long)index * length, length));
    }

    private static int journalLength(final InFlightArea area, final int most, final RingFormat format)
    {
        if (area.queues() < 1 || area.queues() > most)
        {
            throw new ProtocolException("no such number of queues: " + area + ", maximum=" + most);
        }
        try
        {
            return InFlightJournal.length(format, area.queueSize());
        }
        catch (final IllegalArgumentException e)
        {
            throw new ProtocolException(e.getMessage());
        }
    }

    @Override
    public void close()
    {
        mapping.close();
    }
}
