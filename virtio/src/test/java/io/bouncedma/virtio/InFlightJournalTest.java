/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The bytes of a journal, the bugs that others had with theirs, and journals that no device leaves.
 */
class InFlightJournalTest
{
    private static final int SIZE = 4;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final DescriptorChain chain = new DescriptorChain();
    private Features features = Features.MANDATORY;
    private DriverRing driver;
    private DeviceRing device;
    private MemorySegment memory;
    private OrderedMemory raw;

    @AfterEach
    void close()
    {
        if (null != driver)
        {
            driver.close();
        }
        shared.close();
    }

    /** 2112 for 128: what QEMU's vhost-user-blk answered. */
    @ParameterizedTest
    @CsvSource({"SPLIT, 128, 2112", "SPLIT, 1, 64", "SPLIT, 4, 128", "PACKED, 128, 4160", "PACKED, 1, 64",
        "PACKED, 3, 128"})
    void shouldBeAsLongAsOthersHaveIt(final RingFormat format, final int size, final int expected)
    {
        assertEquals(expected, InFlightJournal.length(format, size));
    }

    @Test
    void shouldWriteSplitJournalAsSpecified()
    {
        open(RingFormat.SPLIT);
        assertBytes("0000000000000000 0100 0400 0000 0000");
        add(2);
        add(1);
        take(2);
        // Heads 0 and 2, with the counters 0 and 1.
        assertBytes("0000000000000000 0100 0400 0000 0000" +
            "01 0000000000 0000 0000000000000000" + "00 0000000000 0000 0000000000000000" +
            "01 0000000000 0000 0100000000000000");
        device.complete(chain, 0);
        device.publish();
        assertBytes("0000000000000000 0100 0400 0200 0100" +
            "01 0000000000 0000 0000000000000000" + "00 0000000000 0000 0000000000000000" +
            "00 0000000000 0000 0100000000000000");
    }

