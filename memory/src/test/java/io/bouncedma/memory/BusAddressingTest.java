/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The bus address of the first and the last byte by each kind of addressing, what is beside them, and the longest
 * window that each can name. Windows of any length are only tables here.
 */
class BusAddressingTest
{
    private static final long PAGE = Extent.ALIGNMENT;
    private static final long PADDR = 0x5000_0000L;

    @Test
    void shouldNameBytesByTheirOffsets()
    {
        names(BusAddressing.offset(), 0, "offset");
        names(BusAddressing.basePlusOffset(0x7_0000_0000L), 0x7_0000_0000L, "offset+0x700000000");
        // Unsigned: a base may have its highest bit set.
        names(BusAddressing.basePlusOffset(-4 * PAGE), -4 * PAGE, "offset+0xffffffffffffc000");
        names(BusAddressing.identity(), PADDR, "identity");
    }

    @Test
    void shouldNameBytesOfAnArea()
    {
        names(BusAddressing.area(0), 0, "area 0");
        names(BusAddressing.area(1), 0x0001_0000_0000_0000L, "area 1");
        names(BusAddressing.area(0xffff), 0xffff_0000_0000_0000L, "area 65535");
        said("area must be 0 to 65535: area=-1", () -> BusAddressing.area(-1));
        said("area must be 0 to 65535: area=65536", () -> BusAddressing.area(0x1_0000));
    }

    @Test
    void shouldNameBytesOfGrants()
    {
        names(BusAddressing.grants(0), 0x8000_0000_0000_0000L, "grants from 0");
        names(BusAddressing.grants(0x1234), 0x8000_0000_0123_4000L, "grants from 4660");
        // Unsigned: Xen's references have 32 bits.
        names(BusAddressing.grants(-4), 0x8000_0fff_ffff_c000L, "grants from 4294967292");
    }

    @Test
    void shouldSayHowLongAWindowMayBe()
    {
        longest(BusAddressing.offset(), Long.MAX_VALUE & -PAGE);
        longest(BusAddressing.identity(), Long.MAX_VALUE & -PAGE);
        longest(BusAddressing.area(1), 1L << 48);
        longest(BusAddressing.grants(0), 1L << 44);
        longest(BusAddressing.grants(-1), PAGE);
        // The last page on the bus has the address that is none.
        longest(BusAddressing.area(0xffff), (1L << 48) - PAGE);
        longest(BusAddressing.basePlusOffset(-4 * PAGE), 3 * PAGE);
        longest(BusAddressing.basePlusOffset(PAGE), Long.MAX_VALUE & -PAGE);
    }

    @Test
    void shouldRefuseABaseWithinAPage()
    {
        said("base must be a multiple of 4096: base=0x1008", () -> BusAddressing.basePlusOffset(0x1008));
        said("base must be a multiple of 4096: base=0x1", () -> BusAddressing.basePlusOffset(1));
    }

    private static void names(final BusAddressing addressing, final long first, final String words)
    {
        final ExtentTable table = table(3 * PAGE);
        final long last = 3 * PAGE - 1;
        assertEquals(words, addressing.toString());
        addressing.requireNames(table);
        for (final long offset : new long[] {0, 1, PAGE, last})
        {
            assertEquals(first + offset, addressing.toBus(table, offset), words);
            assertEquals(offset, addressing.toOffset(table, first + offset), words);
            assertEquals(3 * PAGE - offset, addressing.run(table, first + offset), words);
        }
        for (final long beside : new long[] {-1, last + 1, Long.MIN_VALUE})
        {
            assertEquals(ExtentTable.NOT_FOUND, addressing.toBus(table, beside), words);
            assertEquals(ExtentTable.NOT_FOUND, addressing.toOffset(table, first + beside), words);
            assertEquals(0, addressing.run(table, first + beside), words);
        }
    }

    private static void longest(final BusAddressing addressing, final long length)
    {
        addressing.requireNames(table(length));
        if (length <= Long.MAX_VALUE - 2 * PAGE)
        {
            said("window is longer than its addressing can name: addressing=" + addressing + ", length=" +
                (length + PAGE) + ", maximum=" + length, () -> addressing.requireNames(table(length + PAGE)));
        }
    }

    private static ExtentTable table(final long length)
    {
        // At the start of the address space if it is as long as that.
        return new ExtentTable(List.of(new Extent(0, length > Long.MAX_VALUE - PADDR - PAGE ? 0 : PADDR, length)));
    }

    private static void said(final String words, final Runnable misuse)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, misuse::run);
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }
}
