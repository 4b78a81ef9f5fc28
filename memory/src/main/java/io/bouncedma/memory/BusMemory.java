/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import java.lang.foreign.MemorySegment;

/**
 * Memory by the addresses that descriptors have: all that a device can reach. A window that two VMs share, or what a
 * hypervisor shows of a guest. One thread at a time, unless the implementation says more.
 */
public interface BusMemory
{
    /** What became of a look-up. */
    enum Translation
    {
        /** Every byte was found. */
        FOUND,
        /** Some byte is not in this memory, or may not be used that way. */
        NOT_FOUND,
        /** Nobody knows yet: the peer was asked, so look again when it has answered. */
        NOT_YET
    }

    /**
     * Gets the pieces that a range of addresses consists of here, in order.
     */
    @FunctionalInterface
    interface Pieces
    {
        /**
         * The next piece.
         *
         * @param memory that it lies in.
         * @param offset of its first byte there.
         * @param length bytes, greater than zero.
         */
        void add(MemorySegment memory, long offset, long length);
    }

    /**
     * Find the bytes of a range of addresses that a peer wrote: never throws for one.
     *
     * @param busAddress any value.
     * @param length     bytes, greater than zero; the range may go beyond the memory.
     * @param isWritable whether the device wants to write there.
     * @param to         gets the pieces, and unless {@link Translation#FOUND} is returned, not all of them.
     * @return what became of it.
     */
    Translation translate(long busAddress, long length, boolean isWritable, Pieces to);

    /**
     * The device has written, and the driver is about to be told: whoever moves this memory while it is used must move
     * these bytes again.
     *
     * @param memory of a piece.
     * @param offset of the first byte there.
     * @param length bytes that may have been written.
     */
    default void written(final MemorySegment memory, final long offset, final long length)
    {
    }
}
