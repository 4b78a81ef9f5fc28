/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * What one device may reach: private buffers are mapped for it by bouncing them through its pools.
 * <p>
 * A mapping is a handle. Its bus address goes into a descriptor; the handle stays private. Lengths, directions and
 * original buffers are kept here, never read back from shared memory. The device sees the bytes of the buffer that it
 * was given and no others: the remainder of the block is cleared on map. An off-heap buffer that lies in one of the
 * device's pools already, such as a part of a {@link CoherentBuffer}, is not copied: the device sees it where it is,
 * with what is beside it there. So it is with an entry of a list, unless the list would need too many segments.
 * <p>
 * Who keeps the memory while it is mapped:
 * <table>
 * <caption>By what is mapped</caption>
 * <tr><th>what is mapped</th><th>who keeps its memory</th></tr>
 * <tr><td>an array, a heap byte buffer, a heap segment of any kind of array, an Agrona buffer around an array</td>
 * <td>the mapping</td></tr>
 * <tr><td>a direct byte buffer, or an Agrona buffer around one</td><td>the mapping keeps the byte buffer</td></tr>
 * <tr><td>a native segment</td><td>the mapping keeps the segment, and with it memory of
 * {@link java.lang.foreign.Arena#ofAuto()}</td></tr>
 * <tr><td>memory of an arena that can be closed, as a segment or a byte buffer</td><td>the arena: if it is closed, or
 * another thread's, syncs and unmaps that would copy throw, and the mapping has ended after the unmap</td></tr>
 * <tr><td>an Agrona buffer around an address</td><td>the caller</td></tr>
 * <tr><td>memory of a pool</td><td>the pool; a coherent buffer can not be closed while it is mapped</td></tr>
 * </table>
 * Thread-safe, except that the caller must not sync and unmap one mapping at the same time. Mapping returns a negative
 * {@link Refusal.Reason#code()} when no pool has room; misuse throws and changes nothing.
 */
public final class DmaDevice implements AutoCloseable
{
    private final DeviceMappings mappings;
    private final WaitingMappings waiting;

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
        mappings = new DeviceMappings(policy);
        waiting = new WaitingMappings(mappings);
    }

    /**
     * The device's name.
     *
     * @return as given.
     */
    public String name()
    {
        return mappings.device();
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
        return mappings.map(buffer, BufferUtil.ARRAY_BASE_OFFSET + (long)offset, length, direction);
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
     * @throws IllegalStateException    if the device is to read memory of an arena that is closed or confined to
     *                                  another thread.
     */
    public long map(final ByteBuffer buffer, final int offset, final int length, final Direction direction)
    {
        Checks.requirePart(offset, length, buffer.capacity());
        Checks.requireWritable(!buffer.isReadOnly(), buffer, direction);
        if (buffer.isDirect())
        {
            return mappings.map(buffer, BufferUtil.address(buffer) + offset, length, direction);
        }
        final long at = BufferUtil.ARRAY_BASE_OFFSET + BufferUtil.arrayOffset(buffer) + (long)offset;
        return mappings.map(BufferUtil.array(buffer), at, length, direction);
    }

    /**
     * Map a part of an Agrona buffer. It may be wrapped around other memory while the mapping lives: mapped is the
     * memory that it is wrapped around now. If that is an address, nobody but the caller can keep it valid.
     *
     * @param buffer    as {@link #map(byte[], int, int, Direction)}; a {@link MutableDirectBuffer} unless the
     *                  direction is {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IllegalArgumentException if the device would write it and the buffer is not mutable, or the byte buffer
     *                                  that it wraps is read-only.
     */
    public long map(final DirectBuffer buffer, final int offset, final int length, final Direction direction)
    {
        Checks.requirePart(offset, length, buffer.capacity());
        Checks.requireWritable(PrivateMemory.isWritable(buffer), buffer, direction);
        final long address = buffer.addressOffset() + offset;
        final byte[] array = buffer.byteArray();
        return null == array ? mappings.map(PrivateMemory.sourceOf(buffer), address, length, direction) :
            mappings.map(array, address, length, direction);
    }

    /**
     * Map a part of a memory segment: native, or of an array of any kind, whose bytes are mapped as they lie.
     *
     * @param segment   as {@link #map(byte[], int, int, Direction)}; writable unless the direction is
     *                  {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, from 1 to 1 GiB.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IndexOutOfBoundsException if the segment has no such part.
     * @throws IllegalArgumentException  if the length is out of its range, or the segment is read-only and the device
     *                                   would write it.
     * @throws IllegalStateException     if its arena is closed, or is another thread's and the device is to read it.
     */
    public long map(final MemorySegment segment, final long offset, final long length, final Direction direction)
    {
        final int bytes = Checks.requirePart(segment, offset, length);
        Checks.requireWritable(!segment.isReadOnly(), segment, direction);
        return mappings.map(segment, segment.address() + offset, bytes, direction);
    }

    /**
     * Map a part of a memory segment, and wait for space if no pool has room: first come first served in each pool that
     * the device is bound to, those registered meanwhile too. Who waits for its own quota in a pool holds up nobody
     * else there; a map without a limit passes by.
     *
     * @param segment      as {@link #map(MemorySegment, long, long, Direction)}; {@link MemorySegment#ofArray(byte[])}
     *                     and {@link MemorySegment#ofBuffer} make one of any other memory.
     * @param offset       as there.
     * @param length       as there.
     * @param direction    as there.
     * @param timeoutNanos how long to wait at most. A refusal {@linkplain Refusal.Reason#isForGood() for good} and an
     *                     interrupt, which stays set, end the wait, too.
     * @return as there; a refusal counts as one, however often it was tried.
     * @throws IllegalStateException as there, also if the device or its last pool is closed meanwhile.
     */
    public long map(
        final MemorySegment segment,
        final long offset,
        final long length,
        final Direction direction,
        final long timeoutNanos)
    {
        final int bytes = Checks.requirePart(segment, offset, length);
        Checks.requireWritable(!segment.isReadOnly(), segment, direction);
        return waiting.map(segment, segment.address() + offset, bytes, direction, timeoutNanos);
    }

    /**
     * Be told once that space came back, after a refusal of any kind: for who can not wait.
     *
     * @param callback run by a virtual thread, see {@link SpaceWait}.
     * @return to be closed by who does not want to be told any more. Try once more behind this: what was freed before
     * told nobody.
     * @throws IllegalStateException if the device is closed.
     */
    public SpaceWait onSpace(final Runnable callback)
    {
        return waiting.onSpace(Objects.requireNonNull(callback, "callback"));
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
        return mappings.busAddress(mapping);
    }

    /**
     * How long a mapping is.
     *
     * @param mapping a live handle.
     * @return bytes.
     * @throws IllegalStateException as {@link #busAddress(long)}.
     */
    public int length(final long mapping)
    {
        return mappings.length(mapping);
    }

    /**
     * Let the caller see what the device wrote so far; the mapping stays. Does nothing if the device only reads.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     if the handle is foreign, free or stale, or the buffer is one of an arena that
     *                                   is closed or confined to another thread.
     * @throws IndexOutOfBoundsException if the mapping has no such part.
     */
    public void syncForCpu(final long mapping, final int offset, final int length)
    {
        mappings.syncForCpu(mapping, offset, length);
    }

    /**
     * Let the device see what the caller wrote since the mapping was made; the mapping stays. Does nothing if the
     * device only writes.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     as {@link #syncForCpu(long, int, int)}.
     * @throws IndexOutOfBoundsException as there.
     */
    public void syncForDevice(final long mapping, final int offset, final int length)
    {
        mappings.syncForDevice(mapping, offset, length);
    }

    /**
     * End a mapping and copy all of it back if the device may have written it.
     *
     * @param mapping a live handle.
     * @throws IllegalStateException as {@link #unmap(long, int)}.
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
     * @throws IllegalStateException    if the handle is foreign, free or stale; nothing changes then. Also if the
     *                                  buffer is one of an arena that is closed or confined to another thread: the
     *                                  mapping has ended then, and nothing was written.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final long mapping, final int written)
    {
        Checks.requireWritten(written);
        mappings.unmap(mapping, written);
    }

    /**
     * Map a list of buffers, all of it or nothing.
     *
     * @param list      of at least one entry, not mapped.
     * @param direction who writes.
     * @return the number of segments that the device is to be told of, or the negative code of a
     * {@link Refusal.Reason}: FRAGMENTED also if more segments would be needed than the list may have.
     * @throws IllegalArgumentException if the list is empty, or an entry is read-only and the device would write it.
     * @throws IllegalStateException    if the list is mapped, or the device is to read memory of an arena that is
     *                                  closed or confined to another thread.
     */
    public int map(final ScatterGather list, final Direction direction)
    {
        list.requireUnmapped();
        list.requireWritable(direction);
        Checks.requireNotEmpty(list.entries(), list);
        return (int)list.mapped().map(mappings, list, direction);
    }

    /**
     * End the mapping of a list and copy back what the device says it wrote, never more than was mapped.
     *
     * @param list    mapped by this device.
     * @param written bytes from the start of the list; a larger number than the list's length counts as that.
     * @throws IllegalStateException    if the list is not mapped, or by another device; nothing changes then. Also if
     *                                  an entry is memory of an arena that is closed or confined to another thread:
     *                                  the mapping has ended then, and the other entries have what the device wrote.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final ScatterGather list, final long written)
    {
        Checks.requireWritten(written);
        list.mapped().unmap(mappings, list, written);
    }

    /**
     * Map buffers, each by itself, for one price of what a call costs. Not all or nothing: what has room is mapped, in
     * order, and a further call goes on behind that.
     *
     * @param batch     of which at least one entry is not mapped.
     * @param direction who writes.
     * @return how many entries this call has mapped, or, if not even one, the negative code of a
     * {@link Refusal.Reason}. If fewer than there are, {@link MappingBatch#refusal()} says why.
     * @throws IllegalArgumentException if no entry is left, or one is read-only and the device would write it.
     * @throws IllegalStateException    if some are mapped by another device, or the device is to read memory of an
     *                                  arena that is closed or confined to another thread: this call has mapped
     *                                  nothing then.
     */
    public int map(final MappingBatch batch, final Direction direction)
    {
        return batch.map(mappings, direction);
    }

    /**
     * End all mappings of a batch, and copy back what the device wrote of each, see {@link MappingBatch#written}.
     *
     * @param batch of which at least one entry is mapped by this device.
     * @throws IllegalStateException if none is, or by another device; nothing changes then. Also if one was ended by
     *                               its handle before, or is memory of an arena that is closed or confined to another
     *                               thread: all have ended then, and the others have what the device wrote.
     */
    public void unmap(final MappingBatch batch)
    {
        batch.unmap(mappings);
    }

    /**
     * Take zeroed memory that both sides use in place.
     *
     * @param length    bytes, from 1 to 1 GiB.
     * @param alignment of its bus address, a power of two.
     * @return the buffer, to be closed by the caller, or null if no pool has room: an object has no negative code, see
     * {@link #explainCoherent} and {@link #isRefusedForGood}.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public CoherentBuffer allocateCoherent(final int length, final int alignment)
    {
        Checks.requireCoherent(length, alignment);
        return mappings.allocateCoherent(length, alignment);
    }

    /**
     * Tell why the pools refuse to map a length now, one pool a line. Slow: for messages.
     *
     * @param length bytes of a buffer that begins at a cache line, greater than zero.
     * @return for example {@code EXHAUSTED: pool=demo, asked=65536, free=2048, ...}.
     * @throws IllegalArgumentException if the length is not positive.
     */
    public String explain(final int length)
    {
        Checks.requireLength(length);
        return Explanations.of(mappings.bindings(), length, mappings.rules().minAlignMask(), 0);
    }

    /**
     * Tell why the pools refuse a list now.
     *
     * @param list of at least one entry, not mapped.
     * @return as {@link #explain(int)}, for the longest entry and the address that it has.
     */
    public String explain(final ScatterGather list)
    {
        return Explanations.of(mappings.bindings(), mappings.rules(), list);
    }

    /**
     * Tell why the pools refuse a coherent buffer now.
     *
     * @param length    as {@link #allocateCoherent(int, int)}.
     * @param alignment as there.
     * @return as {@link #explain(int)}.
     * @throws IllegalArgumentException as there.
     */
    public String explainCoherent(final int length, final int alignment)
    {
        Checks.requireCoherent(length, alignment);
        return Explanations.of(mappings.bindings(), length, alignment - 1, 0);
    }

    /**
     * Whether it is of no use to wait for room for a coherent buffer that was refused: no pool could hold it, whoever
     * gives back what. Slow: for those who were refused.
     *
     * @param length    as {@link #allocateCoherent(int, int)}.
     * @param alignment as there.
     * @return false, too, if no pool is registered: one may be later.
     * @throws IllegalArgumentException as there.
     */
    public boolean isRefusedForGood(final int length, final int alignment)
    {
        Checks.requireCoherent(length, alignment);
        return Explanations.isForGood(mappings.bindings(), length, alignment - 1, 0);
    }

    /**
     * What this device has bounced so far.
     *
     * @return figures that grow; bytes copied by a map count from its unmap on.
     */
    public DmaStatistics statistics()
    {
        return mappings.statistics();
    }

    /**
     * Check that nothing is mapped any more and leave the pools for good; a second call does nothing.
     *
     * @throws IllegalStateException if mappings or coherent buffers are live: end them first, after the device is
     *                               reset. In debug mode the message has the places of single bounced mappings.
     */
    @Override
    public void close()
    {
        mappings.close();
    }
}
