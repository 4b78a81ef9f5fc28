/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;

/**
 * Rings by the features that both sides have: {split, packed} times {driver role, device role}. Which VM plays which
 * role is the user's choice, ring by ring.
 */
public final class Rings
{
    private Rings()
    {
    }

    /**
     * How much memory the driver role needs for a ring.
     *
     * @param negotiated features that both sides have.
     * @param size       descriptors.
     * @param elements   the most that one chain has: with INDIRECT_DESC each chain has a table for so many, and takes
     *                   one descriptor of the ring; 0 for no tables.
     * @return bytes.
     * @throws IllegalArgumentException if the format has no such size, or it would be 2 GiB or more.
     */
    public static int memoryLength(final Features negotiated, final int size, final int elements)
    {
        final RingFormat format = RingFormat.of(negotiated);
        format.requireSize(size);
        if (!hasTables(negotiated, elements))
        {
            return format.totalLength(size);
        }
        final long length = tablesOffset(format, size) + (long)size * elements * SplitRingLayout.DESC_LENGTH;
        if (length > Integer.MAX_VALUE)
        {
            throw new IllegalArgumentException("tables are too long: size=" + size + ", elements=" + elements +
                ", length=" + length + ", maximum=" + Integer.MAX_VALUE);
        }
        return (int)length;
    }

    /**
     * Lay a new ring into memory and play the driver role on it.
     *
     * @param negotiated features that both sides have.
     * @param size       descriptors.
     * @param elements   as {@link #memoryLength}.
     * @param memory     zeroed, of at least so many bytes; the ring closes it.
     * @return the ring.
     * @throws IllegalArgumentException if the format has no such size or the memory is too short.
     */
    public static DriverRing driver(
        final Features negotiated, final int size, final int elements, final CoherentBuffer memory)
    {
        final RingAreas areas = areas(negotiated, size, elements, memory);
        final IndirectTables tables = tables(negotiated, size, elements, memory);
        return RingFormat.SPLIT == areas.format() ?
            new SplitDriverRing(negotiated, areas, tables) : new PackedDriverRing(negotiated, areas, tables);
    }

    /**
     * Play the driver role on a ring in memory that somebody else laid out and zeroed, without tables.
     *
     * @param negotiated features that both sides have.
     * @param areas      of the ring.
     * @return the ring.
     * @throws IllegalArgumentException if the areas are of another format.
     */
    public static DriverRing driver(final Features negotiated, final RingAreas areas)
    {
        return RingFormat.SPLIT == areas.format() ?
            new SplitDriverRing(negotiated, areas, null) : new PackedDriverRing(negotiated, areas, null);
    }

    /**
     * Go on in the driver role where another object was. What that one added after the snapshot and did not publish is
     * as if it had not been: its marks are taken out of the ring's memory. The snapshot is void once the other object
     * has published or polled since. With IN_ORDER and nothing in flight, a split ring goes on at the first descriptor
     * of its table, not behind the last one that was used.
     * <p>
     * The first {@link DriverRing#publish()} says that a kick is due, also if nothing was added: the one before may
     * have died before it kicked. So publish once before anything waits.
     *
     * @param negotiated features of the ring.
     * @param areas      of the ring.
     * @param snapshot   of its driver's side.
     * @return the ring, which adds chains without tables; chains in flight keep theirs.
     * @throws IllegalArgumentException if the snapshot is of another ring or contradicts itself.
     */
    public static DriverRing resumeDriver(
        final Features negotiated, final RingAreas areas, final RingSnapshot snapshot)
    {
        return resumeDriver(negotiated, areas, null, snapshot);
    }

    /**
     * Go on in the driver role where another object was, in memory of its own, as
     * {@link #resumeDriver(Features, RingAreas, RingSnapshot)} does. Nothing is zeroed.
     *
     * @param negotiated features of the ring.
     * @param size       descriptors.
     * @param elements   as {@link #memoryLength}, the same as before.
     * @param memory     that the ring lies in; the ring closes it.
     * @param snapshot   of its driver's side.
     * @return the ring.
     * @throws IllegalArgumentException if the snapshot is of another ring or contradicts itself.
     */
    public static DriverRing resumeDriver(
        final Features negotiated,
        final int size,
        final int elements,
        final CoherentBuffer memory,
        final RingSnapshot snapshot)
    {
        return resumeDriver(negotiated, areas(negotiated, size, elements, memory),
            tables(negotiated, size, elements, memory), snapshot);
    }

    /**
     * Play the device role on a ring.
     *
     * @param negotiated features that both sides have.
     * @param areas      of the ring.
     * @return the ring.
     * @throws IllegalArgumentException if the areas are of another format.
     */
    public static DeviceRing device(final Features negotiated, final RingAreas areas)
    {
        return RingFormat.SPLIT == areas.format() ?
            new SplitDeviceRing(negotiated, areas, null) : new PackedDeviceRing(negotiated, areas, null);
    }

    /**
     * Play the device role on a ring and keep a journal of it, or go on from the journal where a device was that died:
     * then an interrupt is due as with {@link #resumeDevice(Features, RingAreas, RingSnapshot)}.
     *
     * @param negotiated features that both sides have.
     * @param areas      of the ring.
     * @param journal    blank, and then the ring is new; or of this ring, and then what was in flight is polled again
     *                   first.
     * @return the ring; no other one uses the journal from now on.
     * @throws IllegalArgumentException if the areas or the journal are of another ring, the journal is blank and the
     *                                  ring is not new as far as its memory tells, or no device leaves such a journal.
     */
    public static DeviceRing device(final Features negotiated, final RingAreas areas, final InFlightJournal journal)
    {
        final boolean isNew = journal.isBlank();
        if (isNew)
        {
            journal.start(areas);
        }
        final AbstractDeviceRing ring = deviceAt(negotiated, areas, journal, journal.recover(areas));
        return isNew ? ring : owing(ring);
    }

