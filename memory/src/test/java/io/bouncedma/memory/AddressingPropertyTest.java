/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every addressing against a model that has a list of the pages and reckons in numbers without an end, and against what
 * other implementations make of an address.
 */
class AddressingPropertyTest
{
    private static final int SEEDS = 200;
    private static final int PROBES = 100;
    private static final int PAGE = Extent.ALIGNMENT;
    private static final BigInteger PAGES = BigInteger.valueOf(PAGE);
    private static final BigInteger END = BigInteger.ONE.shiftLeft(Long.SIZE);

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldNameBytesAsTheModelDoes(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Extent> extents = extents(random);
        final ExtentTable table = new ExtentTable(extents);
        final long base = random.nextLong() & -PAGE & ~(0xffL << 56) | (long)random.nextInt(0xff) << 56;
        final int area = random.nextInt(1 << 16);
        final int reference = random.nextInt(Integer.MIN_VALUE, -PAGE);
        require(random, table, BusAddressing.offset(), (page) -> BigInteger.valueOf(page));
        require(random, table, BusAddressing.basePlusOffset(base),
            (page) -> unsigned(base).divide(PAGES).add(BigInteger.valueOf(page)));
        require(random, table, BusAddressing.area(area),
            (page) -> BigInteger.valueOf(area).shiftLeft(36).add(BigInteger.valueOf(page)));
        require(random, table, BusAddressing.grants(reference), (page) -> BigInteger.ONE.shiftLeft(51)
            .add(BigInteger.valueOf(Integer.toUnsignedLong(reference))).add(BigInteger.valueOf(page)));
        require(random, table, BusAddressing.identity(), (page) ->
        {
            final Extent extent = of(extents, page * PAGE);
            return BigInteger.valueOf((extent.paddr() + page * PAGE - extent.offset()) / PAGE);
        });
    }

    /** The place of a window's page on the bus. */
    @FunctionalInterface
    private interface Model
    {
        BigInteger busPage(long page);
    }

