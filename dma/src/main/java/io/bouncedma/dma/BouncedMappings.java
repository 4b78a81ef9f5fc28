/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BlockNotes;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BounceBlocks;
import io.bouncedma.pool.PoolClient;
import org.agrona.BufferUtil;

import java.util.concurrent.atomic.LongAdder;

/**
 * Mappings of single buffers that are copied into a block of one of a device's pools.
 */
final class BouncedMappings
{
    private final String device;
    private final PoolBindings bindings;
    private final AddressRules rules;
    /** Null if nobody watches. */
    private final DmaDebug debug;
    private final ZeroCopyMappings inPlace;
    private final int alignMask;
    private final int leadMask;
    private final LongAdder undone;

    /**
     * @param inPlace has the pins of what is bounced although it lies in a pool.
     * @param undone  counts the mappings that were given up before they were whole.
     */
    BouncedMappings(
        final DmaPolicy policy,
        final PoolBindings bindings,
        final DmaDebug debug,
        final ZeroCopyMappings inPlace,
        final LongAdder undone)
    {
        device = policy.device();
        rules = policy.rules();
        this.bindings = bindings;
        this.debug = debug;
        this.inPlace = inPlace;
        alignMask = rules.minAlignMask();
        leadMask = alignMask & BlockSize.MINIMUM - 1;
        this.undone = undone;
    }

    /**
     * Map checked memory: bounce it through the first pool that has a block.
     *
     * @param source  what the memory is in, see {@link PrivateMemory}.
     * @param address of its first byte there.
     * @return a handle, the negative code of a reason, or {@link PoolBinding#CLOSED} if all pools are.
     */
    long map(
        final PoolBinding[] choices,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        long result = PoolBinding.none(choices);
        if (choices.length > 0)
        {
            result = map(choices[0], source, address, length, direction);
        }
        return result < 0 ? mapElsewhere(choices, result, source, address, length, direction) : result;
    }

    /**
     * Map checked memory outside the heap. If it lies in a pool it may be a coherent buffer's, which has to stay until
     * the copy back: the next one to have the block would find that in it.
     *
     * @return as {@link #map(PoolBinding[], Object, long, int, Direction)}.
     */
    long mapOffHeap(
        final PoolBinding[] choices,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        if (!bindings.overlap(address, length))
        {
            return map(choices, source, address, length, direction);
        }
        final long pin = inPlace.pin(address, length, direction);
        long mapping = PoolBinding.CLOSED;
        try
        {
            mapping = map(choices, source, address, length, direction);
        }
        finally
        {
            if (mapping < 0)
            {
                inPlace.remove(pin);
            }
        }
        if (mapping >= 0)
        {
            inPlace.keepPin(mapping, pin);
        }
        return mapping;
    }

    /**
     * Map what a first pool has refused; and once more if a pool came or went meanwhile.
     */
    private long mapElsewhere(
        final PoolBinding[] known,
        final long refusal,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        PoolBinding[] choices = known;
        long result = refusal;
        int next = 1;
        while (true)
        {
            for (int i = next; i < choices.length; i++)
            {
                final long code = map(choices[i], source, address, length, direction);
                if (code >= 0)
                {
                    return code;
                }
                result = PoolBinding.moreHopeful(result, code);
            }
            if (!bindings.areOthers(choices, result))
            {
                return result;
            }
            choices = bindings.choices();
            result = PoolBinding.none(choices);
            next = 0;
        }
    }