    /**
     * Go on in the device role where another object was. What that one completed after the snapshot and did not publish
     * is as if it had not been: its marks are taken out of the ring's memory. The snapshot is void once the other
     * object has published or polled since.
     * <p>
     * The first {@link DeviceRing#publish()} says that an interrupt is due, also if nothing was completed: the one
     * before may have died before it sent one. So publish once before anything waits.
     *
     * @param negotiated features of the ring.
     * @param areas      of the ring.
     * @param snapshot   of its device's side; what was in flight is polled again first.
     * @return the ring.
     * @throws IllegalArgumentException if the snapshot is of another ring or contradicts itself.
     */
    public static DeviceRing resumeDevice(
        final Features negotiated, final RingAreas areas, final RingSnapshot snapshot)
    {
        return owing(deviceAt(negotiated, areas, null, snapshot));
    }

    /**
     * Go on in the device role where another object was, as with
     * {@link #resumeDevice(Features, RingAreas, RingSnapshot)}, and begin a journal.
     *
     * @param negotiated features of the ring.
     * @param areas      of the ring.
     * @param snapshot   of its device's side; what was in flight is polled again first.
     * @param journal    blank, or with nothing in flight; otherwise it knows better than the snapshot.
     * @return the ring; no other one uses the journal from now on.
     * @throws IllegalArgumentException if the snapshot is of another ring or contradicts itself, the journal has
     *                                  something in flight, or the ring is elsewhere as far as its memory tells.
     */
    public static DeviceRing resumeDevice(
        final Features negotiated, final RingAreas areas, final RingSnapshot snapshot, final InFlightJournal journal)
    {
        journal.requireFor(areas);
        snapshot.require(areas);
        if (!journal.isBlank() && !journal.recover(areas).chains().isEmpty())
        {
            throw new IllegalArgumentException("journal has chains in flight: snapshot=" + snapshot);
        }
        // Refused before the ring is written, or anything of the journal but the end of what its device was about.
        journal.requireAt(areas, snapshot);
        deviceAt(negotiated, areas, null, snapshot);
        journal.start(areas, snapshot);
        return device(negotiated, areas, journal);
    }

    /**
     * Play the device role from where a vring base says that it was, as vhost and vhost-user begin every ring. An
     * interrupt is due as with {@link #resumeDevice(Features, RingAreas, RingSnapshot)}.
     *
     * @param negotiated features that both sides have.
     * @param areas      of the ring.
     * @param base       as {@link VringBase#decode}; any value: a peer sent it.
     * @param journal    of the ring, or null; one that is not blank knows better than the base.
     * @return the ring; no other one uses the journal from now on.
     * @throws IllegalArgumentException if the base or the journal are of another ring, or contradict themselves.
     */
    public static DeviceRing deviceFrom(
        final Features negotiated, final RingAreas areas, final int base, final InFlightJournal journal)
    {
        if (null == journal)
        {
            return resumeDevice(negotiated, areas, VringBase.decode(base, areas));
        }
        return journal.isBlank() ? resumeDevice(negotiated, areas, VringBase.decode(base, areas), journal) :
            device(negotiated, areas, journal);
    }

    /** 2.7.7, 2.8.10: with the process, what was published and not told yet is forgotten. */
    private static <T extends Ring> T owing(final T ring)
    {
        ring.oweNotification();
        return ring;
    }

    private static AbstractDeviceRing deviceAt(
        final Features negotiated, final RingAreas areas, final InFlightJournal journal, final RingSnapshot snapshot)
    {
        snapshot.require(areas);
        if (RingFormat.PACKED == areas.format())
        {
            return new PackedDeviceRing(negotiated, areas, (PackedJournal)journal, snapshot);
        }
        snapshot.requireIds();
        return new SplitDeviceRing(negotiated, areas, (SplitJournal)journal, snapshot);
    }

    private static DriverRing resumeDriver(
        final Features negotiated, final RingAreas areas, final IndirectTables tables, final RingSnapshot snapshot)
    {
        snapshot.require(areas);
        snapshot.requireIds();
        return owing(RingFormat.SPLIT == areas.format() ? new SplitDriverRing(negotiated, areas, tables, snapshot) :
            new PackedDriverRing(negotiated, areas, tables, snapshot));
    }

    private static RingAreas areas(
        final Features negotiated, final int size, final int elements, final CoherentBuffer memory)
    {
        final int required = memoryLength(negotiated, size, elements);
        if (memory.length() < required)
        {
            throw new IllegalArgumentException("ring memory is too short: size=" + size + ", elements=" + elements +
                ", length=" + memory.length() + ", required=" + required);
        }
        return RingAreas.in(RingFormat.of(negotiated), size, memory);
    }

    private static IndirectTables tables(
        final Features negotiated, final int size, final int elements, final CoherentBuffer memory)
    {
        final RingFormat format = RingFormat.of(negotiated);
        return hasTables(negotiated, elements) ?
            new IndirectTables(memory, tablesOffset(format, size), format, size, elements) : null;
    }

    private static boolean hasTables(final Features negotiated, final int elements)
    {
        return elements > 1 && negotiated.has(FeatureBits.INDIRECT_DESC);
    }

    private static int tablesOffset(final RingFormat format, final int size)
    {
        return format.totalLength(size) + RingFormat.CACHE_LINE - 1 & -RingFormat.CACHE_LINE;
    }
}
