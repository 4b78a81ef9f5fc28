/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;

/**
 * What a device has taken out of a ring and not given back, in memory that outlives its process: the in-flight region
 * of one queue as the vhost-user specification has it ("Inflight I/O tracking"). The device that comes after one that
 * died goes on from it: {@link Rings#device(Features, RingAreas, InFlightJournal)}.
 * <p>
 * The driver gets each chain back once. A chain whose completion was not published when the device died is polled
 * again, in the order in which it was first taken, whether it was executed or not: the device executes at least once.
 * The stores survive the death of the process, not that of the machine.
 * <p>
 * Whoever else maps the memory may write it, so it is read only when a device goes on from it, and checked then.
 */
public abstract sealed class InFlightJournal permits SplitJournal, PackedJournal
{
    static final int VERSION = 1;
    static final int FEATURES_OFFSET = 0;
    static final int VERSION_OFFSET = 8;
    static final int SIZE_OFFSET = 10;

    private static final int ALIGNMENT = 64;
    /** More chains than any device takes, and as many left to count behind it. */
    private static final long COUNTER_LIMIT = 1L << 62;

    final OrderedMemory memory;
    private final RingFormat format;
    private final int size;
    /** How many chains were taken before, over all devices. */
    private long counter;
    /** Heads of chains that are used and not published, oldest first. */
    private final int[] batch;
    private int batchLength;

    InFlightJournal(final RingFormat format, final int size, final OrderedMemory memory)
    {
        this.format = format;
        this.size = size;
        this.memory = memory;
        batch = new int[size];
    }

    /**
     * How much memory the journal of a ring takes.
     *
     * @param format of the ring.
     * @param size   descriptors.
     * @return bytes, a multiple of 64.
     * @throws IllegalArgumentException if the format has no such size.
     */
    public static int length(final RingFormat format, final int size)
    {
        format.requireSize(size);
        final int bytes = RingFormat.SPLIT == format ? SplitJournal.length(size) : PackedJournal.length(size);
        return bytes + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /**
     * Find or begin a journal.
     *
     * @param format of the ring.
     * @param size   descriptors.
     * @param memory of at least {@link #length} bytes: zeros, or what an earlier device left.
     * @return the journal, of which nothing is read yet.
     * @throws IllegalArgumentException if the format has no such size or the memory is too short.
     */
    public static InFlightJournal in(final RingFormat format, final int size, final MemorySegment memory)
    {
        final int length = length(format, size);
        if (memory.byteSize() < length)
        {
            throw new IllegalArgumentException("memory is too short for a journal: format=" + format + ", size=" +
                size + ", length=" + memory.byteSize() + ", required=" + length);
        }
        final OrderedMemory region = new OrderedMemory(memory.asSlice(0, length));
        return RingFormat.SPLIT == format ? new SplitJournal(size, region) : new PackedJournal(size, region);
    }

    /**
     * Whether no device has used the journal yet.
     *
     * @return true for zeros.
     */
    public final boolean isBlank()
    {
        return 0 == memory.loadAcquire16(VERSION_OFFSET);
    }

    /**
     * Make the journal blank, after its ring was reset.
     */
    public final void clear()
    {
        memory.storeRelease16(VERSION_OFFSET, 0);
        OrderedMemory.storeFence();
    }

    final int size()
    {
        return size;
    }

    /**
     * Begin a blank journal of a new ring.
     *
     * @throws IllegalArgumentException if the ring is another one, or was used before as far as its memory tells.
     */
    final void start(final RingAreas areas)
    {
        requireFor(areas);
        requireUnused(areas);
        final int position = RingFormat.SPLIT == format ? 0 : VringBase.PACKED_START;
        start(areas, new RingSnapshot(format, size, position, position, List.of()));
    }

    /**
     * Begin a blank journal where a device is. The version comes last: a device that dies before leaves it blank.
     *
     * @param areas    that the journal is for.
     * @param snapshot that fits them.
     * @throws IllegalArgumentException if the ring is at another place, as far as its memory tells.
     */
    final void start(final RingAreas areas, final RingSnapshot snapshot)
    {
        requireAt(areas, snapshot);
        clear();
        for (long at = 0; at < memory.length(); at += Long.BYTES)
        {
            memory.store64(at, 0);
        }
        memory.store16(SIZE_OFFSET, size);
        fill(snapshot);
        OrderedMemory.storeFence();
        memory.storeRelease16(VERSION_OFFSET, VERSION);
    }

    /**
     * Finish or undo what a device was about when it died.
     *
     * @return where the next one goes on, what was in flight first.
     * @throws IllegalArgumentException if no device leaves such a journal.
     */
    final RingSnapshot recover(final RingAreas areas)
    {
        requireFor(areas);
        final long features = memory.load64(FEATURES_OFFSET);
        final int version = memory.loadAcquire16(VERSION_OFFSET);
        final int length = memory.load16(SIZE_OFFSET);
        if (0 != features || VERSION != version || size != length)
        {
            throw new IllegalArgumentException("journal is of an unknown kind or of another size: features=0x" +
                Long.toHexString(features) + ", version=" + version + ", size=" + length + ", expected=" + size);
        }
        batchLength = 0;
        return restore(areas);
    }

    /** Refuse the areas of a ring that the journal can not be of. */
    final void requireFor(final RingAreas areas)
    {
        if (format != areas.format() || size != areas.size())
        {
            throw new IllegalArgumentException("journal is of another ring: format=" + format + ", size=" + size +
                ", expected=" + areas.format() + ", " + areas.size());
        }
    }

    /** Note that a chain is used, and about to be published. */
    final void used(final int entry)
    {
        batch[batchLength] = headOf(entry);
        batchLength++;
    }

    /** Link what is used, before the driver can see it. */
    final void publishing()
    {
        link(batch, batchLength);
        OrderedMemory.storeFence();
    }

    /** Forget what is used, now that the driver can see it. */
    final void published()
    {
        OrderedMemory.storeFence();
        unlink(batch, batchLength);
        batchLength = 0;
    }

    final long nextCounter()
    {
        return counter++;
    }

    /** Put what was in flight into the order in which it was taken, and go on counting behind it. */
    final List<Integer> inOrder(final List<Integer> heads, final long[] counters)
    {
        final List<Integer> ordered =
            heads.stream().sorted(Comparator.comparingLong((head) -> counters[head])).toList();
        counter = 0;
        for (final int head : ordered)
        {
            if (counters[head] < counter || counters[head] >= COUNTER_LIMIT)
            {
                throw new IllegalArgumentException(
                    "journal does not tell an order: counter=" + counters[head] + ", entry=" + head);
            }
            counter = counters[head] + 1;
        }
        return ordered;
    }

    static void requireNew(final boolean[] seen, final int index, final String what)
    {
        if (index >= seen.length || seen[index])
        {
            throw new IllegalArgumentException("journal has an entry twice or beyond it: index=" + index + ", list=" +
                what + ", size=" + seen.length);
        }
        seen[index] = true;
    }

    /** Refuse a ring that is elsewhere than the snapshot says, as far as its memory tells. */
    abstract void requireAt(RingAreas areas, RingSnapshot snapshot);

    /** Refuse a ring that a device has used before, beyond what {@link #requireAt} finds. */
    abstract void requireUnused(RingAreas areas);

    /** Write all but the version into zeroed memory. */
    abstract void fill(RingSnapshot snapshot);

    abstract RingSnapshot restore(RingAreas areas);

    /** Where the journal has a chain that the ring has taken. */
    abstract int headOf(int entry);

    abstract void link(int[] heads, int count);

    abstract void unlink(int[] heads, int count);
}