    private static void require(
        final SplittableRandom random, final ExtentTable table, final BusAddressing addressing, final Model model)
    {
        addressing.requireNames(table);
        final long pages = table.length() / PAGE;
        final Map<BigInteger, Long> byBus = new HashMap<>();
        for (long page = 0; page < pages; page++)
        {
            byBus.put(model.busPage(page), page);
        }
        for (int i = 0; i < PROBES; i++)
        {
            final long offset = random.nextLong(-2L * PAGE, table.length() + 2 * PAGE);
            final long bus = addressing.toBus(table, offset);
            if (offset < 0 || offset >= table.length())
            {
                assertEquals(ExtentTable.NOT_FOUND, bus);
                continue;
            }
            assertEquals(model.busPage(offset / PAGE).multiply(PAGES).add(BigInteger.valueOf(offset % PAGE)),
                unsigned(bus), addressing::toString);
            requireFound(table, addressing, byBus, model, bus);
        }
        final List<Long> edges = new ArrayList<>(List.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE));
        for (final BigInteger page : byBus.keySet())
        {
            final long bus = page.multiply(PAGES).longValue();
            edges.addAll(List.of(bus - 1, bus, bus + PAGE - 1, bus + PAGE, bus ^ Long.MIN_VALUE));
        }
        edges.forEach((bus) -> requireFound(table, addressing, byBus, model, bus));
        random.longs(PROBES).forEach((bus) -> requireFound(table, addressing, byBus, model, bus));
    }

    private static void requireFound(
        final ExtentTable table,
        final BusAddressing addressing,
        final Map<BigInteger, Long> byBus,
        final Model model,
        final long bus)
    {
        final BigInteger at = unsigned(bus);
        final Long page = byBus.get(at.divide(PAGES));
        final long inPage = at.mod(PAGES).longValue();
        if (null == page)
        {
            assertEquals(ExtentTable.NOT_FOUND, addressing.toOffset(table, bus), addressing::toString);
            assertEquals(0, addressing.run(table, bus), addressing::toString);
            return;
        }
        assertEquals(page * PAGE + inPage, addressing.toOffset(table, bus), addressing::toString);
        long end = page + 1;
        while (end < table.length() / PAGE && model.busPage(end).equals(model.busPage(end - 1).add(BigInteger.ONE)) &&
            (addressing != BusAddressing.identity() || of(table.extents(), end * PAGE).offset() != end * PAGE))
        {
            end++;
        }
        assertEquals((end - page) * PAGE - inPage, addressing.run(table, bus), addressing::toString);
    }

    /** virtio-msg over FF-A: area id << 48 | offset. Linux, grant_to_dma(): 1 << 63 | reference << 12. */
    @ParameterizedTest
    @CsvSource({
        "area, 5, 0x1234, 0x0005000000001234",
        "area, 0, 0x1234, 0x0000000000001234",
        "area, 65535, 0x10, 0xffff000000000010",
        "grants, 0x123, 0x456, 0x8000000000123456",
        "grants, 8, 0x3abc, 0x800000000000babc",
        "grants, 0xfffff000, 0x7fff, 0x80000fffff007fff",
        "base, 0x80000000, 0x1000, 0x0000000080001000",
        "base, -0x10000, 0x1fff, 0xffffffffffff1fff",
        "offset, 0, 0x1fff, 0x0000000000001fff"})
    void shouldMakeTheAddressesOfOthers(final String kind, final String number, final String offset, final String bus)
    {
        final ExtentTable table = new ExtentTable(List.of(new Extent(0, 0, 8L * PAGE)));
        final long value = Long.decode(number);
        final BusAddressing addressing = switch (kind)
        {
            case "area" -> BusAddressing.area((int)value);
            case "grants" -> BusAddressing.grants((int)value);
            case "base" -> BusAddressing.basePlusOffset(value);
            default -> BusAddressing.offset();
        };
        final long expected = Long.parseUnsignedLong(bus.substring(2), 16);
        assertEquals(expected, addressing.toBus(table, Long.decode(offset)));
        assertEquals(Long.decode(offset), addressing.toOffset(table, expected));
    }

    /** The most bytes that can be named, in pages, and one more. */
    @ParameterizedTest
    @CsvSource({
        "area, 1, 0x1000000000",
        "area, 65535, 0xfffffffff",
        "grants, 0, 0x100000000",
        "grants, 0xffffffff, 1",
        "grants, 0x80000000, 0x80000000",
        "base, -0x2000, 1",
        "base, -0x4000000000000000, 0x3ffffffffffff"})
    void shouldRefuseAWindowThatItCanNotNameToItsEnd(final String kind, final String number, final String most)
    {
        final long value = Long.decode(number);
        final BusAddressing addressing = switch (kind)
        {
            case "area" -> BusAddressing.area((int)value);
            case "grants" -> BusAddressing.grants((int)value);
            default -> BusAddressing.basePlusOffset(value);
        };
        final long pages = Long.decode(most);
        final ExtentTable fits = new ExtentTable(List.of(new Extent(0, 0, pages * PAGE)));
        assertDoesNotThrow(() -> new WindowUsers("window", fits, addressing));
        assertEquals(pages * PAGE - 1, addressing.toOffset(fits, addressing.toBus(fits, pages * PAGE - 1)));
        final ExtentTable longer = new ExtentTable(List.of(new Extent(0, 0, (pages + 1) * PAGE)));
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> new WindowUsers("window", longer, addressing));
        assertTrue(e.getMessage().contains("maximum=" + pages * PAGE), e.getMessage());
    }

    @Test
    void shouldRefuseWhatIsNoParameter()
    {
        assertThrows(IllegalArgumentException.class, () -> BusAddressing.area(-1));
        assertThrows(IllegalArgumentException.class, () -> BusAddressing.area(1 << 16));
        assertThrows(IllegalArgumentException.class, () -> BusAddressing.basePlusOffset(1));
        assertThrows(IllegalArgumentException.class, () -> BusAddressing.basePlusOffset(-1));
        // The last page on the bus has the address of all ones, which is none.
        assertThrows(IllegalArgumentException.class, () -> BusAddressing.basePlusOffset(-PAGE).requireNames(
            new ExtentTable(List.of(new Extent(0, 0, PAGE)))));
    }

    /** Offsets follow each other; paddrs go down, with gaps of zero pages and more. */
    private static List<Extent> extents(final SplittableRandom random)
    {
        final List<Extent> extents = new ArrayList<>();
        long offset = 0;
        long paddr = (1L << random.nextInt(33, 52)) + (long)random.nextInt(1 << 16) * PAGE;
        for (int i = random.nextInt(1, 6); i > 0; i--)
        {
            final long length = random.nextLong(1, 7) * PAGE;
            paddr -= length + random.nextLong(3) * PAGE;
            extents.add(new Extent(offset, paddr, length));
            offset += length;
        }
        return extents;
    }

    private static Extent of(final List<Extent> extents, final long offset)
    {
        return extents.stream()
            .filter((extent) -> offset >= extent.offset() && offset < extent.offset() + extent.length())
            .findFirst().orElseThrow();
    }

    private static BigInteger unsigned(final long value)
    {
        final BigInteger signed = BigInteger.valueOf(value);
        return signed.signum() < 0 ? signed.add(END) : signed;
    }
}
