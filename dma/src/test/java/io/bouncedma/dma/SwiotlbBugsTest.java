/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What went wrong in Linux's swiotlb and can not here: a test for each misuse that its code lets through and for each
 * of its bugs and limits, as far as they are a matter of mapping. Those of the pool have a test of their own there.
 */
class SwiotlbBugsTest
{
    private static final int KIB = 1024;
    private static final int PAGE = 4096;

    private final TwoPools window = new TwoPools();
    private final DmaDevice dma = new DmaDevice("device", window.pools);

    @AfterEach
    void close()
    {
        dma.close();
        window.close();
    }

    /** Misuse: double unmap frees the slots of whoever has them by then; any device can do so. */
    @Test
    void shouldEndAMappingOnceAndByItsOwnerOnly()
    {
        final DmaDevice other = new DmaDevice("other", window.pools);
        final byte[] first = filled(PAGE, 1);
        final long mapping = dma.map(first, 0, PAGE, Direction.BIDIRECTIONAL);
        assertMessage("foreign", () -> other.unmap(mapping));
        dma.unmap(mapping);
        final byte[] second = filled(PAGE, 2);
        final long again = dma.map(second, 0, PAGE, Direction.BIDIRECTIONAL);
        window.deviceWrites(dma.busAddress(again), filled(PAGE, 3));
        assertMessage("unmapped already", () -> dma.unmap(mapping));
        assertArrayEquals(filled(PAGE, 1), first);
        assertEquals(PAGE, window.a.usedBytes());
        dma.unmap(again);
        assertArrayEquals(filled(PAGE, 3), second);
        other.close();
    }

    /** Misuse: an unmap with an address inside a mapping frees its tail and leaks its head. */
    @Test
    void shouldNotTakeAnAddressForAMapping()
    {
        final long mapping = dma.map(new byte[8 * KIB], 0, 8 * KIB, Direction.TO_DEVICE);
        final long bus = dma.busAddress(mapping);
        for (final long forged : new long[]{bus, bus + 2 * KIB, mapping + 1, mapping - 1, mapping + 2 * KIB, 0, -1})
        {
            assertThrows(IllegalStateException.class, () -> dma.unmap(forged));
        }
        assertEquals(8 * KIB, window.a.usedBytes());
        dma.unmap(mapping);
    }

    /** Misuse: the sync of a slot that is free is silently ignored. */
    @Test
    void shouldRefuseToSyncADeadMapping()
    {
        final byte[] buffer = filled(PAGE, 1);
        final long mapping = dma.map(buffer, 0, PAGE, Direction.BIDIRECTIONAL);
        final long bus = dma.busAddress(mapping);
        dma.unmap(mapping);
        window.deviceWrites(bus, filled(PAGE, 9));
        assertMessage("unmapped already", () -> dma.syncForCpu(mapping, 0, PAGE));
        assertMessage("unmapped already", () -> dma.syncForDevice(mapping, 0, PAGE));
        assertMessage("unmapped already", () -> dma.busAddress(mapping));
        final byte[] next = filled(PAGE, 2);
        final long again = dma.map(next, 0, PAGE, Direction.BIDIRECTIONAL);
        assertMessage("unmapped already", () -> dma.syncForCpu(mapping, 0, PAGE));
        dma.unmap(again, 0);
        assertArrayEquals(filled(PAGE, 1), buffer);
        assertArrayEquals(filled(PAGE, 2), next);
    }

    /** Slots are not scrubbed: the next owner's device reads old plaintext in the remainder and in the padding. */
    @Test
    void shouldShowTheDeviceNothingOfEarlierMappings()
    {
        final DmaDevice nvme = new DmaDevice(new DmaPolicy("nvme", window.pools)
            .rules(AddressRules.withMinAlignMask(PAGE - 1)));
        for (int length = 1; length < 3 * KIB; length += 37)
        {
            for (final Direction direction : Direction.values())
            {
                spoil();
                final int offset = 21 + length % 50;
                final byte[] buffer = filled(offset + length, 0x11);
                final long mapping = nvme.map(buffer, offset, length, direction);
                final int lead = offset & BlockSize.MINIMUM - 1;
                final int size = BlockSize.of(lead + length);
                final byte[] expected = new byte[size];
                if (direction.isToDevice())
                {
                    Arrays.fill(expected, lead, lead + length, (byte)0x11);
                }
                assertArrayEquals(expected, window.deviceReads(nvme.busAddress(mapping) - lead, size));
                nvme.unmap(mapping);
            }
        }
        nvme.close();
    }

