/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a block device keeps its sectors in. One thread at a time.
 */
public interface BlockStore extends AutoCloseable
{
    /** Bytes of zeros that are written at once, where a store knows no better. */
    int MAX_ZEROS = 64 * 1024;

    /**
     * The size of the store now. It may change; the device looks when it is told to ({@link BlkDevice#checkSize()}).
     *
     * @return sectors of 512 bytes.
     * @throws java.io.UncheckedIOException if that can not be found out.
     */
    long sectors();

    /**
     * Whether it can not be written.
     *
     * @return true if {@link #write} fails.
     */
    boolean isReadOnly();

    /**
     * Fill a buffer from the store.
     *
     * @param position of the first byte; the range is inside the store.
     * @param to       filled up to its limit.
     * @throws IOException if that is not possible.
     */
    void read(long position, ByteBuffer to) throws IOException;

    /**
     * Write a buffer to the store.
     *
     * @param position of the first byte; the range is inside the store.
     * @param from     written up to its limit.
     * @throws IOException if that is not possible.
     */
    void write(long position, ByteBuffer from) throws IOException;

    /**
     * Whether space can be given back: {@link #discard} does something, and {@link #writeZeroes} may do it so.
     *
     * @return always the same.
     */
    default boolean canDiscard()
    {
        return false;
    }

    /**
     * Forget a range: nobody needs what it has. It reads as anything afterwards.
     *
     * @param position of the first byte; the range is inside the store.
     * @param length   bytes, greater than zero.
     * @throws IOException if that is not possible.
     */
    default void discard(final long position, final long length) throws IOException
    {
    }

    /**
     * Zero a range.
     *
     * @param position of the first byte; the range is inside the store.
     * @param length   bytes, greater than zero.
     * @param mayUnmap whether its space may be given back.
     * @throws IOException if that is not possible.
     */
    default void writeZeroes(final long position, final long length, final boolean mayUnmap) throws IOException
    {
        final ByteBuffer zeros = ByteBuffer.allocate((int)Math.min(length, MAX_ZEROS));
        long done = 0;
        while (done < length)
        {
            zeros.clear().limit((int)Math.min(length - done, zeros.capacity()));
            write(position + done, zeros);
            done += zeros.limit();
        }
    }

    /**
     * Make what was written durable.
     *
     * @throws IOException if that is not possible.
     */
    void flush() throws IOException;

    @Override
    void close() throws IOException;
}
