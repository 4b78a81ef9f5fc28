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
    private final ZeroCopyMappings zeroCopy;
    private final LongAdder undone;

    /**
     * @param zeroCopy has the pins of what is bounced although it lies in a pool.
     * @param undone   counts the mappings that were given up before they were whole.
     */
    BouncedMappings(
        final DmaPolicy policy,
        final PoolBindings bindings,
        final DmaDebug debug,
        final ZeroCopyMappings zeroCopy,
        final LongAdder undone)
    {
        device = policy.device();
        rules = policy.rules();
        this.bindings = bindings;
        this.debug = debug;
        this.zeroCopy = zeroCopy;
        this.undone = undone;
    }

    /**
     * Map checked memory: bounce it through the first pool that has a block.
     *
     * @param array   that it is in, or null if it is outside the heap.
     * @param holder  keeps memory outside the heap alive.
     * @param address of its first byte, counted from the array object if there is one.
     * @param low     whose low bits a minimum alignment preserves.
     * @return a handle, the negative code of a reason, or {@link PoolBinding#CLOSED} if all pools are.
     */
    long map(
        final byte[] array,
        final Object holder,
        final long address,
        final long low,
        final int length,
        final Direction direction)
    {
        final PoolBinding[] choices = bindings.choices();
        long result = PoolBinding.none(choices);
        if (choices.length > 0)
        {
            result = map(choices[0], array, holder, address, low, length, direction);
        }
        return result < 0 ? mapElsewhere(choices, result, array, holder, address, low, length, direction) : result;
    }

    /**
     * Map checked memory outside the heap. If it lies in a pool it may be a coherent buffer's, which has to stay until
     * the copy back: the next one to have the block would find that in it.
     *
     * @return as {@link #map(byte[], Object, long, long, int, Direction)}.
     */
    long mapOffHeap(final Object holder, final long address, final int length, final Direction direction)
    {
        if (!bindings.overlap(address, length))
        {
            return map(null, holder, address, address, length, direction);
        }
        final long pin = zeroCopy.pin(address, length, direction);
        long mapping = PoolBinding.CLOSED;
        try
        {
            mapping = map(null, holder, address, address, length, direction);
        }
        finally
        {
            if (mapping < 0)
            {
                zeroCopy.remove(pin);
            }
        }
        if (mapping >= 0)
        {
            final PoolBinding binding = bindings.of(mapping);
            binding.client().find(mapping).pin(pin);
        }
        return mapping;
    }

    /**
     * Map what a first pool has refused; and once more if a pool came or went meanwhile.
     */
    private long mapElsewhere(
        final PoolBinding[] known,
        final long refusal,
        final byte[] array,
        final Object holder,
        final long address,
        final long low,
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
                final long code = map(choices[i], array, holder, address, low, length, direction);
                if (code >= 0)
                {
                    return code;
                }
                result = PoolBinding.moreHopeful(result, code);
            }
            final PoolBinding[] now = bindings.choices();
            if (choices == now)
            {
                return result;
            }
            choices = now;
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
        final MappingRecord record = binding.client().find(mapping);
        if (null == record)
        {
            return false;
        }
        final int toDevice = record.isToDevice() ? record.length() : 0;
        final int fromDevice = record.isFromDevice() ? Math.min(written, record.length()) : 0;
        final boolean keeps = fromDevice > 0 || 0 != record.pin();
        if (!(keeps ? binding.client().tryRetire(mapping) : binding.client().tryFree(mapping, toDevice, 0)))
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
                    record.copyFromPool(binding, 0, fromDevice);
                }
                copied = fromDevice;
            }
            catch (final RuntimeException e)
            {
                throw unreachable(mapping, record, e);
            }
            finally
            {
                unpin(record);
                binding.client().recycle(mapping, toDevice, copied);
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

    /**
     * Copy a part of a buffer into its block.
     *
     * @throws IllegalStateException naming the mapping if the buffer can not be read.
     */
    void copyIn(
        final PoolBinding binding, final long mapping, final MappingRecord record, final int offset, final int length)
    {
        try
        {
            record.copyToPool(binding, offset, length);
        }
        catch (final RuntimeException e)
        {
            throw unreachable(mapping, record, e);
        }
    }

    /**
     * Copy a part of a buffer out of its block.
     *
     * @throws IllegalStateException naming the mapping if the buffer can not be written.
     */
    void copyOut(
        final PoolBinding binding, final long mapping, final MappingRecord record, final int offset, final int length)
    {
        try
        {
            record.copyFromPool(binding, offset, length);
        }
        catch (final RuntimeException e)
        {
            throw unreachable(mapping, record, e);
        }
    }

    private IllegalStateException unreachable(
        final long mapping, final MappingRecord record, final RuntimeException cause)
    {
        return new IllegalStateException("mapped buffer can not be reached: device=" + device + ", handle=0x" +
            Long.toHexString(mapping) + ", bus=0x" + Long.toHexString(record.busAddress()) + ", length=" +
            record.length() + ", direction=" + record.direction() + ": " + cause.getMessage(), cause);
    }

    private long map(
        final PoolBinding binding,
        final byte[] array,
        final Object holder,
        final long address,
        final long low,
        final int length,
        final Direction direction)
    {
        final PoolClient<MappingRecord> client = binding.client();
        final int mask = rules.minAlignMask();
        // What is kept inside the block must not be asked of its address, too: small blocks begin anywhere.
        final int lead = lead(rules, low);
        MappingRecord record = client.allocateHot(lead + length, mask, low - lead);
        if (null == record)
        {
            final long block = binding.allocate(lead + length, mask, low - lead);
            if (block < 0)
            {
                return block;
            }
            record = client.find(block);
        }
        record.set(binding.address() + record.index() + lead, client.busAddress(record) + lead, array, holder, address,
            length, direction);
        final long mapping = client.handle(record);
        if (null != debug)
        {
            watch(binding, mapping, record);
        }
        fill(binding, mapping, record, lead);
        MappingEvent.map(device, record.isToDevice() ? length : 0);
        return mapping;
    }

    private void watch(final PoolBinding binding, final long mapping, final MappingRecord record)
    {
        boolean watched = false;
        try
        {
            debug.map(mapping, record.array(), record.originalAddress(), record.length(), record.direction());
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
    private void fill(final PoolBinding binding, final long mapping, final MappingRecord record, final int lead)
    {
        boolean filled = false;
        try
        {
            final int copied = record.isToDevice() ? record.length() : 0;
            final int remainder = record.size() - lead - copied;
            if (0 != (lead | remainder) && (copied > 0 || !binding.client().pool().scrubsOnFree()))
            {
                binding.client().pool().clear(record.index(), lead);
                binding.client().pool().clear(record.index() + lead + copied, remainder);
            }
            record.copyToPool(binding, 0, copied);
            filled = true;
        }
        catch (final RuntimeException e)
        {
            throw unreachable(mapping, record, e);
        }
        finally
        {
            if (!filled)
            {
                undo(binding, mapping);
            }
        }
    }

    private void unpin(final MappingRecord record)
    {
        if (0 != record.pin())
        {
            zeroCopy.remove(record.pin());
            record.pin(0);
        }
    }

    private void undo(final PoolBinding binding, final long mapping)
    {
        if (null != debug)
        {
            debug.afterUnmap(mapping);
        }
        undone.increment();
        binding.client().tryFree(mapping, 0, 0);
    }
}
