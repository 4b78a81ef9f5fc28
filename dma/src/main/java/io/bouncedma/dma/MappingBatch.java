/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BounceBlocks;
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
    private long[] busAddresses = new long[0];
    private int[] written = new int[0];
    /** Null while nothing is mapped. */
    private DeviceMappings device;
    private int mapped;
    /** The index behind the blocks that are taken, but not mapped yet. */
    private int taken;
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
        return busAddresses[Objects.checkIndex(entry, mapped)];
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
        boolean ended = false;
        refusal = 0;
        try
        {
            boolean areHot = choices.length > 0;
            while (mapped < entries() && 0 == refusal)
            {
                areHot = areHot && mapHot(owner, choices[0], direction);
                if (!areHot)
                {
                    mapNext(owner, choices, direction);
                }
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

    /** Map the next entry. */
    private void mapNext(final DeviceMappings owner, final PoolBinding[] choices, final Direction direction)
    {
        final long code = owner.map(choices, source(mapped), address(mapped), entryLength(mapped), direction);
        if (code < 0)
        {
            refusal = (int)owner.counted(code);
        }
        else
        {
            add(code, owner.busAddress(code));
        }
    }

    /**
     * Map the next entries to blocks that are taken at once.
     *
     * @return false, and nothing is mapped, if there are no such blocks or entries.
     */
    private boolean mapHot(final DeviceMappings owner, final PoolBinding binding, final Direction direction)
    {
        final int behind = behindEqual(mapped);
        taken = behind - mapped < 2 ? mapped :
            mapped + owner.bounced().takeHot(binding, entryLength(mapped), handles, mapped, behind);
        final boolean areHot = taken > mapped;
        while (mapped < taken)
        {
            final long handle = handles[mapped];
            owner.bounced().open(
                binding, handle, source(mapped), address(mapped), 0, entryLength(mapped), direction);
            add(handle, owner.bounced().busAddress(binding, handle));
        }
        return areHot;
    }

    private void add(final long handle, final long busAddress)
    {
        handles[mapped] = handle;
        busAddresses[mapped] = busAddress;
        written[mapped] = Integer.MAX_VALUE;
        mapped++;
    }

    /** The index behind the entries, from one on, that are arrays and as long as it. */
    private int behindEqual(final int first)
    {
        final int most = Math.min(entries(), first + BounceBlocks.MOST_AT_ONCE);
        int next = first;
        while (next < most && entryLength(next) == entryLength(first) && source(next) instanceof byte[])
        {
            next++;
        }
        return next;
    }

    void unmap(final DeviceMappings owner)
    {
        requireMappedBy(owner);
        final int count = mapped;
        mapped = 0;
        device = null;
        RuntimeException failure = null;
        boolean atOnce = true;
        int next = 0;
        while (next < count)
        {
            final int ended = atOnce ? owner.tryUnmap(handles, lengths(), next, count) : 0;
            atOnce = ended > 0;
            next += ended;
            if (!atOnce)
            {
                failure = unmap(owner, next, failure);
                next++;
            }
        }
        if (null != failure)
        {
            throw failure;
        }
    }

    private RuntimeException unmap(final DeviceMappings owner, final int entry, final RuntimeException before)
    {
        try
        {
            owner.unmap(handles[entry], written[entry]);
            return before;
        }
        catch (final RuntimeException e)
        {
            return null == before ? e : before;
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
            busAddresses = Arrays.copyOf(busAddresses, 2 * entries());
            written = Arrays.copyOf(written, 2 * entries());
        }
    }

    /** Nobody was told of these. */
    private void undo(final DeviceMappings owner, final int to)
    {
        // Of the first one that is not mapped the block is given back already.
        while (taken > mapped + 1)
        {
            taken--;
            owner.undo(handles[taken]);
        }
        while (mapped > to)
        {
            mapped--;
            owner.undo(handles[mapped]);
        }
    }
}
