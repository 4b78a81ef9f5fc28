/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.SharedBits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The log of written pages ("Migration"): a bit for each page of guest memory, which the front-end takes and clears at
 * any time. Any thread.
 */
final class DirtyLog implements AutoCloseable
{
    private static final int PAGE_SHIFT = 12;
    /** Atomic operations are on 32 bits; bit n of the log is the same as of its bytes, little-endian. */
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT;

    private final Mapping mapping;
    private final MemorySegment words;

    private DirtyLog(final Mapping mapping, final MemorySegment words)
    {
        this.mapping = mapping;
        this.words = words;
    }

    /**
     * Map a log.
     *
     * @param area as the front-end says, checked for overflow.
     * @param fd   of its file; it stays the caller's.
     * @return the log, to be closed by the caller.
     * @throws ProtocolException if the file is too short or the log does not begin at a word.
     */
    static DirtyLog map(final LogArea area, final Fd fd)
    {
        final long end = area.offset() + area.size();
        if (0 != area.offset() % Integer.BYTES || fd.size() < end)
        {
            throw new ProtocolException("log does not fit into its file: " + area + ", file=" + fd.size());
        }
        final long start = area.offset() - area.offset() % Mapping.PAGE_SIZE;
        final Mapping mapping = Mapping.map(fd, start,
            Math.ceilDiv(end - start, Mapping.PAGE_SIZE) * Mapping.PAGE_SIZE, Access.READ_WRITE);
        return new DirtyLog(mapping, mapping.memory().asSlice(area.offset() - start, area.size()));
    }

    /**
     * Mark pages.
     *
     * @param guestAddress of the first byte that was written.
     * @param length       bytes, greater than zero.
     * @throws io.bouncedma.os.ErrnoException EFAULT if the front-end has cut the log.
     */
    void mark(final long guestAddress, final long length)
    {
        VarHandle.fullFence();
        final long last = guestAddress + length - 1 >>> PAGE_SHIFT;
        for (long page = guestAddress >>> PAGE_SHIFT; page <= last; page++)
        {
            final long offset = page / Integer.SIZE * Integer.BYTES;
            if (offset + Integer.BYTES > words.byteSize())
            {
                // Memory that the front-end does not log, as a window of a device.
                return;
            }
            final int bit = (int)(page % Integer.SIZE);
            // Mostly it is set already, and reading costs nothing. The page was written before the look: else the
            // front-end could take the bit and copy the page in between.
            if (0 == (words.get(WORD, offset) & 1 << bit))
            {
                SharedBits.set(words, offset, bit);
            }
        }
    }

    @Override
    public void close()
    {
        mapping.close();
    }
}