    /** CVE-2022-0854, ddbd89deb7d3: after a short write the caller gets bytes of an earlier mapping. */
    @Test
    void shouldNotPassOldBytesToTheCallerOfAShortWrite()
    {
        spoil();
        final byte[] buffer = filled(PAGE, 1);
        final long mapping = dma.map(buffer, 0, PAGE, Direction.FROM_DEVICE);
        window.deviceWrites(dma.busAddress(mapping), filled(100, 2));
        dma.unmap(mapping, 100);
        final byte[] expected = filled(PAGE, 1);
        Arrays.fill(expected, 0, 100, (byte)2);
        assertArrayEquals(expected, buffer);
        final long all = dma.map(buffer, 0, PAGE, Direction.FROM_DEVICE);
        dma.unmap(all);
        assertArrayEquals(new byte[PAGE], buffer);
    }

    /** 1f221a0d0dbf and the seven that followed: the low bits of the address that a device needs are kept. */
    @Test
    void shouldKeepTheLowBitsOfTheAddress()
    {
        for (final int mask : new int[]{0, 7, 15, 63, 511, PAGE - 1, 65535})
        {
            final DmaDevice aligned = new DmaDevice(new DmaPolicy("mask " + mask, window.pools)
                .rules(AddressRules.withMinAlignMask(mask)));
            final byte[] buffer = new byte[70_000];
            for (int offset = 0; offset < 66_000; offset = offset * 5 / 4 + 1)
            {
                for (final int length : new int[]{1, 8, 40, 64, 65, 100, 130, 200, 300, 500, 600, 3000})
                {
                    final long mapping = aligned.map(buffer, offset, length, Direction.BIDIRECTIONAL);
                    final int at = offset;
                    assertTrue(mapping > 0, () -> aligned.explain(length));
                    assertEquals(at & mask, aligned.busAddress(mapping) & mask,
                        () -> "mask=" + mask + ", offset=" + at + ", length=" + length);
                    aligned.unmap(mapping, 0);
                }
            }
            aligned.close();
        }
    }

    /** 5f89468e2f06, e8068f2d756d: a partial sync forgot where in the slot the mapping begins. */
    @Test
    void shouldSyncPartsAtTheirOffsets()
    {
        final DmaDevice nvme = new DmaDevice(new DmaPolicy("nvme", window.pools)
            .rules(AddressRules.withMinAlignMask(PAGE - 1)));
        for (final int start : new int[]{0, 1, 64, 100, 2047, 2048, 4095})
        {
            final byte[] buffer = filled(start + 3 * PAGE, 1);
            final long mapping = nvme.map(buffer, start, 3 * PAGE - 10, Direction.BIDIRECTIONAL);
            for (final int offset : new int[]{0, 1, 2048, 2049, 4095, 4096, 3 * PAGE - 20})
            {
                final byte[] before = buffer.clone();
                window.deviceWrites(nvme.busAddress(mapping) + offset, new byte[]{7, 8, 9});
                nvme.syncForCpu(mapping, offset, 2);
                before[start + offset] = 7;
                before[start + offset + 1] = 8;
                assertArrayEquals(before, buffer);
                buffer[start + offset] = 77;
                nvme.syncForDevice(mapping, offset, 1);
                assertArrayEquals(new byte[]{77, 8, 9}, window.deviceReads(nvme.busAddress(mapping) + offset, 3));
            }
            nvme.unmap(mapping, 0);
        }
        nvme.close();
    }