    @Test
    void shouldWritePackedJournalAsSpecified()
    {
        open(RingFormat.PACKED);
        assertBytes("0000000000000000 0100 0400 0000 0000 0000 0000 01 01 00000000000000000000" +
            "00 00 0100 0000 0000");
        add(2);
        add(1);
        take(2);
        // Buffer 0 in the nodes 0 and 1, buffer 1 in node 2; NEXT and AVAIL, then AVAIL.
        assertBytes("0000000000000000 0100 0400 0300 0300 0000 0000 01 01 00000000000000000000" +
            "01 00 0100 0100 0200 0000000000000000 0000 8100 10000000 0080000000000000" +
            "00 00 0200 0000 0000 0000000000000000 0000 8000 10000000 0080000000000000" +
            "01 00 0300 0200 0100 0100000000000000 0100 8000 10000000 0080000000000000" +
            "00 00 0400 0000 0000 0000000000000000 0000 0000 00000000 0000000000000000");
        device.complete(chain, 0);
        device.publish();
        // Node 2 leads the free ones.
        assertBytes("0000000000000000 0100 0400 0200 0200 0100 0100 01 01 00000000000000000000" +
            "01 00 0100 0100 0200 0000000000000000 0000 8100 10000000 0080000000000000" +
            "00 00 0200 0000 0000 0000000000000000 0000 8000 10000000 0080000000000000" +
            "00 00 0300 0200 0100 0100000000000000 0100 8000 10000000 0080000000000000");
    }

    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldPollAgainInTheOrderOfSubmission(final RingFormat format)
    {
        open(format);
        final List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < SIZE; i++)
        {
            add(1);
        }
        take(1);
        device.complete(chain, 0);
        device.publish();
        assertTrue(driver.poll());
        // The descriptor that came back first is taken last now.
        add(1);
        take(SIZE);
        restart();
        final RingSnapshot snapshot = device.snapshot();
        snapshot.chains().forEach((taken) -> expected.add(taken.id()));
        assertEquals(List.of(1, 2, 3, 0), expected);
        assertFalse(take(SIZE + 1));
    }

    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldMakeUpForAnInterruptThatDiedWithItsProcess(final RingFormat format)
    {
        features = features.with(FeatureBits.EVENT_IDX);
        open(format);
        assertFalse(device.publish(), "a ring that is new owes nothing");
        assertTrue(driver.enableInterrupts());
        add(1);
        take(1);
        device.complete(chain, 0);
        assertTrue(device.publish());
        // Killed before the driver was told of it, and its successor too.
        restart();
        restart();
        assertTrue(device.publish());
        assertFalse(device.publish());
        device = Rings.resumeDevice(features, driver.areas(), device.snapshot(), journal());
        assertTrue(device.publish());
        assertFalse(device.publish());
    }

    /**
     * SPDK issue 3766: a journal that begins with a used index of 0, on a ring that has been used elsewhere, ended the
     * first chain at the next start.
     */
    @Test
    void shouldNotEndChainsOfRingThatCameFromElsewhere()
    {
        open(RingFormat.SPLIT);
        for (int i = 0; i < 3; i++)
        {
            add(1);
            take(1);
            device.complete(chain, 0);
            device.publish();
            assertTrue(driver.poll());
        }
        final InFlightJournal journal = journal();
        journal.clear();
        assertRefused("ring is not where its journal is to begin: used.idx=3, expected=0");
        device = Rings.resumeDevice(features, driver.areas(), VringBase.decode(3, driver.areas()), journal);
        add(1);
        take(1);
        assertEquals(1, device.inFlight());
        restart();
        assertEquals(1, device.inFlight());
        assertTrue(device.poll(chain));
    }

    /** The region that the bug left behind does not pass for one of a device. */
    @Test
    void shouldRefuseJournalOfRingThatCameFromElsewhere()
    {
        open(RingFormat.SPLIT);
        for (int i = 0; i < 3; i++)
        {
            add(1);
        }
        take(3);
        raw.store16(SplitJournal.USED_IDX_OFFSET, 65530);
        assertRefused("ring is further than a batch ahead of its journal: used.idx=0, ahead=6, size=4");
        raw.store16(SplitJournal.USED_IDX_OFFSET, 65534);
        assertRefused("journal has an entry twice or beyond it: index=0, list=last batch, size=4");
    }

    /** From slot 0 of the first lap on, a device would wait for what the driver never does. */
    @ParameterizedTest(name = "{0} done, {1} in flight")
    @CsvSource({"1, 0", "2, 0", "3, 1", "4, 0", "4, 4", "5, 3", "7, 0"})
    void shouldRefuseBlankJournalOfPackedRingThatWasUsed(final int done, final int inFlight)
    {
        features = features.with(FeatureBits.RING_PACKED);
        layOut();
        final RingSnapshot fresh = use(done, inFlight);
        assertRefused("ring is not where its journal is to begin: used before position=");
        assertTrue(journal().isBlank());
        if (done < SIZE)
        {
            assertThrows(IllegalArgumentException.class,
                () -> Rings.resumeDevice(features, driver.areas(), fresh, journal()));
            assertTrue(journal().isBlank());
        }
        device = Rings.resumeDevice(features, driver.areas(), device.snapshot(), journal());
        assertEquals(inFlight > 0, device.poll(chain));
    }

    @Test
    void shouldNotWriteTheRingOfSnapshotThatIsRefused()
    {
        features = features.with(FeatureBits.RING_PACKED);
        layOut();
        device = Rings.device(features, driver.areas());
        add(1);
        take(1);
        final RingSnapshot stale = device.snapshot();
        device.complete(chain, 0);
        add(1);
        take(1);
        device.complete(chain, 0);
        device.publish();
        assertThrows(IllegalArgumentException.class,
            () -> Rings.resumeDevice(features, driver.areas(), stale, journal()));
        assertTrue(driver.poll() && driver.poll());
    }

    @Test
    void shouldRefuseBlankJournalOfAnotherRing()
    {
        open(RingFormat.PACKED);
        journal().clear();
        final InFlightJournal split = InFlightJournal.in(RingFormat.SPLIT, SIZE, memory);
        final InFlightJournal half = InFlightJournal.in(RingFormat.PACKED, SIZE / 2, memory);
        final RingSnapshot snapshot = device.snapshot();
        for (final InFlightJournal other : List.of(split, half))
        {
            assertThrows(IllegalArgumentException.class, () -> Rings.device(features, driver.areas(), other));
            assertThrows(IllegalArgumentException.class,
                () -> Rings.resumeDevice(features, driver.areas(), snapshot, other));
            assertTrue(other.isBlank());
        }
    }

    /** Nothing in flight: nothing that a wrong used index could end. */
    @Test
    void shouldTakeJournalWithoutChainsWhereTheRingIs()
    {
        open(RingFormat.SPLIT);
        raw.store16(SplitJournal.USED_IDX_OFFSET, 40000);
        restart();
        add(1);
        assertTrue(take(1));
        restart();
        assertEquals(1, device.inFlight());
    }

    /**
     * A batch as long as the ring moves the wrap counter alone (the specification looks at the index only; SPDK issue
     * 3070 is of packed rings that did not come back).
     */
    @ParameterizedTest(name = "seen by the driver: {0}")
    @CsvSource({"false", "true"})
    void shouldNoticeBatchAsLongAsTheRing(final boolean isShown)
    {
        open(RingFormat.PACKED);
        for (int i = 0; i < SIZE; i++)
        {
            add(1);
        }
        final InFlightJournal journal = journal();
        device = Rings.device(features, driver.areas(), journal);
        for (int i = 0; i < SIZE; i++)
        {
            assertTrue(take(1));
            device.complete(chain, 0);
        }
        journal.publishing();
        if (isShown)
        {
            ((AbstractDeviceRing)device).show();
        }
        restart();
        assertEquals(isShown ? 0 : SIZE, device.inFlight());
        assertEquals(isShown, driver.poll());
    }

    /** What the driver has seen is not done again, wherever the device died after it. */
    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldEndBatchThatTheDriverHasSeen(final RingFormat format)
    {
        open(format);
        for (int i = 0; i < SIZE; i++)
        {
            add(1);
        }
        final InFlightJournal journal = journal();
        device = Rings.device(features, driver.areas(), journal);
        take(1);
        for (int i = 0; i < 2; i++)
        {
            take(1);
            device.complete(chain, 0);
        }
        journal.publishing();
        ((AbstractDeviceRing)device).show();
        restart();
        assertEquals(List.of(0), device.snapshot().chains().stream().map(RingSnapshot.Chain::id).toList());
        assertTrue(driver.poll() && driver.poll());
        assertFalse(driver.poll());
    }

    /** Flags behind the first of a batch are hidden by it alone, and not any more when other chains are used first. */
    @Test
    void shouldTakeBackFlagsOfBatchThatWasNotShown()
    {
        open(RingFormat.PACKED);
        for (int i = 0; i < SIZE; i++)
        {
            add(1);
        }
        take(1);
        final DescriptorChain second = new DescriptorChain();
        device.poll(second);
        device.complete(second, 0);
        device.complete(chain, 0);
        restart();
        take(1);
        device.complete(chain, 0);
        device.publish();
        assertTrue(driver.poll());
        assertEquals(0, driver.token());
        assertFalse(driver.poll());
    }

    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldBeginWithWhatWasInFlightElsewhere(final RingFormat format)
    {
        open(format);
        add(2);
        add(1);
        take(2);
        final RingSnapshot snapshot = device.snapshot();
        final InFlightJournal journal = journal();
        assertThrows(IllegalArgumentException.class,
            () -> Rings.resumeDevice(features, driver.areas(), snapshot, journal));
        journal.clear();
        assertTrue(journal.isBlank());
        device = Rings.resumeDevice(features, driver.areas(), snapshot, journal);
        assertEquals(snapshot, device.snapshot());
        restart();
        assertEquals(snapshot, device.snapshot());
    }

    @ParameterizedTest(name = "{0}: {2} at {1}")
    @CsvSource(delimiter = '|', value = {
        "SPLIT  |  0 |   1 | journal is of an unknown kind or of another size: features=0x1",
        "SPLIT  |  8 |   2 | journal is of an unknown kind or of another size: features=0x0, version=2",
        "SPLIT  | 10 |   8 | journal is of an unknown kind or of another size: features=0x0, version=1, size=8",
        // used_idx of another time; last_batch_head beyond; a list that loops
        "SPLIT  | 14 |   9 | ring is further than a batch ahead of its journal",
        "SPLIT  | 12 |   4 | journal has an entry twice or beyond it: index=4, list=last batch",
        "SPLIT  | 38 |   7 | journal has an entry twice or beyond it: index=7, list=last batch",
        "SPLIT  | 38 |   1 | journal has an entry twice or beyond it: index=1, list=last batch",
        // counters: the same twice, and one of the sign, one that would have it soon
        "SPLIT  | 56 |   3 | journal does not tell an order: counter=3",
        "SPLIT  | 78 | 0x8000 | journal does not tell an order: counter=-",
        "SPLIT  | 78 | 0x4000 | journal does not tell an order: counter=4611686018427387907",
        "PACKED |  8 |   7 | journal is of an unknown kind or of another size: features=0x0, version=7",
        // old_free_head, used_idx, old_used_idx, a wrap counter
        "PACKED | 14 |   9 | journal has an entry twice or beyond it: index=9, list=free",
        "PACKED | 14 |   3 | journal has nodes that are neither free nor in flight",
        "PACKED | 16 |   4 | journal has a position beyond the ring: used=4",
        "PACKED | 18 |   4 | journal has a position beyond the ring: used=2, oldUsed=4",
        "PACKED | 20 |   2 | journal has a position beyond the ring: used=2, oldUsed=2, wraps=0x2",
        // next of a free node: a loop, beyond; num and last of a chain
        "PACKED | 98 |   2 | journal has an entry twice or beyond it: index=2, list=free",
        "PACKED | 98 |   5 | journal has an entry twice or beyond it: index=5, list=free",
        "PACKED | 34 |   5 | journal has an entry twice or beyond it: index=5, list=chain of 0",
        "PACKED | 38 |   0 | journal has a chain of so many descriptors: head=0, num=0",
        "PACKED | 38 |   3 | journal has an entry twice or beyond it: index=2, list=chain of 0",
        "PACKED | 38 |   1 | journal has a chain that ends elsewhere: head=0, last=1, found=0",
        "PACKED | 36 |   0 | journal has a chain that ends elsewhere: head=0, last=0, found=1"
    })
    void shouldRefuseWhatNoDeviceLeaves(
        final RingFormat format, final int offset, final String value, final String expected)
    {
        open(format);
        if (RingFormat.SPLIT == format)
        {
            // A batch of 0 and 1 that the driver has seen and the journal has not ended; 2 and 3 are in flight.
            final InFlightJournal journal = journal();
            device = Rings.device(features, driver.areas(), journal);
            for (int i = 0; i < SIZE; i++)
            {
                add(1);
            }
            for (int i = 0; i < 2; i++)
            {
                take(1);
                device.complete(chain, 0);
            }
            take(2);
            journal.publishing();
            ((AbstractDeviceRing)device).show();
        }
        else
        {
            // The nodes 0 and 1 hold a chain of two, 2 and 3 are free.
            add(1);
            add(1);
            add(2);
            for (int i = 0; i < 2; i++)
            {
                take(1);
                device.complete(chain, 0);
                device.publish();
            }
            take(1);
        }
        raw.store16(offset, Integer.decode(value));
        final byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
        assertRefused(expected);
        assertEquals(HexFormat.of().formatHex(before),
            HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE)));
    }

    @Test
    void shouldRefuseMemoryThatIsTooShortAndOtherRings()
    {
        open(RingFormat.SPLIT);
        assertThrows(IllegalArgumentException.class,
            () -> InFlightJournal.in(RingFormat.SPLIT, SIZE, memory.asSlice(0, memory.byteSize() - 1)));
        assertThrows(IllegalArgumentException.class, () -> InFlightJournal.in(RingFormat.SPLIT, 3, memory));
        final InFlightJournal other = InFlightJournal.in(RingFormat.SPLIT, SIZE / 2, memory);
        assertThrows(IllegalArgumentException.class, () -> Rings.device(features, driver.areas(), other));
    }

    private void open(final RingFormat format)
    {
        features = RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
        layOut();
        restart();
    }

    private void layOut()
    {
        driver = Rings.driver(features, SIZE, 0,
            shared.dma.allocateCoherent(Rings.memoryLength(features, SIZE, 0), 64));
        memory = shared.region.memory(shared.free, InFlightJournal.length(RingFormat.of(features), SIZE));
        raw = new OrderedMemory(memory);
    }

    /** Use the ring without a journal, and say where the device was in the beginning. */
    private RingSnapshot use(final int done, final int inFlight)
    {
        device = Rings.device(features, driver.areas());
        final RingSnapshot fresh = device.snapshot();
        for (int i = 0; i < done; i++)
        {
            add(1);
            take(1);
            device.complete(chain, 0);
            device.publish();
            driver.poll();
        }
        for (int i = 0; i < inFlight; i++)
        {
            add(1);
        }
        return fresh;
    }

    private InFlightJournal journal()
    {
        return InFlightJournal.in(driver.areas().format(), SIZE, memory);
    }

    private void restart()
    {
        device = Rings.device(features, driver.areas(), journal());
    }

    private void add(final int elements)
    {
        final long[] addresses = new long[elements];
        final int[] lengths = new int[elements];
        Arrays.fill(addresses, 0x8000);
        Arrays.fill(lengths, 16);
        driver.add(addresses, lengths, elements, 0, 0);
        driver.publish();
    }

    private boolean take(final int count)
    {
        boolean all = true;
        for (int i = 0; i < count; i++)
        {
            all &= device.poll(chain);
        }
        return all;
    }

    private void assertBytes(final String expected)
    {
        final byte[] bytes = HexFormat.of().parseHex(expected.replace(" ", ""));
        assertEquals(HexFormat.of().formatHex(bytes), HexFormat.of().formatHex(
            memory.asSlice(0, bytes.length).toArray(ValueLayout.JAVA_BYTE)));
    }

    private void assertRefused(final String expected)
    {
        final String message = assertThrows(IllegalArgumentException.class,
            () -> Rings.device(features, driver.areas(), journal())).getMessage();
        assertTrue(message.startsWith(expected), message);
    }
}
