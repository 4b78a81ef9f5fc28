/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;

import java.util.List;

/**
 * Memory that the test and a device in another process share: a ring, its journal, buffers, and what the device did.
 */
final class JournalWindow implements AutoCloseable
{
    static final int LENGTH = 1 << 20;
    static final int RING_SIZE = 256;
    static final int REQUESTS = 10_000;
    /** A request: its number, and in the second half of the slot room for the answer. */
    static final int SLOT_LENGTH = 64;
    static final int SLOTS = 8192;
    static final int ANSWER_OFFSET = 32;

    private static final int STOP_OFFSET = 0;
    private static final int JOURNAL_OFFSET = 0x1000;
    private static final int RING_OFFSET = 0x10000;
    private static final int EXECUTED_OFFSET = 0x20000;
    private static final int SLOTS_OFFSET = 0x40000;
    private static final long PADDR = 0x4000_0000L;

    final Window region;
    final Features features;
    final RingAreas areas;
    private final OrderedMemory memory;

    JournalWindow(final Fd fd, final Features features)
    {
        this.features = features;
        region = MemfdWindow.map("window", fd, List.of(new Extent(0, PADDR, LENGTH)), BusAddressing.offset());
        memory = new OrderedMemory(region.memory(0, LENGTH));
        final RingFormat format = RingFormat.of(features);
        areas = RingAreas.at(format, RING_SIZE, region, RING_OFFSET, RING_OFFSET + format.driverOffset(RING_SIZE),
            RING_OFFSET + format.deviceOffset(RING_SIZE));
    }

    /** Without event index and tables, so that the ends publish their indices if they have a place for them. */
    static Features features(final RingFormat format)
    {
        return RingFormat.PACKED == format ? Features.MANDATORY.with(FeatureBits.RING_PACKED) :
            Features.MANDATORY.with(FeatureBits.PUBLISH_INDICES);
    }

    InFlightJournal journal()
    {
        final RingFormat format = areas.format();
        final int length = InFlightJournal.length(format, RING_SIZE);
        return InFlightJournal.in(format, RING_SIZE, region.memory(JOURNAL_OFFSET, length));
    }

    /** Whether the journal's device died after it began to publish and before it had noted the end of that. */
    boolean isWithinPublish()
    {
        if (RingFormat.SPLIT == areas.format())
        {
            return areas.device().load16(SplitRingLayout.AREA_IDX_OFFSET) !=
                memory.load16(JOURNAL_OFFSET + SplitJournal.USED_IDX_OFFSET);
        }
        final long positions = memory.load64(JOURNAL_OFFSET + PackedJournal.POSITIONS_OFFSET);
        return (positions & 0xff_0000_ffffL) != (positions >>> Short.SIZE & 0xffff | positions >>> 40 << 32);
    }

    static int slotOffset(final int slot)
    {
        return SLOTS_OFFSET + slot * SLOT_LENGTH;
    }

    void request(final int slot, final long number)
    {
        memory.store64(slotOffset(slot), number);
        memory.store64(slotOffset(slot) + ANSWER_OFFSET, 0);
    }

    long answer(final int slot)
    {
        return memory.load64(slotOffset(slot) + ANSWER_OFFSET);
    }

    static long answerTo(final long number)
    {
        return ~number;
    }

    /** The device's side effect: it counts how often it executed a request. */
    void execute(final long number)
    {
        increment(executedOffset(number));
    }

    /** Whoever plays the driver elsewhere counts how often he got a request back. */
    void giveBack(final long number)
    {
        increment(returnedOffset(number));
    }

    int returned(final long number)
    {
        return memory.loadAcquire32(returnedOffset(number));
    }

    /** The request that the chain with this head is. */
    long numberOf(final int head)
    {
        return memory.load64(areas.desc().load64(SplitRingLayout.descOffset(head)));
    }

    int executed(final long number)
    {
        return memory.loadAcquire32(executedOffset(number));
    }

    void forgetExecuted()
    {
        for (int i = 0; i < REQUESTS; i++)
        {
            memory.store32(executedOffset(i), 0);
        }
    }

    void stop()
    {
        memory.storeRelease16(STOP_OFFSET, 1);
    }

    boolean isStopped()
    {
        return 0 != memory.loadAcquire16(STOP_OFFSET);
    }

    @Override
    public void close()
    {
        region.close();
    }

    private void increment(final long at)
    {
        memory.storeRelease32(at, memory.load32(at) + 1);
    }

    private static long returnedOffset(final long number)
    {
        return executedOffset(number) + (long)REQUESTS * Integer.BYTES;
    }

    private static long executedOffset(final long number)
    {
        return EXECUTED_OFFSET + number % REQUESTS * Integer.BYTES;
    }
}
