/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BlockNotes;
import io.bouncedma.pool.BounceBlocks;
import io.bouncedma.pool.Refusal;

import java.util.concurrent.atomic.LongAdder;

/**
 * All mappings of a device by handle: those that are bounced and those in place, what is counted of them, and what is
 * said of a handle that is none.
 */
final class DeviceMappings
{
    private final String device;
    private final PoolBindings bindings;
    private final AddressRules rules;
    /** Null if nobody watches. */
    private final DmaDebug debug;
    private final BouncedMappings bounced;
    private final ZeroCopyMappings inPlace = new ZeroCopyMappings();
    private final LongAdder syncedToDevice = new LongAdder();
    private final LongAdder syncedFromDevice = new LongAdder();
    private final LongAdder coherent = new LongAdder();
    private final LongAdder coherentClosed = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    /** Blocks of mappings that were given up before they were whole; a client counts them as taken and freed. */
    private final LongAdder undone = new LongAdder();

    DeviceMappings(final DmaPolicy policy)
    {
        device = policy.device();
        bindings = new PoolBindings(policy);
        rules = policy.rules();
        debug = policy.debug() ? new DmaDebug(device) : null;
        bounced = new BouncedMappings(policy, bindings, debug, inPlace, undone);
    }

    String device()
    {
        return device;
    }

    PoolBindings bindings()
    {
        return bindings;
    }

    AddressRules rules()
    {
        return rules;
    }

    ZeroCopyMappings inPlace()
    {
        return inPlace;
    }

    /** Null if nobody watches. */
    DmaDebug debug()
    {
        return debug;
    }

    /**
     * Map a checked part of an array.
     *
     * @param address counted from the array object.
     * @return a handle, or the code of a reason, which is counted.
     */
    long map(final byte[] array, final long address, final int length, final Direction direction)
    {
        return counted(bounced.map(bindings.choices(), array, address, length, direction));
    }

    /**
     * Map a checked part of any memory, see {@link PrivateMemory}.
     *
     * @return a handle, or the code of a reason, which is counted.
     */
    long map(final Object source, final long address, final int length, final Direction direction)
    {
        return counted(map(bindings.choices(), source, address, length, direction));
    }

    /**
     * As {@link #map(Object, long, int, Direction)}, but a refusal is not counted, and is that of no pool.
     */
    long map(
        final PoolBinding[] choices,
        final Object source,
        final long address,
        final int length,
        final Direction direction)
    {
        if (!PrivateMemory.isOffHeap(source))
        {
            return bounced.map(choices, source, address, length, direction);
        }
        final long bus = ZeroCopyMappings.busAddress(choices, address, length);
        return 0 == bus ? bounced.mapOffHeap(choices, source, address, length, direction) :
            mapInPlace(bus, source, address, length, direction);
    }

    BouncedMappings bounced()
    {
        return bounced;
    }

    /**
     * Count what no pool has room for.
     *
     * @throws IllegalStateException if all of them are closed.
     */
    long counted(final long code)
    {
        if (code >= 0)
        {
            return code;
        }
        if (PoolBinding.CLOSED == code)
        {
            throw new IllegalStateException("no pool of the device is open: device=" + device);
        }
        refusals.increment();
        return code;
    }

    long busAddress(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        return null == binding ? findInPlace(mapping).busAddress() :
            bounced.busAddress(binding, live(binding, mapping));
    }

    int length(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        return null == binding ? findInPlace(mapping).length() : MappingNote.length(note(binding, mapping));
    }

    void syncForCpu(final long mapping, final int offset, final int length)
    {
        final PoolBinding binding = bindings.of(mapping);
        if (null == binding)
        {
            syncInPlace(mapping, offset, length, true);
            return;
        }
        final int note = note(binding, mapping);
        checkSync(mapping, MappingNote.length(note), MappingNote.direction(note), offset, length, true);
        if (MappingNote.isFromDevice(note))
        {
            bounced.copyOut(binding, mapping, offset, length);
            syncedFromDevice.add(length);
        }
    }

    void syncForDevice(final long mapping, final int offset, final int length)
    {
        final PoolBinding binding = bindings.of(mapping);
        if (null == binding)
        {
            syncInPlace(mapping, offset, length, false);
            return;
        }
        final int note = note(binding, mapping);
        checkSync(mapping, MappingNote.length(note), MappingNote.direction(note), offset, length, false);
        if (MappingNote.isToDevice(note))
        {
            bounced.copyIn(binding, mapping, offset, length);
            syncedToDevice.add(length);
        }
    }

    void unmap(final long mapping, final int written)
    {
        final PoolBinding binding = bindings.of(mapping);
        if (null == binding)
        {
            endInPlace(mapping);
        }
        else if (binding.isGone() || !bounced.tryUnmap(binding, mapping, written))
        {
            throw misuse(mapping);
        }
    }

    /**
     * End mappings all in one, up to the first that is not of the first one's pool or for which there is more to do.
     *
     * @param lengths of the mappings.
     * @return how many, maybe none.
     */
    int tryUnmap(final long[] mappings, final int[] lengths, final int from, final int to)
    {
        final PoolBinding binding = bindings.of(mappings[from]);
        return null == binding ? 0 : bounced.tryUnmap(
            binding, mappings, lengths, from, Math.min(to, from + BounceBlocks.MOST_AT_ONCE));
    }

