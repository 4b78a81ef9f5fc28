/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.BusMemory.Translation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the answer byte of a chain at fault is. Nothing but that byte is looked up: what else the chain has may be out
 * of reach.
 */
final class AnswerPlace
{
    private final AnswerByte which;
    private final BusMemory.Pieces toThis = this::set;
    private long address;
    private boolean isKnown;
    /** Bytes that the driver lets the device write, in reach or not. */
    private long writable;
    private boolean isSeen;
    private MemorySegment memory;
    private long offset;

    AnswerPlace(final AnswerByte which)
    {
        this.which = which;
    }

    AnswerByte which()
    {
        return which;
    }

    /** A chain begins. */
    void clear()
    {
        isKnown = false;
        isSeen = false;
        writable = 0;
        memory = null;
    }

    /**
     * The next element that the device may write.
     *
     * @param busAddress any value.
     * @param length     as an unsigned number.
     */
    void see(final long busAddress, final int length)
    {
        final long bytes = Integer.toUnsignedLong(length);
        writable += bytes;
        if (AnswerByte.LAST == which)
        {
            address = busAddress + bytes - 1;
            // One without a byte has no last one, and what wraps around is no range.
            isKnown = 0 != busAddress && bytes > 0 && Long.compareUnsigned(address, busAddress) >= 0;
        }
        else if (!isSeen)
        {
            address = busAddress;
            isKnown = 0 != busAddress && bytes > 0;
        }
        isSeen = true;
    }

    /**
     * The chain can not be walked to its end: which element is the last one can not be told.
     */
    void cutOff()
    {
        isKnown &= AnswerByte.FIRST == which;
    }

    /** Where the byte is on the bus, if it was found. */
    long address()
    {
        return address;
    }

    /** Whether it is in a range of bus addresses. */
    boolean isIn(final long busAddress, final long length)
    {
        return isKnown && Long.compareUnsigned(address - busAddress, length) < 0;
    }

    /** Look the byte up. */
    Translation find(final BusMemory in)
    {
        return isKnown ? in.translate(address, 1, true, toThis) : Translation.NOT_FOUND;
    }

    /**
     * Write the answer; the byte was found.
     *
     * @return bytes written from the start of the writable part.
     */
    int put(final int value)
    {
        memory.set(ValueLayout.JAVA_BYTE, offset, (byte)value);
        return written();
    }

    /** Bytes written from the start of the writable part, without a gap, once the answer is (2.7.8.2). */
    int written()
    {
        return AnswerByte.FIRST == which || 1 == writable ? 1 : 0;
    }

    /** Tell the memory that the byte may have been written. */
    void reportWritten(final BusMemory in)
    {
        if (null != memory)
        {
            in.written(memory, offset, 1);
        }
    }

    private void set(final MemorySegment bytes, final long at, final long length)
    {
        memory = bytes;
        offset = at;
    }
}