    /**
     * End a mapping and copy back what the device wrote.
     *
     * @return false, and nothing changes, if the handle is not live.
     * @throws IllegalStateException if the buffer can not be written; the mapping has ended then.
     */
    boolean tryUnmap(final PoolBinding binding, final long mapping, final int written)
    {
        final PoolClient client = binding.client();
        // If the handle is not live these are somebody else's or nobody's, and what ends it will say so.
        final BlockNotes notes = binding.blocks().notes(mapping);
        if (null == notes)
        {
            return false;
        }
        final int note = notes.small(mapping);
        final int toDevice = MappingNote.isToDevice(note) ? MappingNote.length(note) : 0;
        final int fromDevice = MappingNote.isFromDevice(note) ? Math.min(written, MappingNote.length(note)) : 0;
        final long index = notes.number(mapping) - BufferUtil.ARRAY_BASE_OFFSET;
        final boolean ended;
        if (null != debug || fromDevice > BounceBlocks.MOST_COPIED || inPlace.hasPin(mapping))
        {
            ended = tryEndSlowly(binding, mapping, toDevice, fromDevice);
        }
        else if (0 == fromDevice)
        {
            ended = client.tryFree(mapping, toDevice, 0);
        }
        else if (notes.reference(mapping) instanceof final byte[] array && index >= 0 &&
            index <= array.length - fromDevice)
        {
            ended = binding.blocks().tryFree(mapping, toDevice, (int)index & leadMask, array, (int)index, fromDevice);
        }
        else
        {
            // Also if another thread writes the notes meanwhile: the handle is not live then.
            ended = tryEndSlowly(binding, mapping, toDevice, fromDevice);
        }
        if (ended)
        {
            MappingEvent.unmap(device, toDevice, fromDevice);
        }
        return ended;
    }

    /** End a mapping whose block has to stay until all is copied out of it, and nobody looks at the mapping. */
    private boolean tryEndSlowly(
        final PoolBinding binding, final long mapping, final int toDevice, final int fromDevice)
    {
        final PoolClient client = binding.client();
        if (!client.tryRetire(mapping))
        {
            return false;
        }
        int copied = 0;
        try
        {
            if (null != debug)
            {
                debug.afterUnmap(mapping);
            }
            if (fromDevice > 0)
            {
                copyOut(binding, mapping, 0, fromDevice);
            }
            copied = fromDevice;
        }
        finally
        {
            if (inPlace.hasPin(mapping))
            {
                inPlace.dropPin(mapping);
            }
            client.recycle(mapping, toDevice, copied);
        }
        return true;
    }

    /** How far a mapping begins behind its block: bits of a minimum alignment below a cache line are kept inside. */
    static int lead(final AddressRules rules, final long low)
    {
        return (int)low & rules.minAlignMask() & BlockSize.MINIMUM - 1;
    }

    /** The name of a mapping's first byte in a descriptor. */
    long busAddress(final PoolBinding binding, final long mapping)
    {
        return binding.client().busAddress(mapping) + lead(binding.client(), mapping);
    }

    /**
     * Copy a part of a buffer into its block.
     *
     * @throws IllegalStateException naming the mapping if the buffer can not be read.
     */
    void copyIn(final PoolBinding binding, final long mapping, final int offset, final int length)
    {
        final PoolClient client = binding.client();
        final BlockNotes notes = client.bounce().notes(mapping);
        try
        {
            PrivateMemory.copyToPool(notes.reference(mapping), notes.number(mapping) + offset, binding,
                index(client, mapping) + offset, length);
        }
        catch (final RuntimeException e)
        {
            throw unreachable(binding, mapping, e);
        }
    }

    /**
     * Copy a part of a buffer out of its block.
     *
     * @throws IllegalStateException naming the mapping if the buffer can not be written.
     */
    void copyOut(final PoolBinding binding, final long mapping, final int offset, final int length)
    {
        final PoolClient client = binding.client();
        final BlockNotes notes = client.bounce().notes(mapping);
        try
        {
            PrivateMemory.copyFromPool(notes.reference(mapping), notes.number(mapping) + offset, binding,
                index(client, mapping) + offset, length);
        }
        catch (final RuntimeException e)
        {
            throw unreachable(binding, mapping, e);
        }
    }

    /** Where a mapping's bytes begin in the pool. */
    private long index(final PoolClient client, final long mapping)
    {
        return client.offsetOf(mapping) + lead(client, mapping);
    }

    private int lead(final PoolClient client, final long mapping)
    {
        if (0 == leadMask)
        {
            return 0;
        }
        final BlockNotes notes = client.bounce().notes(mapping);
        return lead(rules, PrivateMemory.low(notes.reference(mapping), notes.number(mapping)));
    }

