/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.ClientStatistics;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one device may reach: private buffers are mapped for it by bouncing them through its pools.
 * <p>
 * A mapping is a handle. Its bus address goes into a descriptor; the handle stays private. Lengths, directions and
 * original buffers are kept here, never read back from shared memory. The device sees the bytes of the buffer that it
 * was given and no others: the remainder of the block is cleared on map. An off-heap buffer that lies in one of the
 * device's pools already, such as a part of a {@link CoherentBuffer}, is not copied at all.
 * <p>
 * Thread-safe, except that the caller must not sync and unmap one mapping at the same time. Mapping returns a negative
 * {@link Refusal.Reason#code()} when no pool has room; misuse throws and changes nothing.
 */
public final class DmaDevice implements AutoCloseable
{
    private final String name;
    private final PoolBindings bindings;
    private final AddressRules rules;
    private final DmaDebug debug;
    private final ZeroCopyMappings zeroCopy = new ZeroCopyMappings();
    private final LongAdder syncedToDevice = new LongAdder();
    private final LongAdder syncedFromDevice = new LongAdder();
    private final LongAdder coherent = new LongAdder();
    private final LongAdder coherentClosed = new LongAdder();
    private final LongAdder refusals = new LongAdder();

    /**
     * Create a device's view of the pools, with a {@link DmaPolicy} that sets nothing.
     *
     * @param name  of the device, for messages and as owner of what it holds.
     * @param pools to allocate from, in their order.
     */
    public DmaDevice(final String name, final PoolSet pools)
    {
        this(new DmaPolicy(name, pools));
    }

    /**
     * Create a device's view of its pools.
     *
     * @param policy which pools it may use, in what order, how much of them, and what it can address.
     * @throws IllegalArgumentException if a pool has not free what is to be reserved of it.
     */
    public DmaDevice(final DmaPolicy policy)
    {
        name = policy.device();
        bindings = new PoolBindings(policy);
        rules = policy.rules();
        debug = policy.debug() ? new DmaDebug(name) : null;
    }

    /**
     * The device's name.
     *
     * @return as given.
     */
    public String name()
    {
        return name;
    }

    /**
     * Map a part of a heap array.
     *
     * @param buffer    private; it must not be used by the caller until it is unmapped or synced.
     * @param offset    of the first byte; its low bits are what a {@link AddressRules#minAlignMask()} preserves.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return a handle greater than zero, or the negative code of a {@link Refusal.Reason}: of several pools' the first
     * that {@linkplain Refusal.Reason#isForGood() is not for good}.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalArgumentException  if the length is not from 1 to 1 GiB, less up to 63 bytes for an alignment.
     */
    public long map(final byte[] buffer, final int offset, final int length, final Direction direction)
    {
        Checks.requirePart(offset, length, buffer.length);
        return map(buffer, null, BufferUtil.ARRAY_BASE_OFFSET + (long)offset, offset, length, direction);
    }

    /**
     * Map a part of a byte buffer, direct or on the heap. Position and limit are neither used nor changed.
     *
     * @param buffer    as {@link #map(byte[], int, int, Direction)}; writable unless the direction is
     *                  {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IllegalArgumentException if the buffer is read-only and the device would write it.
     */
    public long map(final ByteBuffer buffer, final int offset, final int length, final Direction direction)
    {
        Checks.requirePart(offset, length, buffer.capacity());
        Checks.requireWritable(!buffer.isReadOnly(), buffer, direction);
        if (buffer.isDirect())
        {
            return mapOffHeap(buffer, BufferUtil.address(buffer) + offset, length, direction);
        }
        final long at = BufferUtil.arrayOffset(buffer) + (long)offset;
        return map(BufferUtil.array(buffer), null, BufferUtil.ARRAY_BASE_OFFSET + at, at, length, direction);
    }

    /**
     * Map a part of an Agrona buffer.
     *
     * @param buffer    as {@link #map(byte[], int, int, Direction)}; a {@link MutableDirectBuffer} unless the
     *                  direction is {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IllegalArgumentException if the buffer is not mutable and the device would write it.
     */
    public long map(final DirectBuffer buffer, final int offset, final int length, final Direction direction)
    {
        Checks.requirePart(offset, length, buffer.capacity());
        Checks.requireWritable(buffer instanceof MutableDirectBuffer, buffer, direction);
        final long address = buffer.addressOffset() + offset;
        final byte[] array = buffer.byteArray();
        return null == array ? mapOffHeap(buffer, address, length, direction) :
            map(array, null, address, address - BufferUtil.ARRAY_BASE_OFFSET, length, direction);
    }

    /**
     * The name of a mapping in a descriptor.
     *
     * @param mapping a live handle.
     * @return the bus address of its first byte.
     * @throws IllegalStateException if the handle is foreign, free or stale.
     */
    public long busAddress(final long mapping)
    {
        return find(mapping).busAddress();
    }

    /**
     * How long a mapping is.
     *
     * @param mapping a live handle.
     * @return bytes.
     * @throws IllegalStateException if the handle is foreign, free or stale.
     */
    public int length(final long mapping)
    {
        return find(mapping).length();
    }

    /**
     * Let the caller see what the device wrote so far; the mapping stays. Does nothing if the device only reads.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     if the handle is foreign, free or stale.
     * @throws IndexOutOfBoundsException if the mapping has no such part.
     */
    public void syncForCpu(final long mapping, final int offset, final int length)
    {
        final MappingRecord record = findForSync(mapping, offset, length, true);
        if (record.isFromDevice() && !isZeroCopy(mapping))
        {
            record.copyFromPool(offset, length);
            syncedFromDevice.add(length);
        }
    }

    /**
     * Let the device see what the caller wrote since the mapping was made; the mapping stays. Does nothing if the
     * device only writes.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     if the handle is foreign, free or stale.
     * @throws IndexOutOfBoundsException if the mapping has no such part.
     */
    public void syncForDevice(final long mapping, final int offset, final int length)
    {
        final MappingRecord record = findForSync(mapping, offset, length, false);
        if (record.isToDevice() && !isZeroCopy(mapping))
        {
            record.copyToPool(offset, length);
            syncedToDevice.add(length);
        }
    }

    /**
     * End a mapping and copy all of it back if the device may have written it.
     *
     * @param mapping a live handle.
     * @throws IllegalStateException if the handle is foreign, free or stale; nothing changes then.
     */
    public void unmap(final long mapping)
    {
        unmap(mapping, Integer.MAX_VALUE);
    }

    /**
     * End a mapping and copy back what the device says it wrote, never more than was mapped.
     *
     * @param mapping a live handle.
     * @param written bytes from the start of the mapping; a larger number than the mapping's length, which a hostile
     *                device may claim, counts as that length. With 0 nothing is copied, as with Linux's
     *                {@code DMA_ATTR_SKIP_CPU_SYNC}.
     * @throws IllegalStateException    if the handle is foreign, free or stale; nothing changes then.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final long mapping, final int written)
    {
        Checks.requireWritten(written);
        final PoolBinding binding = bindings.of(mapping);
        if (null == binding)
        {
            if (!zeroCopy.remove(mapping))
            {
                throw notMapped(mapping);
            }
            return;
        }
        final long block = binding.block(mapping);
        final MappingRecord record = binding.client().find(block);
        if (null == record)
        {
            throw notMapped(mapping);
        }
        final int toDevice = record.isToDevice() ? record.length() : 0;
        final int fromDevice = record.isFromDevice() ? Math.min(written, record.length()) : 0;
        if (0 == fromDevice)
        {
            if (!binding.client().tryFree(block, toDevice, 0))
            {
                throw notMapped(mapping);
            }
        }
        else
        {
            if (!binding.client().tryRetire(block))
            {
                throw notMapped(mapping);
            }
            copyBack(binding, block, record, toDevice, fromDevice);
        }
        MappingEvent.unmap(this, toDevice, fromDevice);
        if (null != debug)
        {
            debug.afterUnmap(mapping);
        }
    }

    /**
     * Map a list of buffers, all of it or nothing.
     *
     * @param list      of at least one entry, not mapped.
     * @param direction who writes.
     * @return the number of segments that the device is to be told of, or the negative code of a
     * {@link Refusal.Reason}: FRAGMENTED also if more segments would be needed than the list may have.
     * @throws IllegalArgumentException if the list is empty, or an entry is read-only and the device would write it.
     * @throws IllegalStateException    if the list is mapped.
     */
    public int map(final ScatterGather list, final Direction direction)
    {
        list.requireUnmapped();
        list.requireWritable(direction);
        if (0 == list.entries())
        {
            throw new IllegalArgumentException("list is empty: device=" + name);
        }
        final int result = list.mapped().map(this, list, direction);
        if (result < 0)
        {
            refusals.increment();
        }
        return result;
    }

    /**
     * End the mapping of a list and copy back what the device says it wrote, never more than was mapped.
     *
     * @param list    mapped by this device.
     * @param written bytes from the start of the list; a larger number than the list's length counts as that.
     * @throws IllegalStateException    if the list is not mapped, or by another device; nothing changes then.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final ScatterGather list, final long written)
    {
        Checks.requireWritten(written);
        list.mapped().unmap(this, list, written);
    }

    /**
     * Take zeroed memory that both sides use in place.
     *
     * @param length    bytes, greater than zero.
     * @param alignment of its bus address, a power of two.
     * @return the buffer, to be closed by the caller, or null if no pool has room, see {@link #explainCoherent}.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public CoherentBuffer allocateCoherent(final int length, final int alignment)
    {
        for (final PoolBinding binding : bindings.choices())
        {
            final long block = binding.client().allocate(length, alignment - 1, 0);
            if (block >= 0)
            {
                coherent.increment();
                return new CoherentBuffer(binding.client(), block, length, coherentClosed);
            }
        }
        refusals.increment();
        return null;
    }

    /**
     * Tell why the pools refuse to map a length now, one pool a line. Slow: for messages.
     *
     * @param length bytes of a buffer that begins at a cache line.
     * @return for example {@code EXHAUSTED: pool=demo, asked=65536, free=2048, ...}.
     */
    public String explain(final int length)
    {
        return Explanations.of(bindings.choices(), length, rules.minAlignMask(), 0);
    }

    /**
     * Tell why the pools refuse a coherent buffer now.
     *
     * @param length    as {@link #allocateCoherent(int, int)}.
     * @param alignment as there.
     * @return as {@link #explain(int)}.
     */
    public String explainCoherent(final int length, final int alignment)
    {
        return Explanations.of(bindings.choices(), length, alignment - 1, 0);
    }

    /**
     * What this device has bounced so far.
     *
     * @return figures that grow; bytes copied by a map count from its unmap on.
     */
    public DmaStatistics statistics()
    {
        long maps = zeroCopy.maps() - coherent.sum();
        long unmaps = zeroCopy.unmaps() - coherentClosed.sum();
        long toDevice = syncedToDevice.sum();
        long fromDevice = syncedFromDevice.sum();
        for (final PoolBinding binding : bindings.all())
        {
            final ClientStatistics figures = binding.client().statistics();
            maps += figures.allocations();
            unmaps += figures.frees();
            toDevice += figures.bytesToDevice();
            fromDevice += figures.bytesFromDevice();
        }
        return new DmaStatistics(maps, unmaps, refusals.sum(), toDevice, fromDevice);
    }

    /**
     * Check that nothing is mapped any more and leave the pools; a second call does nothing.
     *
     * @throws IllegalStateException if mappings or coherent buffers are live: end them first, after the device is
     *                               reset. In debug mode the message has the places of single bounced mappings.
     */
    @Override
    public void close()
    {
        long bytes = 0;
        for (final PoolBinding binding : bindings.all())
        {
            bytes += binding.client().usedBytes();
        }
        if (bytes > 0 || zeroCopy.live() > 0)
        {
            final DmaStatistics figures = statistics();
            throw new IllegalStateException("device has live mappings: device=" + name + ", mappings=" +
                (figures.maps() - figures.unmaps()) + ", coherent=" + (coherent.sum() - coherentClosed.sum()) +
                ", bytes=" + bytes + (null == debug ? "" : debug.leaks()));
        }
        for (final PoolBinding binding : bindings.all())
        {
            binding.client().close();
        }
        zeroCopy.close();
    }

    /**
     * The device's access to its pools, first choice first.
     *
     * @return not to be changed.
     */
    PoolBinding[] choices()
    {
        return bindings.choices();
    }

    AddressRules rules()
    {
        return rules;
    }

    /**
     * How far a mapping begins behind its block. A block begins at a cache line; bits of a minimum alignment below that
     * are kept inside it.
     */
    int lead(final long low)
    {
        return (int)low & rules.minAlignMask() & BlockSize.MINIMUM - 1;
    }

    void countCopied(final long bytes, final boolean toDevice)
    {
        (toDevice ? syncedToDevice : syncedFromDevice).add(bytes);
    }

    /**
     * Map checked memory: bounce it through the first pool that has a block.
     *
     * @param array   that it is in, or null if it is outside the heap.
     * @param holder  keeps memory outside the heap alive.
     * @param address of its first byte, counted from the array object if there is one.
     * @param low     whose low bits a minimum alignment preserves.
     */
    private long map(
        final byte[] array,
        final Object holder,
        final long address,
        final long low,
        final int length,
        final Direction direction)
    {
        final PoolBinding[] choices = bindings.choices();
        long result = Refusal.Reason.EXHAUSTED.code();
        if (choices.length > 0)
        {
            result = map(choices[0], array, holder, address, low, length, direction);
        }
        for (int i = 1; result < 0 && i < choices.length; i++)
        {
            final long next = map(choices[i], array, holder, address, low, length, direction);
            result = next < 0 ? Refusal.Reason.moreHopeful(result, next) : next;
        }
        if (result < 0)
        {
            refusals.increment();
        }
        return result;
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
        final int lead = lead(low);
        MappingRecord record = client.allocateHot(lead + length, mask, low - lead);
        if (null == record)
        {
            final long block = client.allocate(lead + length, mask, low - lead);
            if (block < 0)
            {
                return block;
            }
            record = client.find(block);
        }
        record.set(binding.address() + record.index() + lead, client.busAddress(record) + lead, array, holder, address,
            length, direction);
        final long mapping = binding.mapping(client.handle(record));
        fill(binding, mapping, record, lead);
        return mapping;
    }

    /**
     * After this the block holds the caller's bytes or zeros, and nothing of any mapping before.
     */
    private void fill(final PoolBinding binding, final long mapping, final MappingRecord record, final int lead)
    {
        boolean filled = false;
        try
        {
            if (null != debug)
            {
                debug.map(mapping, record);
            }
            final int length = record.length();
            final int copied = record.isToDevice() ? length : 0;
            final int remainder = record.size() - lead - copied;
            if (0 != (lead | remainder) && (copied > 0 || !binding.client().pool().scrubsOnFree()))
            {
                binding.client().pool().clear(record.index(), lead);
                binding.client().pool().clear(record.index() + lead + copied, remainder);
            }
            record.copyToPool(0, copied);
            MappingEvent.map(this, copied);
            filled = true;
        }
        finally
        {
            if (!filled)
            {
                binding.client().tryFree(binding.block(mapping), 0, 0);
            }
        }
    }

    private long mapOffHeap(final Object holder, final long address, final int length, final Direction direction)
    {
        final long inPlace = zeroCopy.tryMap(bindings.choices(), address, length, direction);
        return 0 != inPlace ? inPlace : map(null, holder, address, address, length, direction);
    }

    private static void copyBack(
        final PoolBinding binding,
        final long block,
        final MappingRecord record,
        final int toDevice,
        final int fromDevice)
    {
        try
        {
            record.copyFromPool(0, fromDevice);
        }
        finally
        {
            binding.client().recycle(block, toDevice, fromDevice);
        }
    }

    /**
     * Look a live mapping up.
     *
     * @throws IllegalStateException saying what is wrong with the handle.
     */
    private MappingRecord find(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        MappingRecord record = null;
        if (null == binding)
        {
            record = zeroCopy.find(mapping);
        }
        else if (binding.client().has(binding.block(mapping)))
        {
            record = binding.client().find(binding.block(mapping));
        }
        if (null == record)
        {
            throw notMapped(mapping);
        }
        return record;
    }

    private IllegalStateException notMapped(final long mapping)
    {
        final PoolBinding binding = bindings.of(mapping);
        final boolean own = null == binding ? zeroCopy.isOwn(mapping) :
            binding.client().isOwn(binding.block(mapping));
        return new IllegalStateException((own ? "mapping is unmapped already" : "mapping is foreign") + ": device=" +
            name + ", handle=0x" + Long.toHexString(mapping));
    }

    private MappingRecord findForSync(final long mapping, final int offset, final int length, final boolean forCpu)
    {
        final MappingRecord record = find(mapping);
        Checks.requireMapped(offset, length, record.length());
        if (null != debug)
        {
            debug.sync(mapping, forCpu, record.direction());
        }
        return record;
    }

    private boolean isZeroCopy(final long mapping)
    {
        return null == bindings.of(mapping);
    }
}
