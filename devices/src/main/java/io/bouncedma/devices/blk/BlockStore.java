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
    /**
     * The size of the store.
     *
     * @return sectors of 512 bytes.
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
     * Make what was written durable.
     *
     * @throws IOException if that is not possible.
     */
    void flush() throws IOException;

    @Override
    void close() throws IOException;
}