    private IllegalStateException unreachable(
        final PoolBinding binding, final long mapping, final RuntimeException cause)
    {
        final int note = binding.blocks().notes(mapping).small(mapping);
        return new IllegalStateException("mapped buffer can not be reached: device=" + device + ", handle=0x" +
            Long.toHexString(mapping) + ", bus=0x" + Long.toHexString(busAddress(binding, mapping)) + ", length=" +
            MappingNote.length(note) + ", direction=" + MappingNote.direction(note) + ": " + cause.getMessage(), cause);
    }

    private long map(
        final PoolBinding binding,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        final long low = 0 == alignMask ? 0 : PrivateMemory.low(source, address);
        // What is kept inside the block must not be asked of its address, too: small blocks begin anywhere.
        final int lead = (int)low & leadMask;
        final long mapping = 0 == alignMask ? binding.allocate(length, 0, 0) :
            binding.allocate(lead + length, alignMask, low - lead);
        if (mapping >= 0)
        {
            open(binding, mapping, source, address, lead, length, direction);
        }
        return mapping;
    }

    /** Make a block a mapping; if that fails, the block is given back. */
    void open(
        final PoolBinding binding,
        final long mapping,
        final Object source,
        final long address,
        final int lead,
        final int length,
        final Direction direction)
    {
        binding.blocks().note(mapping, source, address, MappingNote.of(length, direction));
        if (null != debug)
        {
            watch(binding, mapping, source, address, length, direction);
        }
        fill(binding, mapping, source, address, lead, direction.isToDevice() ? length : 0);
        MappingEvent.map(device, direction.isToDevice() ? length : 0);
    }

    /** Take hot blocks for equally long arrays, maybe none, all in one; for {@link #open} or {@link #undo}. */
    int takeHot(final PoolBinding binding, final int length, final long[] handles, final int from, final int to)
    {
        return 0 != alignMask || binding.isInLine() || binding.isGone() ? 0 :
            binding.blocks().takeHot(length, handles, from, to);
    }

    /**
     * End mappings that the device has not written, all in one, up to the first for which there is more to do.
     *
     * @param lengths of the mappings.
     * @return how many, maybe none.
     */
    int tryUnmap(final PoolBinding binding, final long[] mappings, final int[] lengths, final int from, final int to)
    {
        if (null != debug || binding.isGone())
        {
            return 0;
        }
        int behind = from;
        while (behind < to && !inPlace.hasPin(mappings[behind]) && isOnlyRead(binding.blocks(), mappings[behind]))
        {
            behind++;
        }
        final int ended = behind - from < 2 ? 0 : binding.blocks().tryFree(mappings, lengths, from, behind);
        for (int i = from; i < from + ended; i++)
        {
            MappingEvent.unmap(device, lengths[i], 0);
        }
        return ended;
    }

    /** If the handle is not live, what ends it will say so. */
    private static boolean isOnlyRead(final BounceBlocks blocks, final long mapping)
    {
        final BlockNotes notes = blocks.notes(mapping);
        return null != notes && !MappingNote.isFromDevice(notes.small(mapping));
    }

    private void watch(
        final PoolBinding binding,
        final long mapping,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        boolean watched = false;
        try
        {
            debug.map(mapping, source, address, length, direction);
            watched = true;
        }
        finally
        {
            if (!watched)
            {
                undo(binding, mapping);
            }
        }
    }

    /**
     * After this the block holds the caller's bytes or zeros, and nothing of any mapping before.
     */
    private void fill(
        final PoolBinding binding,
        final long mapping,
        final Object source,
        final long address,
        final int lead,
        final int copied)
    {
        boolean filled = false;
        try
        {
            final long at = binding.blocks().clearAround(mapping, lead, copied);
            if (copied > 0)
            {
                PrivateMemory.copyToPool(source, address, binding, at - binding.address(), copied);
            }
            filled = true;
        }
        catch (final RuntimeException e)
        {
            throw unreachable(binding, mapping, e);
        }
        finally
        {
            if (!filled)
            {
                undo(binding, mapping);
            }
        }
    }

    /** End a mapping that nobody was told of. */
    void undo(final PoolBinding binding, final long mapping)
    {
        if (inPlace.hasPin(mapping))
        {
            inPlace.dropPin(mapping);
        }
        if (null != debug)
        {
            debug.afterUnmap(mapping);
        }
        undone.increment();
        binding.client().tryFree(mapping, 0, 0);
    }
}
