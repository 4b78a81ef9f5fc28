/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.BusMemory.Translation;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

import static io.bouncedma.virtio.SplitRingLayout.DESC_F_INDIRECT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_NEXT;
import static io.bouncedma.virtio.SplitRingLayout.DESC_F_WRITE;
import static io.bouncedma.virtio.SplitRingLayout.DESC_LENGTH;

/**
 * The device role's private copy of a table that a descriptor refers to (virtio 1.4, sections 2.7.5.3 and 2.8.7). It is
 * copied whole before anything in it is looked at, as the driver may change it at any time (CVE-2020-14375).
 */
final class IndirectTable
{
    private final UnsafeBuffer copy = new UnsafeBuffer(new byte[0]);
    private final BusMemory.Pieces pieces = this::load;
    private MemorySegment bytes = MemorySegment.ofArray(new byte[0]);
    private long loaded;

    /**
     * Add a table's elements to a chain, which is at fault afterwards if the table is.
     *
     * @param chain      gets the elements.
     * @param format     of the ring.
     * @param busAddress of the table, any value. No alignment is asked for.
     * @param length     of the table in bytes, any value.
     */
    void addTo(final DescriptorChain chain, final RingFormat format, final long busAddress, final int length)
    {
        if (length <= 0 || 0 != length % DESC_LENGTH)
        {
            chain.fail("table is no multiple of " + DESC_LENGTH + " bytes: length=" + Integer.toUnsignedString(length));
        }
        else if (length / DESC_LENGTH > chain.maxElements() && (!chain.flaw(tooMany(chain, length)) ||
            length / DESC_LENGTH > RingFormat.MAX_SIZE))
        {
            chain.fail(tooMany(chain, length));
        }
        else
        {
            switch (0 == busAddress ? Translation.NOT_FOUND : load(chain.memory(), busAddress, length))
            {
                case FOUND -> addTo(chain, format, length / DESC_LENGTH);
                case NOT_FOUND -> chain.fail("table is outside the shared memory: address=0x" +
                    Long.toHexString(busAddress) + ", length=" + length);
                default -> chain.waitForAddress();
            }
        }
    }

    private static String tooMany(final DescriptorChain chain, final int length)
    {
        return "table has more elements than the device takes: elements=" + length / DESC_LENGTH +
            ", maximum=" + chain.maxElements();
    }

    private void addTo(final DescriptorChain chain, final RingFormat format, final int elements)
    {
        if (RingFormat.SPLIT == format)
        {
            follow(chain, elements);
        }
        else
        {
            addAll(chain, elements);
        }
    }

    private Translation load(final BusMemory memory, final long busAddress, final int length)
    {
        if (bytes.byteSize() < length)
        {
            final byte[] array = new byte[length];
            copy.wrap(array);
            bytes = MemorySegment.ofArray(array);
        }
        loaded = 0;
        return memory.translate(busAddress, length, false, pieces);
    }

    private void load(final MemorySegment memory, final long offset, final long length)
    {
        MemorySegment.copy(memory, offset, bytes, loaded, length);
        loaded += length;
    }

    /** Of a split ring: by {@code next}, as in the ring itself. */
    private void follow(final DescriptorChain chain, final int elements)
    {
        int index = 0;
        for (int count = 0; count < elements; count++)
        {
            final int at = index * DESC_LENGTH;
            final int flags = flags(at);
            if (0 != (flags & DESC_F_INDIRECT))
            {
                chain.fail("table refers to a table: index=" + index);
                return;
            }
            if (!add(chain, at, flags) || 0 == (flags & DESC_F_NEXT))
            {
                return;
            }
            index = copy.getShort(at + SplitRingLayout.NEXT_OFFSET, ByteOrder.LITTLE_ENDIAN) & Ring.IDX_MASK;
            if (index >= elements)
            {
                chain.fail("next element is outside the table: next=" + index + ", elements=" + elements);
                return;
            }
        }
        chain.fail("table loops: elements=" + elements);
    }

    /** Of a packed ring: one behind the other, and only WRITE means anything. */
    private void addAll(final DescriptorChain chain, final int elements)
    {
        for (int index = 0; index < elements; index++)
        {
            final int at = index * DESC_LENGTH;
            if (!add(chain, at, copy.getShort(at + PackedRingLayout.FLAGS_OFFSET, ByteOrder.LITTLE_ENDIAN)))
            {
                return;
            }
        }
    }

    private int flags(final int at)
    {
        return copy.getShort(at + SplitRingLayout.FLAGS_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    private boolean add(final DescriptorChain chain, final int at, final int flags)
    {
        return chain.add(copy.getLong(at, ByteOrder.LITTLE_ENDIAN),
            copy.getInt(at + SplitRingLayout.LEN_OFFSET, ByteOrder.LITTLE_ENDIAN), 0 != (flags & DESC_F_WRITE));
    }
}
