/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.LiveResources;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out blocks of a shared region to bounce private buffers into.
 * <p>
 * The pool is a row of slots of {@link #SLOT_SIZE} bytes; a block is a run of slots inside one extent. Which slots are
 * used, by whom and since when is kept in private memory only: a peer that writes all over the region can spoil data,
 * never the allocator.
 * <pre>
 * block handle:  0ggggggg gggggggg gggggggg gggggggg | 0sssssss ssssssss ssssssss ssssssss
 *                generation of the first slot        | index of the first slot
 * </pre>
 * The generation changes at every free, so that a stale handle is told from a live one.
 * <p>
 * Thread-safe. {@link #allocate} returns a negative {@link Refusal.Reason#code()} instead of throwing.
 */
public final class BouncePool implements AutoCloseable
{
    /** Bytes of a slot, as swiotlb's {@code IO_TLB_SIZE}. */
    public static final int SLOT_SIZE = 2048;

    private static final int GENERATION_MASK = 0x7fff_ffff;

    private final String name;
    private final SharedRegion region;
    private final long offset;
    private final UnsafeBuffer view;
    private final int slots;
    /** Slot ranges that no block may cross: from (inclusive), to (exclusive), from, to, ... */
    private final int[] runs;
    private final BitSet used;
    private final int[] blockSlots;
    private final int[] generations;
    private final Owner[] owners;
    private final LiveResources.Registration registration;
    private int usedSlots;
    private int highWaterSlots;
    private boolean closed;

    /**
     * Carve a pool out of a region.
     *
     * @param name   unique in the region.
     * @param region that it lies in; it can not be closed before the pool.
     * @param offset of the pool's first byte in the region, a multiple of {@link Extent#ALIGNMENT}.
     * @param length bytes, a positive multiple of {@link Extent#ALIGNMENT}, at most 1 GiB.
     * @throws IllegalArgumentException  if a number is no such multiple or the pool's first bus address is zero.
     * @throws IndexOutOfBoundsException if the region has no such part.
     * @throws IllegalStateException     if the region is closed or has a pool of that name.
     */
    public BouncePool(final String name, final SharedRegion region, final long offset, final int length)
    {
        if (length <= 0 || length > 1 << 30 || 0 != ((offset | length) & (Extent.ALIGNMENT - 1)))
        {
            throw new IllegalArgumentException("pool needs multiples of " + Extent.ALIGNMENT +
                " and 1 to 1073741824 bytes: name=" + name + ", offset=" + offset + ", length=" + length);
        }
        if (0 == region.busAddress(offset))
        {
            throw new IllegalArgumentException("a pool must not contain bus address 0, which peers take for \"not " +
                "set\": name=" + name + ", offset=" + offset + "; start it at a later offset");
        }
        this.name = name;
        this.region = region;
        this.offset = offset;
        view = region.view(offset, length);
        slots = length / SLOT_SIZE;
        runs = runs(region.extents(), offset, length);
        used = new BitSet(slots);
        blockSlots = new int[slots];
        generations = new int[slots];
        owners = new Owner[slots];
        region.retain("pool " + name);
        registration = LiveResources.track("slots", "pool " + name, this::usedSlots);
    }

    /**
     * The pool's name.
     *
     * @return as given.
     */
    public String name()
    {
        return name;
    }

    /**
     * The region that the pool lies in.
     *
     * @return as given.
     */
    public SharedRegion region()
    {
        return region;
    }

    /**
     * The pool's size.
     *
     * @return bytes.
     */
    public int length()
    {
        return slots * SLOT_SIZE;
    }

    /**
     * The pool's memory, index 0 being its first byte. Blocks lie at {@link #indexOf(long)}.
     *
     * @return valid until the pool is closed.
     */
    public UnsafeBuffer view()
    {
        return view;
    }

    /**
     * Take a block.
     *
     * @param length    bytes, greater than zero.
     * @param alignment of the bus address, a power of two from 1 to {@link Extent#ALIGNMENT}.
     * @param owner     who alone may free it.
     * @return a handle, or the negative code of a {@link Refusal.Reason}.
     * @throws IllegalArgumentException if the length is not positive or the alignment no such power of two.
     * @throws IllegalStateException    if the pool is closed.
     */
    public synchronized long allocate(final int length, final int alignment, final Owner owner)
    {
        if (length <= 0 || Integer.bitCount(alignment) != 1 || alignment < 0 || alignment > Extent.ALIGNMENT)
        {
            throw new IllegalArgumentException("need a positive length and an alignment of 1 to " + Extent.ALIGNMENT +
                ": length=" + length + ", alignment=" + alignment + ", pool=" + name);
        }
        if (closed)
        {
            throw new IllegalStateException("pool is closed: name=" + name);
        }
        final int count = slotsFor(length);
        final int slot = count > slots - usedSlots ? -1 : firstFit(count, Math.max(1, alignment / SLOT_SIZE));
        if (slot < 0)
        {
            return reason(count).code();
        }
        used.set(slot, slot + count);
        blockSlots[slot] = count;
        owners[slot] = owner;
        usedSlots += count;
        highWaterSlots = Math.max(highWaterSlots, usedSlots);
        return (long)generations[slot] << 32 | slot;
    }

    /**
     * Give a block back.
     *
     * @param block from {@link #allocate}.
     * @param owner who took it.
     * @throws IllegalStateException if the handle is free, stale, interior or another owner's; nothing changes then.
     */
    public synchronized void free(final long block, final Owner owner)
    {
        final int slot = requireLive(block);
        if (owners[slot] != owner)
        {
            throw new IllegalStateException("block belongs to another owner: pool=" + name + ", slot=" + slot +
                ", owner=" + owners[slot] + ", freedBy=" + owner);
        }
        final int count = blockSlots[slot];
        used.clear(slot, slot + count);
        blockSlots[slot] = 0;
        owners[slot] = null;
        generations[slot] = (generations[slot] + 1) & GENERATION_MASK;
        usedSlots -= count;
    }

    /**
     * Where a block begins in {@link #view()}.
     *
     * @param block a live handle.
     * @return the index of its first byte.
     */
    public int indexOf(final long block)
    {
        return (int)block * SLOT_SIZE;
    }

    /**
     * The name of a block in a descriptor.
     *
     * @param block a live handle.
     * @return the bus address of its first byte.
     */
    public long busAddress(final long block)
    {
        return region.busAddress(offset + indexOf(block));
    }

    /**
     * How many bytes a block for so many bytes takes.
     *
     * @param length bytes asked for.
     * @return bytes taken; what is beyond the length asked for is the remainder, which the user of the block clears.
     */
    public static int blockSize(final int length)
    {
        return slotsFor(length) * SLOT_SIZE;
    }

    /**
     * Whether a bus address lies in this pool.
     *
     * @param busAddress any value.
     * @return true if it names a byte of the pool.
     */
    public boolean contains(final long busAddress)
    {
        final long at = region.offsetOf(busAddress);
        return at >= offset && at - offset < length();
    }

    /**
     * Whether this pool and another share bytes of the same region.
     *
     * @param other pool.
     * @return true if they do.
     */
    public boolean overlaps(final BouncePool other)
    {
        return region == other.region && offset < other.offset + other.length() && other.offset < offset + length();
    }

    /**
     * The bytes in use.
     *
     * @return bytes, in whole slots.
     */
    public synchronized long usedBytes()
    {
        return (long)usedSlots * SLOT_SIZE;
    }

    /**
     * The most bytes that were in use at one time.
     *
     * @return bytes, in whole slots.
     */
    public synchronized long highWaterBytes()
    {
        return (long)highWaterSlots * SLOT_SIZE;
    }

    /**
     * Tell what a refused request meets, in numbers. Slow: for messages, not for hot paths.
     *
     * @param asked bytes that were asked for.
     * @return the reason for which the pool would refuse it, with the pool's state of now.
     */
    public synchronized Refusal explain(final int asked)
    {
        return new Refusal(reason(slotsFor(asked)), name, asked, (long)(slots - usedSlots) * SLOT_SIZE,
            (long)largestFreeRun() * SLOT_SIZE, holders());
    }

    /**
     * Let the region go; a second call does nothing.
     *
     * @throws IllegalStateException naming who still holds blocks; then the pool stays open.
     */
    @Override
    public synchronized void close()
    {
        if (!closed && usedSlots > 0)
        {
            throw new IllegalStateException("pool is in use: name=" + name + ", holders=" + holders());
        }
        abandon();
    }

    /**
     * Let the region go although blocks are held, because a peer that does not answer will never be known to be done
     * with them. Nothing of this process may use the pool or a mapping in it afterwards; the next step is to close the
     * region. A second call does nothing.
     */
    public synchronized void abandon()
    {
        if (!closed)
        {
            closed = true;
            registration.close();
            region.release("pool " + name);
        }
    }

    @Override
    public String toString()
    {
        return "pool " + name + " (" + length() + " bytes)";
    }

    private synchronized long usedSlots()
    {
        return usedSlots;
    }

    private int requireLive(final long block)
    {
        final int slot = (int)block;
        if (block < 0 || slot < 0 || slot >= slots)
        {
            throw new IllegalStateException("not a block of this pool: pool=" + name + ", block=0x" +
                Long.toHexString(block) + ", slots=" + slots);
        }
        final int generation = (int)(block >>> 32);
        if (0 == blockSlots[slot] || generation != generations[slot])
        {
            final String what = generation != generations[slot] ? "stale" : used.get(slot) ? "interior" : "free";
            throw new IllegalStateException("block is " + what + ": pool=" + name + ", slot=" + slot +
                ", generation=" + generation + ", current=" + generations[slot]);
        }
        return slot;
    }

    private int firstFit(final int count, final int step)
    {
        for (int i = 0; i < runs.length; i += 2)
        {
            final int end = runs[i + 1];
            int from = alignUp(used.nextClearBit(runs[i]), step);
            while (from + count <= end)
            {
                final int next = used.nextSetBit(from);
                if (next < 0 || next >= from + count)
                {
                    return from;
                }
                from = alignUp(used.nextClearBit(next), step);
            }
        }
        return -1;
    }

    private Refusal.Reason reason(final int count)
    {
        int longest = 0;
        for (int i = 0; i < runs.length; i += 2)
        {
            longest = Math.max(longest, runs[i + 1] - runs[i]);
        }
        if (count > longest)
        {
            return Refusal.Reason.TOO_LARGE;
        }
        return count > slots - usedSlots ? Refusal.Reason.EXHAUSTED : Refusal.Reason.FRAGMENTED;
    }

    private int largestFreeRun()
    {
        int largest = 0;
        for (int i = 0; i < runs.length; i += 2)
        {
            int from = used.nextClearBit(runs[i]);
            while (from < runs[i + 1])
            {
                final int next = used.nextSetBit(from);
                final int to = next < 0 ? runs[i + 1] : Math.min(next, runs[i + 1]);
                largest = Math.max(largest, to - from);
                from = used.nextClearBit(to);
            }
        }
        return largest;
    }

    private List<Refusal.Holder> holders()
    {
        final Map<String, Long> bytes = new TreeMap<>();
        for (int slot = 0; slot < slots; slot++)
        {
            if (blockSlots[slot] > 0)
            {
                bytes.merge(owners[slot].name(), (long)blockSlots[slot] * SLOT_SIZE, Long::sum);
            }
        }
        final List<Refusal.Holder> holders = new ArrayList<>();
        bytes.forEach((owner, held) -> holders.add(new Refusal.Holder(owner, held)));
        holders.sort(Comparator.comparingLong(Refusal.Holder::bytes).reversed());
        return holders;
    }

    /**
     * Slots are counted from the pool's start, whose bus address is a multiple of {@link Extent#ALIGNMENT} in every
     * extent under every addressing with such a base, so aligning the index aligns the address.
     *
     * @param slot to round up.
     * @param step in slots, a power of two.
     * @return the next multiple.
     */
    private static int alignUp(final int slot, final int step)
    {
        return (slot + step - 1) & -step;
    }

    private static int slotsFor(final int length)
    {
        return (int)(((long)length + SLOT_SIZE - 1) / SLOT_SIZE);
    }

    private static int[] runs(final ExtentTable extents, final long offset, final int length)
    {
        final List<Integer> bounds = new ArrayList<>();
        long at = offset;
        while (at < offset + length)
        {
            final long to = Math.min(offset + length, at + extents.runFromOffset(at));
            bounds.add((int)((at - offset) / SLOT_SIZE));
            bounds.add((int)((to - offset) / SLOT_SIZE));
            at = to;
        }
        return bounds.stream().mapToInt(Integer::intValue).toArray();
    }
}