    /** daf9514fd5eb: a hostile host writes beyond the mapping by the length that it reports. */
    @Test
    void shouldCopyNoMoreThanWasMapped()
    {
        final byte[] buffer = filled(3 * PAGE, 1);
        for (final int claimed : new int[]{PAGE, PAGE + 1, 2 * PAGE, Integer.MAX_VALUE})
        {
            final long mapping = dma.map(buffer, PAGE, PAGE, Direction.FROM_DEVICE);
            window.deviceWrites(dma.busAddress(mapping), filled(2 * PAGE, claimed));
            dma.unmap(mapping, claimed);
            final byte[] expected = filled(3 * PAGE, 1);
            Arrays.fill(expected, PAGE, 2 * PAGE, (byte)claimed);
            assertArrayEquals(expected, buffer);
        }
        final long mapping = dma.map(buffer, PAGE, PAGE, Direction.BIDIRECTIONAL);
        assertThrows(IllegalArgumentException.class, () -> dma.unmap(mapping, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForCpu(mapping, 0, PAGE + 1));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForCpu(mapping, Integer.MAX_VALUE, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.syncForDevice(mapping, PAGE, Integer.MAX_VALUE));
        dma.unmap(mapping, 0);
    }

    /** 256 KiB cap: abe420bfae52 made callers ask. Here one mapping fills a pool, with the mask of an NVMe, too. */
    @Test
    void shouldMapAWholePoolAtOnce()
    {
        final byte[] buffer = new byte[TwoPools.LENGTH];
        final long mapping = dma.map(buffer, 0, buffer.length, Direction.TO_DEVICE);
        assertTrue(mapping > 0, () -> dma.explain(buffer.length));
        dma.unmap(mapping);
        assertEquals(Refusal.Reason.TOO_LARGE.code(),
            dma.map(new byte[TwoPools.LENGTH + 1], 0, TwoPools.LENGTH + 1, Direction.TO_DEVICE));
    }

    /** Dstack-TEE/dstack#1192: I/O fails and nothing says why. */
    @Test
    void shouldSayWhichPoolRefusesWhyAndWhoHoldsIt()
    {
        final DmaDevice leaking = new DmaDevice("leaking", window.pools);
        final List<Long> mappings = new ArrayList<>();
        for (int i = 0; i < 2 * TwoPools.LENGTH / (16 * KIB); i++)
        {
            mappings.add(leaking.map(new byte[16 * KIB], 0, 16 * KIB, Direction.TO_DEVICE));
        }
        assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE));
        for (int i = 0; i < mappings.size(); i += 2)
        {
            leaking.unmap(mappings.get(i));
        }
        assertEquals(Refusal.Reason.FRAGMENTED.code(),
            dma.map(new byte[32 * KIB], 0, 32 * KIB, Direction.TO_DEVICE));
        final String text = dma.explain(32 * KIB);
        assertTrue(text.contains("FRAGMENTED: pool=a, asked=32768, most=262144, free=131072, largestRun=16384") &&
            text.contains("pool=b") && text.contains("name=leaking, bytes=131072"), text);
        for (int i = 1; i < mappings.size(); i += 2)
        {
            leaking.unmap(mappings.get(i));
        }
        leaking.close();
    }

    /** rpi#3164, rtl8192ee#3: a driver that forgets to unmap takes the pool from everybody. */
    @Test
    void shouldKeepALeakingDriverFromTheOthers()
    {
        final DmaDevice leaking = new DmaDevice(new DmaPolicy("leaking", window.pools).order("a")
            .limits("a", ClientLimits.quota(64 * KIB)));
        final List<Long> mappings = new ArrayList<>();
        long mapping = leaking.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
        while (mapping > 0)
        {
            mappings.add(mapping);
            mapping = leaking.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
        }
        assertEquals(Refusal.Reason.QUOTA.code(), mapping);
        assertEquals(16, mappings.size());
        final long others = dma.map(new byte[128 * KIB], 0, 128 * KIB, Direction.TO_DEVICE);
        assertTrue(others > 0 && window.a.contains(dma.busAddress(others)), () -> dma.explain(128 * KIB));
        dma.unmap(others);
        assertMessage("mappings=16", leaking::close);
        mappings.forEach(leaking::unmap);
        leaking.close();
    }

    /** mst, April 2020: one pool for devices that do not trust each other. Here each can have its own. */
    @Test
    void shouldKeepDevicesInPoolsOfTheirOwn()
    {
        final DmaDevice one = new DmaDevice(new DmaPolicy("one", window.pools).order("a"));
        final DmaDevice two = new DmaDevice(new DmaPolicy("two", window.pools).order("b"));
        final Set<String> places = new TreeSet<>();
        for (int i = 0; i < 50; i++)
        {
            final long first = one.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            final long second = two.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            places.add("one " + poolOf(one.busAddress(first)));
            places.add("two " + poolOf(two.busAddress(second)));
            assertMessage("foreign", () -> two.unmap(first));
            one.unmap(first);
            two.unmap(second);
        }
        assertEquals(Set.of("one a", "two b"), places);
        final long all = one.map(new byte[TwoPools.LENGTH], 0, TwoPools.LENGTH, Direction.TO_DEVICE);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), one.map(new byte[1], 0, 1, Direction.TO_DEVICE));
        assertNull(one.allocateCoherent(1, 1));
        one.unmap(all);
        one.close();
        two.close();
    }

    private String poolOf(final long busAddress)
    {
        return window.pools.pools().stream().filter(pool -> pool.contains(busAddress)).findFirst().orElseThrow().name();
    }

    /** hch, May 2022: share pages for large I/O instead of bouncing them. Here memory of a pool is not copied. */
    @Test
    void shouldNotCopyWhatIsSharedAlready()
    {
        try (CoherentBuffer buffer = dma.allocateCoherent(128 * KIB, PAGE))
        {
            final long mapping = dma.map(buffer.view(), PAGE, 64 * KIB, Direction.BIDIRECTIONAL);
            assertEquals(buffer.busAddress() + PAGE, dma.busAddress(mapping));
            dma.unmap(mapping);
        }
        assertEquals(new DmaStatistics(1, 1, 0, 0, 0), dma.statistics());
    }

    private void spoil()
    {
        window.region.view(0, (int)window.region.length()).setMemory(0, (int)window.region.length(), (byte)0x5a);
    }

    private static byte[] filled(final int length, final int value)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)value);
        return bytes;
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
