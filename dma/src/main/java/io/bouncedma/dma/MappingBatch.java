/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Refusal;

import java.util.Arrays;
import java.util.Objects;

/**
 * Private buffers that are mapped by one call and unmapped by another, each with a bus address of its own: what a
 * driver makes available by one kick, such as the buffers of a receive queue. A {@link ScatterGather} is one row of
 * bytes in as many segments as it takes; this is many rows.
 * <p>
 * Reusable: add entries, {@link DmaDevice#map(MappingBatch, Direction)}, put what is mapped into descriptors, tell what
 * the device {@linkplain #written wrote}, {@link DmaDevice#unmap(MappingBatch)}, and map the same entries again or
 * {@link #clear()}. Used by one thread at a time; allocates nothing once it has grown to the most entries.
 */
public final class MappingBatch extends BufferList<MappingBatch>
{
    private long[] handles = new long[0];
    private int[] written = new int[0];
    /** Null while nothing is mapped. */
    private DeviceMappings device;
    private int mapped;
    private int refusal;

    /**
     * Make an empty batch.
     */
    public MappingBatch()
    {
    }

    /**
     * How many entries are mapped: the first ones.
     *
     * @return 0 to {@link #entries()}.
     */
    public int mapped()
    {
        return mapped;
    }

    /**
     * Why the last map has ended before the last entry.
     *
     * @return the negative code of a {@link Refusal.Reason}, or 0 if it has not.
     */
    public int refusal()
    {
        return refusal;
    }

    /**
     * The handle of an entry's mapping, for a sync.
     *
     * @param entry from 0.
     * @return greater than zero.
     * @throws IndexOutOfBoundsException if no such entry is mapped.
     */
    public long handle(final int entry)
    {
        return handles[Objects.checkIndex(entry, mapped)];
    }

    /**
     * The name of an entry in a descriptor.
     *
     * @param entry from 0.
     * @return the bus address of its first byte.
     * @throws IndexOutOfBoundsException if no such entry is mapped.
     */
    public long busAddress(final int entry)
    {
        return device.busAddress(handle(entry));
    }

    /**
     * How long an entry is.
     *
     * @param entry from 0.
     * @return bytes.
     * @throws IndexOutOfBoundsException if there is no such entry.
     */
    public int length(final int entry)
    {
        return entryLength(Objects.checkIndex(entry, entries()));
    }

    /**
     * Tell how much the device wrote of an entry. Who does not has all of it copied back.
     *
     * @param entry from 0.
     * @param bytes as {@link DmaDevice#unmap(long, int)}.
     * @throws IndexOutOfBoundsException if no such entry is mapped.
     * @throws IllegalArgumentException  if the number is negative.
     */
    public void written(final int entry, final int bytes)
    {
        Checks.requireWritten(bytes);
        written[Objects.checkIndex(entry, mapped)] = bytes;
    }

    int map(final DeviceMappings owner, final Direction direction)
    {
        Checks.requireNotEmpty(entries() - mapped, this);
        requireWritable(direction);
        if (mapped > 0)
        {
            requireMappedBy(owner);
        }
        grow();
        final PoolBinding[] choices = owner.bindings().choices();
        final int before = mapped;
        long code = 1;
        boolean ended = false;
        refusal = 0;
        try
        {
            for (int i = before; i < entries(); i++)
            {
                code = owner.map(choices, source(i), address(i), entryLength(i), direction);
                if (code < 0)
                {
                    refusal = (int)owner.counted(code);
                    break;
                }
                handles[i] = code;
                written[i] = Integer.MAX_VALUE;
                mapped = i + 1;
            }
            ended = true;
        }
        finally
        {
            if (!ended)
            {
                undo(owner, before);
            }
        }
        device = mapped > 0 ? owner : null;
        return mapped > before ? mapped - before : refusal;
    }

    void unmap(final DeviceMappings owner)
    {
        requireMappedBy(owner);
        final int count = mapped;
        mapped = 0;
        device = null;
        RuntimeException failure = null;
        for (int i = 0; i < count; i++)
        {
            try
            {
                owner.unmap(handles[i], written[i]);
            }
            catch (final RuntimeException e)
            {
                failure = null == failure ? e : failure;
            }
        }
        if (null != failure)
        {
            throw failure;
        }
    }

    @Override
    MappingBatch self()
    {
        return this;
    }

    @Override
    void requireUnmapped()
    {
        if (mapped > 0)
        {
            throw new IllegalStateException("batch is mapped: " + this);
        }
    }

    @Override
    public String toString()
    {
        return "MappingBatch{entries=" + entries() + ", length=" + length() + ", mapped=" + mapped + "}";
    }

    private void requireMappedBy(final DeviceMappings owner)
    {
        if (owner != device)
        {
            throw owner.notMapped("batch", 0 == mapped, this);
        }
    }

    private void grow()
    {
        if (handles.length < entries())
        {
            handles = Arrays.copyOf(handles, 2 * entries());
            written = Arrays.copyOf(written, 2 * entries());
        }
    }

    /** Nobody was told of these. */
    private void undo(final DeviceMappings owner, final int to)
    {
        while (mapped > to)
        {
            mapped--;
            owner.undo(handles[mapped]);
        }
    }
}
