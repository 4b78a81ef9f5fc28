/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * The file with the journals of chains in flight ("Inflight description").
 *
 * @param size      bytes of it; nothing in a request.
 * @param offset    of its first byte in the file; nothing in a request.
 * @param queues    how many journals it has.
 * @param queueSize descriptors of each ring.
 */
record InFlightArea(long size, long offset, int queues, int queueSize)
{
    static final int LENGTH = 24;
    private static final int PADDING = 4;

    static InFlightArea read(final Bytes<?> from)
    {
        final InFlightArea area = new InFlightArea(
            from.readLong(), from.readLong(), from.readUnsignedShort(), from.readUnsignedShort());
        from.readSkip(PADDING);
        return area;
    }

    void write(final Bytes<?> to)
    {
        to.writeLong(size);
        to.writeLong(offset);
        to.writeUnsignedShort(queues);
        to.writeUnsignedShort(queueSize);
        to.writeInt(0);
    }
}
