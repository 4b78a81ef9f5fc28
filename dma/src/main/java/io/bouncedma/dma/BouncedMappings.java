/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.PoolClient;

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
        leadMask = rules.minAlignMask() & BlockSize.MINIMUM - 1;
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
        // If the handle is not live this is somebody else's or nobody's, and what ends it will say so.
        final int note = client.notedSmall(mapping);
        final int toDevice = MappingNote.isToDevice(note) ? MappingNote.length(note) : 0;
        final int fromDevice = MappingNote.isFromDevice(note) ? Math.min(written, MappingNote.length(note)) : 0;
        final boolean isPinned = inPlace.hasPin(mapping);
        final boolean keeps = fromDevice > 0 || isPinned;
        if (!(keeps ? client.tryRetire(mapping) : client.tryFree(mapping, toDevice, 0)))
        {
            return false;
        }
        if (null != debug)
        {
            debug.afterUnmap(mapping);
        }
        if (keeps)
        {
            int copied = 0;
            try
            {
                if (fromDevice > 0)
                {
                    PrivateMemory.copyFromPool(client.notedReference(mapping), client.notedNumber(mapping), binding,
                        index(client, mapping), fromDevice);
                }
                copied = fromDevice;
            }
            catch (final RuntimeException e)
            {
                throw unreachable(binding, mapping, e);
            }
            finally
            {
                if (isPinned)
                {
                    inPlace.dropPin(mapping);
                }
                client.recycle(mapping, toDevice, copied);
            }
        }
        MappingEvent.unmap(device, toDevice, fromDevice);
        return true;
    }

    /**
     * How far a mapping begins behind its block. A block begins at a cache line; bits of a minimum alignment below that
     * are kept inside it.
     */
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
        try
        {
            PrivateMemory.copyToPool(client.notedReference(mapping), client.notedNumber(mapping) + offset, binding,
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
        try
        {
            PrivateMemory.copyFromPool(client.notedReference(mapping), client.notedNumber(mapping) + offset, binding,
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
        return 0 == leadMask ? 0 :
            lead(rules, PrivateMemory.low(client.notedReference(mapping), client.notedNumber(mapping)));
    }

    private IllegalStateException unreachable(
        final PoolBinding binding, final long mapping, final RuntimeException cause)
    {
        final int note = binding.client().notedSmall(mapping);
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
        final PoolClient client = binding.client();
        final int mask = rules.minAlignMask();
        final long low = 0 == mask ? 0 : PrivateMemory.low(source, address);
        // What is kept inside the block must not be asked of its address, too: small blocks begin anywhere.
        final int lead = (int)low & leadMask;
        final long mapping = binding.allocate(lead + length, mask, low - lead);
        if (mapping < 0)
        {
            return mapping;
        }
        client.note(mapping, source, address, MappingNote.of(length, direction));
        if (null != debug)
        {
            watch(binding, mapping, source, address, length, direction);
        }
        fill(binding, mapping, source, address, lead, direction.isToDevice() ? length : 0);
        MappingEvent.map(device, direction.isToDevice() ? length : 0);
        return mapping;
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
        final PoolClient client = binding.client();
        boolean filled = false;
        try
        {
            final int remainder = client.size(mapping) - lead - copied;
            if (0 != (lead | remainder) && (copied > 0 || !client.pool().scrubsOnFree()))
            {
                if (lead > 0)
                {
                    client.clear(mapping, 0, lead);
                }
                client.clear(mapping, lead + copied, remainder);
            }
            if (copied > 0)
            {
                PrivateMemory.copyToPool(source, address, binding, client.offsetOf(mapping) + lead, copied);
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
