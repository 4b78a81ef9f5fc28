/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * In which order a device writes its journal and the ring: what can not be told from the bytes that it leaves when it
 * lives.
 */
class JournalOrderTest
{
    private static final int SIZE = 4;
    private static final int SPLIT_HEADER = 16;
    private static final int PACKED_HEADER = 32;

    private final Arena arena = Arena.ofConfined();
    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final DescriptorChain chain = new DescriptorChain();
    private DriverRing driver;

    @AfterEach
    void close()
    {
        driver.close();
        shared.close();
        arena.close();
    }

    @Test
    void shouldLinkBeforeTheDriverSeesAndForgetAfterwards()
    {
        final Features features = open(RingFormat.SPLIT);
        final MemorySegment memory = arena.allocate(InFlightJournal.length(RingFormat.SPLIT, SIZE), 64);
        final SplitJournal journal = new SplitJournal(SIZE, new OrderedMemory(memory));
        Rings.device(features, driver.areas(), journal);
        final WatchedRing ring = new WatchedRing(features, driver.areas(), journal, new OrderedMemory(memory));
        assertTrue(ring.poll(chain));
        ring.complete(chain, 0);
        assertEquals(0, ring.raw.load16(SplitJournal.LAST_BATCH_HEAD_OFFSET));
        ring.publish();
        assertEquals(1, ring.shown);
        assertEquals(0, ring.raw.load8(SplitJournal.stateOffset(WatchedRing.HEAD)));
        assertEquals(1, ring.raw.load16(SplitJournal.USED_IDX_OFFSET));
    }

    /** A chain of the journal that can not be written stands for a device that dies there. */
    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldSayLastThatAChainIsTaken(final RingFormat format)
    {
        final Features features = open(format);
        final MemorySegment memory = arena.allocate(InFlightJournal.length(format, SIZE), 64);
        final InFlightJournal journal = journal(format, memory);
        final AbstractDeviceRing device = (AbstractDeviceRing)Rings.device(features, driver.areas(), journal);
        final byte[] before = header(format, memory);
        final InFlightJournal cut = journal(format, memory.asSlice(0, before.length));
        assertThrows(IndexOutOfBoundsException.class, () -> take(cut, device));
        assertArrayEquals(before, header(format, memory));
    }

    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldSayLastThatABatchIsOver(final RingFormat format)
    {
        final Features features = open(format);
        final MemorySegment memory = arena.allocate(InFlightJournal.length(format, SIZE), 64);
        final InFlightJournal journal = journal(format, memory);
        final DeviceRing device = Rings.device(features, driver.areas(), journal);
        assertTrue(device.poll(chain));
        device.complete(chain, 0);
        journal.publishing();
        final byte[] before = header(format, memory);
        final InFlightJournal cut = journal(format, memory.asSlice(0, before.length));
        assertThrows(IndexOutOfBoundsException.class, () -> cut.unlink(new int[]{0}, 1));
        assertArrayEquals(before, header(format, memory));
    }

    private Features open(final RingFormat format)
    {
        final Features features =
            RingFormat.PACKED == format ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY;
        driver = Rings.driver(features, SIZE, 0,
            shared.dma.allocateCoherent(Rings.memoryLength(features, SIZE, 0), 64));
        driver.add(new long[]{0x8000}, new int[]{16}, 1, 0, 0);
        driver.publish();
        return features;
    }

    private static InFlightJournal journal(final RingFormat format, final MemorySegment memory)
    {
        final OrderedMemory ordered = new OrderedMemory(memory);
        return RingFormat.SPLIT == format ? new SplitJournal(SIZE, ordered) : new PackedJournal(SIZE, ordered);
    }

    private static byte[] header(final RingFormat format, final MemorySegment memory)
    {
        return memory.asSlice(0, RingFormat.SPLIT == format ? SPLIT_HEADER : PACKED_HEADER)
            .toArray(ValueLayout.JAVA_BYTE);
    }

    private static void take(final InFlightJournal journal, final AbstractDeviceRing device)
    {
        if (journal instanceof final SplitJournal split)
        {
            split.taken(0);
        }
        else
        {
            final DescriptorCopies copies = new DescriptorCopies(device.size());
            final int entry = copies.begin(0x8000, 16, 0);
            ((PackedJournal)journal).taken(entry, copies);
        }
    }

    /** A ring with one chain that looks at its journal when it is about to show a used entry. */
    private static final class WatchedRing extends AbstractDeviceRing
    {
        static final int HEAD = 2;

        private final SplitJournal journal;
        private final OrderedMemory raw;
        private boolean isUnpublished;
        private int shown;

        WatchedRing(
            final Features features, final RingAreas areas, final SplitJournal journal, final OrderedMemory raw)
        {
            super(features, areas, journal);
            this.journal = journal;
            this.raw = raw;
        }

        @Override
        boolean armEvent()
        {
            return true;
        }

        @Override
        void disarmEvent()
        {
        }

        @Override
        int take()
        {
            return HEAD;
        }

        /** Whoever gets the chain finds it in the journal. */
        @Override
        void walk(final DescriptorChain chain, final int entry)
        {
            assertEquals(1, raw.load8(SplitJournal.stateOffset(HEAD)));
        }

        @Override
        void putUsed(final int entry, final int written)
        {
            isUnpublished = true;
        }

        @Override
        boolean isUnpublished()
        {
            return isUnpublished;
        }

        @Override
        void show()
        {
            assertEquals(HEAD, raw.load16(SplitJournal.LAST_BATCH_HEAD_OFFSET));
            assertEquals(1, raw.load8(SplitJournal.stateOffset(HEAD)));
            assertEquals(0, raw.load16(SplitJournal.USED_IDX_OFFSET));
            isUnpublished = false;
            shown++;
        }

        @Override
        boolean isInterruptWanted()
        {
            return false;
        }

        @Override
        void record(final int entry)
        {
            journal.taken(entry);
        }

        @Override
        int available()
        {
            return 0;
        }

        @Override
        int used()
        {
            return 0;
        }

        @Override
        boolean isStillAvailable(final List<Integer> entries)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        RingSnapshot.Chain snapshotOf(final int entry)
        {
            throw new UnsupportedOperationException();
        }
    }
}
