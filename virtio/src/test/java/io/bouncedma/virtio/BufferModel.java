/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a queue is, without a ring: buffers go to the device in the order in which they were added, and each comes back
 * once, with what the device wrote and nothing else. The bytes lie in the half of the region that is not pool; no two
 * buffers that are in flight share any.
 */
final class BufferModel
{
    private static final int CELL = 128;
    private static final byte UNTOUCHED = (byte)0xee;

    private final TestRegion shared;
    private final MemorySegment memory;
    /** Cells that no buffer has, a stack. */
    private final int[] freeCells;
    private int freeCellCount;
    private final Map<Long, Buffer> inFlight = new HashMap<>();
    private final ArrayDeque<Buffer> toTake = new ArrayDeque<>();
    private final byte[] bytes = new byte[CELL * 16];
    /** Beyond the numbers that a ring gives to chains. */
    private long nextToken = 1L << 40;
    private long ended;

    BufferModel(final TestRegion shared)
    {
        this.shared = shared;
        memory = shared.memory();
        freeCells = new int[(int)((memory.byteSize() - shared.free) / CELL)];
        recycleAll();
    }

    /** A buffer of several elements, each in a cell of its own. */
    static final class Buffer
    {
        final long[] addresses;
        final int[] lengths;
        final int readable;
        /** As the driver's ring calls it now. */
        long token;
        int id;
        private final int[] cells;
        private final long[] offsets;
        private final long stamp;
        private int readableBytes;
        private int writableBytes;
        /** Whether the device has given it back. */
        boolean isDone;
        private int written;

        private Buffer(final int elements, final int readable, final long token)
        {
            addresses = new long[elements];
            lengths = new int[elements];
            cells = new int[elements];
            offsets = new long[elements];
            this.readable = readable;
            this.token = token;
            stamp = token * 0x9e37_79b9_7f4a_7c15L >>> 32;
        }

        int elements()
        {
            return lengths.length;
        }

        int writable()
        {
            return writableBytes;
        }
    }

    /**
     * Make a buffer, fill what the device reads, and paint over what it writes.
     *
     * @return null if there is no memory for it.
     */
    Buffer make(final SplittableRandom random, final int maxElements)
    {
        final int elements = random.nextInt(1, maxElements + 1);
        if (elements > freeCellCount)
        {
            return null;
        }
        final Buffer buffer = new Buffer(elements, random.nextInt(elements + 1), nextToken);
        nextToken++;
        for (int i = 0; i < elements; i++)
        {
            freeCellCount--;
            buffer.cells[i] = freeCells[freeCellCount];
            buffer.lengths[i] = random.nextInt(1, random.nextBoolean() ? 8 : CELL + 1);
            buffer.offsets[i] = shared.free + (long)buffer.cells[i] * CELL +
                random.nextInt(CELL - buffer.lengths[i] + 1);
            buffer.addresses[i] = shared.region.busAddress(buffer.offsets[i]);
            if (i < buffer.readable)
            {
                stamp(buffer.stamp, buffer.readableBytes, buffer.lengths[i]);
                MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, buffer.offsets[i], buffer.lengths[i]);
                buffer.readableBytes += buffer.lengths[i];
            }
            else
            {
                memory.asSlice(buffer.offsets[i], buffer.lengths[i]).fill(UNTOUCHED);
                buffer.writableBytes += buffer.lengths[i];
            }
        }
        return buffer;
    }

    /** The driver added a buffer. */
    void added(final Buffer buffer, final int id)
    {
        buffer.id = id;
        inFlight.put(buffer.token, buffer);
        toTake.add(buffer);
    }

    /** The driver did not add it after all. */
    void recycle(final Buffer buffer)
    {
        for (final int cell : buffer.cells)
        {
            freeCells[freeCellCount++] = cell;
        }
    }

    /** The device took a chain: it must be the next buffer. */
    Buffer taken(final DescriptorChain chain)
    {
        final Buffer buffer = toTake.poll();
        assertNotNull(buffer, "device took a chain that nobody added");
        requireReadable(buffer, chain);
        return buffer;
    }

    /** The device has a chain of this buffer: look at what it reads. */
    void requireReadable(final Buffer buffer, final DescriptorChain chain)
    {
        assertEquals(null, chain.fault());
        assertEquals(buffer.readableBytes, chain.readable());
        assertEquals(buffer.writableBytes, chain.writable());
        chain.read(0, bytes, 0, buffer.readableBytes);
        requireStamp(buffer.stamp, 0, buffer.readableBytes);
    }

    /** The device writes into a chain of this buffer, to give it back. */
    void write(final Buffer buffer, final DescriptorChain chain, final int length)
    {
        stamp(~buffer.stamp, 0, length);
        chain.write(0, bytes, 0, length);
        buffer.written = length;
        buffer.isDone = true;
    }

    /** The driver has a buffer back. */
    Buffer back(final long token, final int written)
    {
        final Buffer buffer = inFlight.remove(token);
        assertNotNull(buffer, () -> "token comes twice or never was: " + token);
        assertTrue(buffer.isDone, "buffer comes back that the device has still");
        assertEquals(buffer.written, written);
        int position = 0;
        for (int i = 0; i < buffer.elements(); i++)
        {
            final int length = buffer.lengths[i];
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, buffer.offsets[i], bytes, 0, length);
            position = i == buffer.readable ? 0 : position;
            final int stamped = i < buffer.readable ? length : Math.clamp((long)written - position, 0, length);
            requireStamp(i < buffer.readable ? buffer.stamp : ~buffer.stamp, position, stamped);
            for (int at = stamped; at < length; at++)
            {
                assertEquals(UNTOUCHED, bytes[at]);
            }
            position += length;
        }
        recycle(buffer);
        ended++;
        return buffer;
    }

    /** The queue was reset: nothing is in flight. */
    void drop()
    {
        inFlight.clear();
        toTake.clear();
        recycleAll();
    }

    /** A driver that was restored from the ring's memory alone calls each buffer by its id. */
    void renameByIds()
    {
        final List<Buffer> buffers = List.copyOf(inFlight.values());
        inFlight.clear();
        for (final Buffer buffer : buffers)
        {
            buffer.token = buffer.id;
            inFlight.put(buffer.token, buffer);
        }
    }

    int inFlight()
    {
        return inFlight.size();
    }

    /** How many came back. */
    long ended()
    {
        return ended;
    }

    private void recycleAll()
    {
        for (freeCellCount = 0; freeCellCount < freeCells.length; freeCellCount++)
        {
            freeCells[freeCellCount] = freeCellCount;
        }
    }

    private void stamp(final long stamp, final int position, final int length)
    {
        for (int i = 0; i < length; i++)
        {
            bytes[i] = byteAt(stamp, position + i);
        }
    }

    private void requireStamp(final long stamp, final int position, final int length)
    {
        for (int i = 0; i < length; i++)
        {
            // Not assertEquals alone: it would make the message each time.
            if (byteAt(stamp, position + i) != bytes[i])
            {
                assertEquals(byteAt(stamp, position + i), bytes[i], "byte " + (position + i));
            }
        }
    }

    private static byte byteAt(final long stamp, final int position)
    {
        return (byte)((stamp >>> (position & 3) * Byte.SIZE) + position * 13);
    }
}