    /** End a mapping that nobody was told of. */
    void undo(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        if (null == binding)
        {
            endInPlace(mapping);
            undone.increment();
        }
        else
        {
            bounced.undo(binding, mapping);
        }
    }

    /** Count what was given up before anything was mapped. */
    void countUndone(final int blocks)
    {
        undone.add(blocks);
    }

    /** Take a block for a coherent buffer, see {@link DmaDevice#allocateCoherent}. */
    CoherentBuffer allocateCoherent(final int length, final int alignment)
    {
        PoolBinding[] choices;
        long result;
        do
        {
            choices = bindings.choices();
            result = PoolBinding.none(choices);
            for (final PoolBinding binding : choices)
            {
                final long block = binding.allocate(length, alignment - 1, 0);
                if (block >= 0)
                {
                    coherent.increment();
                    return new CoherentBuffer(binding, block, length, inPlace, coherentClosed);
                }
                result = PoolBinding.moreHopeful(result, block);
            }
        }
        while (bindings.areOthers(choices, result));
        counted(result);
        return null;
    }

    DmaStatistics statistics()
    {
        final DmaStatistics figures = bindings.statistics();
        final long givenUp = undone.sum();
        return new DmaStatistics(figures.maps() + inPlace.maps() - coherent.sum() - givenUp,
            figures.unmaps() + inPlace.unmaps() - coherentClosed.sum() - givenUp, refusals.sum(),
            figures.bytesToDevice() + syncedToDevice.sum(), figures.bytesFromDevice() + syncedFromDevice.sum());
    }

    void close()
    {
        final long bytes = bindings.usedBytes();
        if (bytes > 0 || inPlace.live() > 0)
        {
            final DmaStatistics figures = statistics();
            throw new IllegalStateException("device has live mappings: device=" + device + ", mappings=" +
                (figures.maps() - figures.unmaps()) + ", coherent=" + (coherent.sum() - coherentClosed.sum()) +
                ", bytes=" + bytes + (null == debug ? "" : debug.leaks()));
        }
        inPlace.close(bindings::close);
    }

    /**
     * What to throw at one who uses what is no live mapping of this device.
     */
    IllegalStateException misuse(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        final boolean isOwn = null != binding || inPlace.isOwn(mapping);
        final String what;
        if (mapping < 0 && mapping >= -Refusal.Reason.values().length)
        {
            what = "this is the refusal " + Refusal.Reason.of(mapping) + ", not a mapping";
        }
        else if (bindings.isClosed())
        {
            what = "device is closed, and no mapping of it is left";
        }
        else if (null != binding && binding.isGone() && binding.client().has(mapping))
        {
            what = "mapping has ended with its pool, which is closed: pool=" + binding.client().pool().name();
        }
        else
        {
            what = isOwn ? "mapping is unmapped already" : "mapping is foreign";
        }
        return new IllegalStateException(
            what + ": device=" + device + ", handle=" + (mapping < 0 ? mapping : "0x" + Long.toHexString(mapping)));
    }

    /**
     * What to throw at one who uses what is no mapped list or batch of this device.
     *
     * @param isUnmapped false if another device has mapped it.
     */
    IllegalStateException notMapped(final String what, final boolean isUnmapped, final Object list)
    {
        final String state = isUnmapped ? " is not mapped" : " is mapped by another device";
        return new IllegalStateException(
            (bindings.isClosed() ? "device is closed, and the " : "") + what + state + ": device=" + device + ", " +
            list);
    }

    private long mapInPlace(
        final long bus, final Object source, final long address, final int length, final Direction direction)
    {
        final long mapping = inPlace.add(bus, address, length, direction);
        if (null != debug)
        {
            try
            {
                debug.map(mapping, source, address, length, direction);
            }
            catch (final IllegalStateException e)
            {
                undone.increment();
                inPlace.remove(mapping);
                throw e;
            }
        }
        MappingEvent.map(device, 0);
        return mapping;
    }

    private void endInPlace(final long mapping)
    {
        if (!inPlace.remove(mapping))
        {
            throw misuse(mapping);
        }
        if (null != debug)
        {
            debug.afterUnmap(mapping);
        }
        MappingEvent.unmap(device, 0, 0);
    }

    private ZeroCopyMappings.Place findInPlace(final long mapping)
    {
        final ZeroCopyMappings.Place place = inPlace.find(mapping);
        if (null == place)
        {
            throw misuse(mapping);
        }
        return place;
    }

    /** A handle that is live, or else an exception. */
    private long live(final PoolBinding binding, final long mapping)
    {
        if (binding.isGone() || !binding.client().has(mapping))
        {
            throw misuse(mapping);
        }
        return mapping;
    }

    private int note(final PoolBinding binding, final long mapping)
    {
        final BlockNotes notes = binding.blocks().notes(live(binding, mapping));
        if (null == notes)
        {
            throw misuse(mapping);
        }
        return notes.small(mapping);
    }

    /** The caller sees what the device sees: nothing is to be copied, but all is checked. */
    private void syncInPlace(final long mapping, final int offset, final int length, final boolean forCpu)
    {
        final ZeroCopyMappings.Place place = findInPlace(mapping);
        checkSync(mapping, place.length(), place.direction(), offset, length, forCpu);
    }

    private void checkSync(
        final long mapping,
        final int mapped,
        final Direction direction,
        final int offset,
        final int length,
        final boolean forCpu)
    {
        Checks.requireMapped(offset, length, mapped);
        if (null != debug)
        {
            debug.sync(mapping, forCpu, direction);
        }
    }
}
