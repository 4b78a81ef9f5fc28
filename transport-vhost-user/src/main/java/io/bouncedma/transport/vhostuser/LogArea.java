/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * Where the log of written pages lies in the file that comes along ("Log description").
 *
 * @param size   bytes.
 * @param offset of its first byte in the file.
 */
record LogArea(long size, long offset)
{
    static final int LENGTH = 16;

    static LogArea read(final Bytes<?> from)
    {
        final LogArea area = new LogArea(from.readLong(), from.readLong());
        if (area.size <= 0 || area.offset < 0 || area.size + area.offset < 0)
        {
            // CVE-2020-10722: offset and size that overflow.
            throw new ProtocolException("log can not be: " + area);
        }
        return area;
    }

    void write(final Bytes<?> to)
    {
        to.writeLong(size);
        to.writeLong(offset);
    }
}
