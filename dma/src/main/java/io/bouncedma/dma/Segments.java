/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.Refusal;

import java.util.Arrays;
import java.util.Objects;

/**
 * The blocks that a list is mapped to, in the order of its bytes: all of them or none.
 * <p>
 * Entries that are small and behind each other share a block, so that a device has fewer descriptors to read. An entry
 * for which no run is long enough gets several blocks, halved until they fit. An entry that lies in a pool already is a
 * segment itself and is not copied, unless the list has too few segments for that.
 */
final class Segments
{
    /** Entries share a block as long as all of them are no longer. */
    private static final int SHARED_LENGTH = 4096;

    /** With null for a segment in place. */
    private final PoolBinding[] bindings;
    /** A block of the pool, or the handle of a mapping in place. */
    private final long[] blocks;
    private final long[] busAddresses;
    /** Where a segment begins in its pool. */
    private final long[] indices;
    private final int[] lengths;
    /** What was copied back of each. */
    private final int[] written;
    /** Of entries that lie in a pool and are bounced all the same. */
    private long[] pins = new long[0];
    private int pinCount;
    private Direction direction;
    private DeviceMappings device;
    private int count;

    Segments(final int max)
    {
        bindings = new PoolBinding[max];
        blocks = new long[max];
        busAddresses = new long[max];
        indices = new long[max];
        lengths = new int[max];
        written = new int[max];
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
     * @return how many, or the code of a reason, which is counted, with no block taken.
     */
    long map(final DeviceMappings owner, final ScatterGather list, final Direction way)
    {
        if (null != owner.debug())
        {
            owner.debug().map(list, way);
        }
        long result = PoolBinding.CLOSED;
        try
        {
            PoolBinding[] choices;
            do
            {
                choices = owner.bindings().choices();
                result = map(owner, choices, list, way);
            }
            while (result < 0 && owner.bindings().areOthers(choices, result));
        }
        finally
        {
            if (result < 0 && null != owner.debug())
            {
                owner.debug().afterUnmap(list);
            }
        }
        return owner.counted(result);
    }

    private long map(
        final DeviceMappings owner, final PoolBinding[] choices, final ScatterGather list, final Direction way)
    {
        device = owner;
        direction = way;
        boolean mapped = false;
        try
        {
            long result = takeAll(choices, list, true);
            if (result < 0 && count == lengths.length)
            {
                giveUp();
                result = takeAll(choices, list, false);
            }
            if (result < 0 && bounced(choices, list) > most(choices))
            {
                // The last part was refused for what the first ones took: nobody else can make room.
                result = Refusal.Reason.TOO_LARGE.code();
            }
            if (result > 0)
            {
                fill(list);
                mapped = true;
            }
            return result;
        }
        finally
        {
            // Also if an entry's memory can not be reached.
            if (!mapped)
            {
                giveUp();
                device = null;
            }
        }
    }

    /**
     * Copy back what a device wrote and give the blocks back.
     */
    void unmap(final DeviceMappings owner, final ScatterGather list, final long bytes)
    {
        if (0 == count || owner != device)
        {
            throw owner.notMapped("list", 0 == count, list);
        }
        if (null != owner.debug())
        {
            owner.debug().afterUnmap(list);
        }
        try
        {
            if (direction.isFromDevice())
            {
                copy(list, Math.min(bytes, list.length()), false);
            }
        }
        finally
        {
            for (int segment = 0; segment < count; segment++)
            {
                MappingEvent.unmap(owner.device(), toDevice(segment), written[segment]);
            }
            giveBack(true);
            device = null;
        }
    }

    private long takeAll(final PoolBinding[] choices, final ScatterGather list, final boolean inPlace)
    {
        final boolean mayShare = 0 == device.rules().minAlignMask();
        int bytes = 0;
        long low = 0;
        for (int entry = 0; entry < list.entries(); entry++)
        {
            final int length = list.entryLength(entry);
            final long bus = inPlace && PrivateMemory.isOffHeap(list.source(entry)) ?
                ZeroCopyMappings.busAddress(choices, list.address(entry), length) : 0;
            if (0 == bus)
            {
                pin(list, entry);
            }
            if (0 == bus && bytes > 0 && mayShare && bytes + (long)length <= SHARED_LENGTH)
            {
                bytes += length;
                continue;
            }
            long code = 0 == bytes ? 0 : take(choices, bytes, low, mayShare);
            bytes = 0;
            if (0 != bus)
            {
                code = code < 0 ? code : takeInPlace(bus, list.address(entry), length);
            }
            else
            {
                bytes = length;
                low = list.entryLow(entry);
            }
            if (code < 0)
            {
                return code;
            }
        }
        return 0 == bytes ? count : take(choices, bytes, low, mayShare);
    }

    /** The bytes of a list that need blocks. */
    private static long bounced(final PoolBinding[] choices, final ScatterGather list)
    {
        long bytes = list.length();
        for (int entry = 0; entry < list.entries(); entry++)
        {
            final int length = list.entryLength(entry);
            final boolean inPlace = PrivateMemory.isOffHeap(list.source(entry)) &&
                0 != ZeroCopyMappings.busAddress(choices, list.address(entry), length);
            bytes -= inPlace ? length : 0;
        }
        return bytes;
    }

    /** The bytes that a device could have of all its pools if nobody else had any; no limit if it has no pool. */
    private static long most(final PoolBinding[] choices)
    {
        long bytes = 0 == choices.length ? Long.MAX_VALUE : 0;
        for (final PoolBinding binding : choices)
        {
            bytes += Math.min(binding.client().pool().length(), binding.client().limits().quota());
        }
        return bytes;
    }

    /**
     * If a bounced entry lies in a pool it may be a coherent buffer's, which has to stay until the copy back: the next
     * one to have the block would find that in it.
     */
    private void pin(final ScatterGather list, final int entry)
    {
        if (!PrivateMemory.isOffHeap(list.source(entry)) ||
            !device.bindings().overlap(list.address(entry), list.entryLength(entry)))
        {
            return;
        }
        if (pinCount == pins.length)
        {
            pins = Arrays.copyOf(pins, Math.max(4, 2 * pinCount));
        }
        pins[pinCount] = device.inPlace().pin(list.address(entry), list.entryLength(entry), direction);
        pinCount++;
    }

    private long takeInPlace(final long bus, final long address, final int length)
    {
        if (count == lengths.length)
        {
            return Refusal.Reason.FRAGMENTED.code();
        }
        return add(null, device.inPlace().add(bus, address, length, direction), bus, 0, length);
    }

    private long take(final PoolBinding[] choices, final int bytes, final long low, final boolean maySplit)
    {
        if (count == lengths.length)
        {
            return Refusal.Reason.FRAGMENTED.code();
        }
        long result = PoolBinding.none(choices);
        boolean tooLong = false;
        for (final PoolBinding binding : choices)
        {
            final int lead = BouncedMappings.lead(device.rules(), low);
            final long block = bytes > BouncePool.MAX_BLOCK - lead ? Refusal.Reason.TOO_LARGE.code() :
                binding.allocate(lead + bytes, device.rules().minAlignMask(), low - lead);
            if (block >= 0)
            {
                binding.client().clear(block, 0, lead);
                return add(binding, block, binding.client().busAddress(block) + lead,
                    binding.client().offsetOf(block) + lead, bytes);
            }
            // Halves may fit into this pool, whatever the next ones say.
            tooLong |= Refusal.Reason.FRAGMENTED.code() == block || Refusal.Reason.isForGood(block);
            result = PoolBinding.moreHopeful(result, block);
        }
        if (!tooLong || !maySplit || bytes <= SHARED_LENGTH)
        {
            return result;
        }
        final int half = BlockSize.of(bytes / 2);
        final long code = take(choices, half, low, true);
        return code < 0 ? code : take(choices, bytes - half, low, true);
    }

    private int add(
        final PoolBinding binding, final long block, final long bus, final long index, final int length)
    {
        bindings[count] = binding;
        blocks[count] = block;
        busAddresses[count] = bus;
        indices[count] = index;
        lengths[count] = length;
        written[count] = 0;
        return ++count;
    }

    private void fill(final ScatterGather list)
    {
        if (direction.isToDevice())
        {
            copy(list, list.length(), true);
        }
        for (int i = 0; i < count; i++)
        {
            if (null != bindings[i])
            {
                final PoolClient client = bindings[i].client();
                final int start = (int)(indices[i] - client.offsetOf(blocks[i])) +
                    (direction.isToDevice() ? lengths[i] : 0);
                client.clear(blocks[i], start, client.size(blocks[i]) - start);
            }
            MappingEvent.map(device.device(), toDevice(i));
        }
    }

    /** What was copied into a segment. */
    private int toDevice(final int segment)
    {
        return null != bindings[segment] && direction.isToDevice() ? lengths[segment] : 0;
    }

    /**
     * Copy a list's first bytes, but for those in place.
     *
     * @throws IllegalStateException if some could not be; all others are.
     */
    private void copy(final ScatterGather list, final long bytes, final boolean toDevice)
    {
        IllegalStateException failure = null;
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
                try
                {
                    copy(list, entry, inEntry, segment, inSegment, some, toDevice);
                }
                catch (final RuntimeException e)
                {
                    failure = null != failure ? failure : new IllegalStateException(
                        "entry of a mapped list can not be reached: device=" + device.device() + ", entry=" + entry +
                        ", offset=" + inEntry + ", length=" + some + ", direction=" + direction + ", " + list + ": " +
                        e.getMessage(), e);
                }
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
        if (null != failure)
        {
            throw failure;
        }
    }

    private void copy(
        final ScatterGather list,
        final int entry,
        final int inEntry,
        final int segment,
        final int inSegment,
        final int bytes,
        final boolean toDevice)
    {
        final PoolBinding binding = bindings[segment];
        if (null == binding)
        {
            return;
        }
        if (binding.isGone())
        {
            throw new IllegalStateException("pool is closed: pool=" + binding.client().pool().name());
        }
        final Object source = list.source(entry);
        final long address = list.address(entry) + inEntry;
        if (toDevice)
        {
            PrivateMemory.copyToPool(source, address, binding, indices[segment] + inSegment, bytes);
        }
        else
        {
            PrivateMemory.copyFromPool(source, address, binding, indices[segment] + inSegment, bytes);
            written[segment] += bytes;
        }
    }

    private void giveUp()
    {
        device.countUndone(count);
        giveBack(false);
    }

    /** Give all back, also if one can not be. */
    private void giveBack(final boolean wasMapped)
    {
        while (pinCount > 0)
        {
            device.inPlace().remove(pins[--pinCount]);
        }
        RuntimeException failure = null;
        while (count > 0)
        {
            count--;
            try
            {
                giveBack(bindings[count], blocks[count], wasMapped ? toDevice(count) : 0);
            }
            catch (final RuntimeException e)
            {
                failure = e;
            }
            bindings[count] = null;
        }
        if (null != failure)
        {
            throw failure;
        }
    }

    private void giveBack(final PoolBinding binding, final long block, final int toDevice)
    {
        if (null == binding)
        {
            device.inPlace().remove(block);
        }
        else if (!binding.isGone() && !binding.client().tryFree(block, toDevice, written[count]))
        {
            throw new IllegalStateException("a segment's block is free already: device=" + device.device() +
                ", pool=" + binding.client().pool().name() + ", block=0x" + Long.toHexString(block));
        }
    }
}
