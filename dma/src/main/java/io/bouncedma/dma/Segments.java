/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.Refusal;

import java.util.Objects;

/**
 * The blocks that a list is mapped to, in the order of its bytes: all of them or none.
 * <p>
 * Entries that are small and behind each other share a block, so that a device has fewer descriptors to read. An entry
 * for which no run is long enough gets several blocks, halved until they fit.
 */
final class Segments
{
    /** Entries share a block as long as all of them are no longer. */
    private static final int SHARED_LENGTH = 4096;

    private final PoolBinding[] bindings;
    private final long[] blocks;
    private final long[] busAddresses;
    private final long[] shared;
    private final int[] lengths;
    private Direction direction;
    private DmaDevice device;
    private int count;

    Segments(final int max)
    {
        bindings = new PoolBinding[max];
        blocks = new long[max];
        busAddresses = new long[max];
        shared = new long[max];
        lengths = new int[max];
    }

    int count()
    {
        return count;
    }

    long busAddress(final int segment)
    {
        return busAddresses[Objects.checkIndex(segment, count)];
    }

    int length(final int segment)
    {
        return lengths[Objects.checkIndex(segment, count)];
    }

    /**
     * Take blocks for all of a list and fill them.
     *
     * @return how many, or the code of a reason, with no block taken.
     */
    int map(final DmaDevice owner, final ScatterGather list, final Direction way)
    {
        device = owner;
        direction = way;
        boolean mapped = false;
        try
        {
            final int result = takeAll(list);
            if (result > 0)
            {
                fill(list);
                mapped = true;
            }
            return result;
        }
        finally
        {
            // Also if a pool was closed meanwhile and threw.
            if (!mapped)
            {
                giveBack();
            }
        }
    }

    /**
     * Copy back what a device wrote and give the blocks back.
     */
    void unmap(final DmaDevice owner, final ScatterGather list, final long written)
    {
        if (0 == count || owner != device)
        {
            throw new IllegalStateException((0 == count ? "list is not mapped" : "list is mapped by another device") +
                ": device=" + owner.name() + ", " + list);
        }
        try
        {
            if (direction.isFromDevice())
            {
                copy(list, Math.min(written, list.length()), false);
            }
        }
        finally
        {
            giveBack();
        }
    }

    private int takeAll(final ScatterGather list)
    {
        final boolean mayShare = 0 == device.rules().minAlignMask();
        int entry = 0;
        while (entry < list.entries())
        {
            int bytes = list.entryLength(entry);
            final int first = entry++;
            while (mayShare && entry < list.entries() && bytes + (long)list.entryLength(entry) <= SHARED_LENGTH)
            {
                bytes += list.entryLength(entry++);
            }
            final int code = take(bytes, list.entryLow(first), mayShare);
            if (code < 0)
            {
                return code;
            }
        }
        return count;
    }

    private int take(final int bytes, final long low, final boolean maySplit)
    {
        if (count == lengths.length)
        {
            return Refusal.Reason.FRAGMENTED.code();
        }
        final PoolBinding[] choices = device.choices();
        long refusal = choices.length > 0 ? Refusal.Reason.TOO_LARGE.code() : Refusal.Reason.EXHAUSTED.code();
        boolean tooLong = false;
        for (final PoolBinding binding : choices)
        {
            final int lead = device.lead(low);
            final long block = bytes > BouncePool.MAX_LENGTH - lead ? Refusal.Reason.TOO_LARGE.code() :
                binding.client().allocate(lead + bytes, device.rules().minAlignMask(), low - lead);
            if (block >= 0)
            {
                final MappingRecord record = binding.client().find(block);
                bindings[count] = binding;
                blocks[count] = block;
                lengths[count] = bytes;
                shared[count] = binding.address() + record.index() + lead;
                busAddresses[count] = binding.client().busAddress(record) + lead;
                binding.client().pool().clear(record.index(), lead);
                count++;
                return count;
            }
            // Halves may fit into this pool, whatever the next ones say.
            tooLong |= Refusal.Reason.FRAGMENTED.code() == block || Refusal.Reason.isForGood(block);
            refusal = Refusal.Reason.moreHopeful(refusal, block);
        }
        if (!tooLong || !maySplit || bytes <= SHARED_LENGTH)
        {
            return (int)refusal;
        }
        final int half = BlockSize.of(bytes / 2);
        final int code = take(half, low, true);
        return code < 0 ? code : take(bytes - half, low, true);
    }

    private void fill(final ScatterGather list)
    {
        if (direction.isToDevice())
        {
            copy(list, list.length(), true);
        }
        for (int i = 0; i < count; i++)
        {
            final MappingRecord record = bindings[i].client().find(blocks[i]);
            final int start = (int)(shared[i] - bindings[i].address());
            final int own = direction.isToDevice() ? lengths[i] : 0;
            bindings[i].client().pool().clear(start + own, record.index() + record.size() - start - own);
        }
    }

    private void copy(final ScatterGather list, final long bytes, final boolean toDevice)
    {
        long left = bytes;
        int segment = 0;
        int inSegment = 0;
        for (int entry = 0; entry < list.entries() && left > 0; entry++)
        {
            int inEntry = 0;
            while (inEntry < list.entryLength(entry) && left > 0)
            {
                final int rest = Math.min(list.entryLength(entry) - inEntry, lengths[segment] - inSegment);
                final int some = (int)Math.min(rest, left);
                list.copy(entry, inEntry, shared[segment] + inSegment, some, toDevice);
                inEntry += some;
                inSegment += some;
                left -= some;
                if (inSegment == lengths[segment])
                {
                    segment++;
                    inSegment = 0;
                }
            }
        }
        device.countCopied(bytes, toDevice);
    }

    private void giveBack()
    {
        while (count > 0)
        {
            count--;
            bindings[count].client().free(blocks[count]);
            bindings[count] = null;
        }
        device = null;
    }
}
