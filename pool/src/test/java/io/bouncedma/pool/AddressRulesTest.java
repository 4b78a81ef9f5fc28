/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which rules there can be, which addresses they allow, and where blocks begin under them: each limit from both sides.
 */
class AddressRulesTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    @Test
    void shouldTakeTheWidestAndTheNarrowestMasks()
    {
        assertEquals(0xffff, new AddressRules(0xffff, 63, 0).minAlignMask());
        assertEquals(63, new AddressRules(0, 63, -1).boundaryMask());
        assertEquals(new AddressRules(0, -1, -1), AddressRules.NONE);
        assertEquals(new AddressRules(4095, -1, -1), AddressRules.withMinAlignMask(4095));
    }

    @Test
    void shouldRefuseMasksByName()
    {
        refused("minAlignMask must be", 5, -1, -1);
        refused("boundaryMask must be", 0, 64, -1);
        refused("addressMask must be", 0, -1, 100);
        refused("addressMask must be", 0, -1, -2);
        refused("minAlignMask=131071 (0 to 65535)", 0x1ffff, -1, -1);
        refused("minAlignMask=-1 (0 to 65535)", -1, -1, -1);
        refused("boundaryMask=31 (63 and more)", 0, 31, -1);
        refused("boundaryMask=0 (63 and more)", 0, 0, -1);
    }

    @Test
    void shouldAllowWhatCrossesNoBoundaryAndEndsWithinTheMask()
    {
        final AddressRules rules = new AddressRules(0, PAGE - 1, (1L << 32) - 1);
        assertTrue(rules.allow(0, PAGE));
        assertFalse(rules.allow(0, PAGE + 1));
        assertTrue(rules.allow(PAGE - 8, 8));
        assertFalse(rules.allow(PAGE - 8, 9));
        assertFalse(rules.allow(1, PAGE));
        assertTrue(rules.allow((1L << 32) - 8, 8));
        assertFalse(rules.allow(1L << 32, 8));
        // The last byte counts, not the first behind it.
        final AddressRules noBoundary = new AddressRules(0, -1, (1L << 32) - 1);
        assertTrue(noBoundary.allow((1L << 32) - 64, 64));
        assertFalse(noBoundary.allow((1L << 32) - 64, 65));
        // A minimum alignment moves blocks, not memory that is where it is.
        assertTrue(AddressRules.withMinAlignMask(4095).allow(8, 8));
    }

    @Test
    void shouldCountAddressesUnsigned()
    {
        assertTrue(AddressRules.NONE.allow(-PAGE, PAGE - 1));
        assertFalse(new AddressRules(0, -1, Long.MAX_VALUE).allow(-PAGE, 8));
    }

    @Test
    void shouldFillAPoolAsFarAsTheBoundaryLetsIt()
    {
        // One to a page: two would need 5 KiB.
        assertEquals(8, blocks(new AddressRules(0, PAGE - 1, -1), 2560, 0, 0));
        // All of what is between two boundaries, and no byte more.
        assertEquals(8, blocks(new AddressRules(0, PAGE - 1, -1), PAGE, 0, 0));
        assertEquals(0, blocks(new AddressRules(0, PAGE - 1, -1), PAGE + 1, 0, 0));
        // The bits that are asked for count behind a boundary, too: from 1024 on there is room for 3072 bytes.
        assertEquals(8, blocks(new AddressRules(4095, PAGE - 1, -1), 3072, 4095, 1024));
        assertEquals(0, blocks(new AddressRules(4095, PAGE - 1, -1), 3136, 4095, 1024));
        // A boundary every 8 KiB, and 64 bytes into each 4 KiB: from 4160 on the rest of the 8 KiB does not do.
        final AddressRules wide = new AddressRules(4095, 2 * PAGE - 1, -1);
        assertEquals(4, blocks(wide, 2 * PAGE - 64, 4095, 64));
        // Each of the pool's two extents of 16 KiB has to leave its first and its last page if it begins between two.
        assertEquals(2, blocks(wide, 2 * PAGE - 64, 4095, 64, 0x1_1000));
    }

    @Test
    void shouldPutNoBlockBeyondTheAddressMask()
    {
        // Of the pool's eight pages two are below 128 KiB, or all are.
        assertEquals(2, blocks(new AddressRules(0, -1, 0x1_ffff), PAGE, 0, 0, 0x1_e000));
        assertEquals(8, blocks(new AddressRules(0, -1, 0x1_ffff), PAGE, 0, 0, 0x1_8000));
    }

    private static int blocks(final AddressRules rules, final int length, final int alignMask, final long low)
    {
        return blocks(rules, length, alignMask, low, 0x1_0000);
    }

    /** How many blocks a pool of 32 KiB at some bus address has for a device, each of them as the device needs it. */
    private static int blocks(
        final AddressRules rules, final int length, final int alignMask, final long low, final long base)
    {
        try (Fd memory = ScatteredWindow.memory();
            Window window = MemfdWindow.map(
                "window", memory, ScatteredWindow.inFirstVm(), BusAddressing.basePlusOffset(base));
            BouncePool pool = new BouncePool("pool", window, 0, 8 * PAGE);
            PoolClient client = pool.open("device", ClientLimits.NONE, rules))
        {
            final List<Long> blocks = new ArrayList<>();
            long block = client.allocate(length, alignMask, low);
            while (block >= 0)
            {
                blocks.add(block);
                final long bus = client.busAddress(block);
                assertEquals(low, bus & alignMask, () -> "bus=0x" + Long.toHexString(bus));
                assertTrue(rules.allow(bus, length), () -> "bus=0x" + Long.toHexString(bus));
                block = client.allocate(length, alignMask, low);
            }
            blocks.forEach(client::free);
            return blocks.size();
        }
    }

    private static void refused(
        final String part, final int minAlignMask, final long boundaryMask, final long addressMask)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new AddressRules(minAlignMask, boundaryMask, addressMask));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
