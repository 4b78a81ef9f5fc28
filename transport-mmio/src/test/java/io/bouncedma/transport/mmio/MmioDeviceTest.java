/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.VirtioTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The register map that the device shows: every row of virtio 1.4, section 4.2.2, every hole and every wrong access.
 */
final class MmioDeviceTest
{
    private static final Map<String, Integer> FRESH = Map.ofEntries(
        Map.entry("MagicValue", 0x74726976),
        Map.entry("Version", 2),
        Map.entry("DeviceID", TestDevice.TYPE),
        Map.entry("VendorID", 0x414d4442),
        Map.entry("DeviceFeatures", 0xb000_0008),
        Map.entry("QueueSizeMax", 8),
        Map.entry("QueueReady", 0),
        Map.entry("InterruptStatus", 0),
        Map.entry("Status", 0),
        // All ones: there is no shared memory region.
        Map.entry("SHMLenLow", -1),
        Map.entry("SHMLenHigh", -1),
        Map.entry("SHMBaseLow", -1),
        Map.entry("SHMBaseHigh", -1),
        Map.entry("QueueReset", 0),
        Map.entry("ConfigGeneration", 0));

    private final Bench bench = new Bench();
    private final MmioDevice registers = bench.registers;

    @AfterEach
    void close()
    {
        bench.close();
    }

    static Stream<Arguments> rows()
    {
        return RegisterTable.ROWS.entrySet().stream().map((e) -> Arguments.of(e.getKey(), e.getValue()));
    }

    static IntStream holes()
    {
        return IntStream.range(0, 0x100 / 4).map((i) -> 4 * i).filter((i) -> !RegisterTable.ROWS.containsKey(i));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("rows")
    void shouldReadRegister(final int offset, final RegisterTable.Row row)
    {
        assertEquals(row.isReadable() ? FRESH.get(row.name()) : 0, registers.read32(offset));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("rows")
    void shouldIgnoreWritesToReadOnlyAndReadWriteOnlyAsZero(final int offset, final RegisterTable.Row row)
    {
        final int[] before = snapshot();
        registers.write32(offset, 0x5555_5555);
        if (!row.isWritable())
        {
            assertArrayEquals(before, snapshot());
        }
        if (!row.isReadable())
        {
            assertEquals(0, registers.read32(offset));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("holes")
    void shouldReadHolesAsZeroAndIgnoreWrites(final int offset)
    {
        final int[] before = snapshot();
        assertEquals(0, registers.read32(offset));
        registers.write32(offset, -1);
        assertArrayEquals(before, snapshot());
        assertEquals(0, registers.read32(offset));
    }

    @Test
    void shouldIgnoreWrongWidthsAndMisalignedAccessesToRegisters()
    {
        bench.controller.configChanged();
        final int[] before = snapshot();
        for (int offset = 0; offset < 0x100; offset++)
        {
            assertEquals(0, registers.read8(offset), "offset=" + offset);
            assertEquals(0, registers.read16(offset), "offset=" + offset);
            registers.write8(offset, 0xff);
            registers.write16(offset, 0xffff);
            if (0 != offset % 4)
            {
                assertEquals(0, registers.read32(offset), "offset=" + offset);
                registers.write32(offset, -1);
            }
        }
        assertArrayEquals(before, snapshot());
    }

    @ParameterizedTest(name = "selector {0}")
    @CsvSource({"0, b0000008", "1, 15f", "2, 40", "3, 80000000", "4, 0", "2147483647, 0", "-2147483648, 0", "-1, 0"})
    void shouldSelectDeviceFeatures(final int selector, final String expected)
    {
        registers.write32(0x014, selector);
        assertEquals(HexFormat.fromHexDigits(expected), registers.read32(0x010));
    }

    @Test
    void shouldTakeDriverFeaturesBySelector()
    {
        final int[] words = {8, 3, 0x40, 0x8000_0000};
        for (int i = 3; i >= 0; i--)
        {
            registers.write32(0x024, i);
            registers.write32(0x020, words[i]);
        }
        registers.write32(0x070, 0x0b);
        registers.write32(0x070, 0x0f);
        assertEquals("{3,VERSION_1,ACCESS_PLATFORM,70,127}", bench.device.activated.toString());
    }

    @ParameterizedTest(name = "queue {0}")
    @CsvSource({"0, 8", "1, 4", "2, 0", "65536, 0", "2147483647, 0", "-2147483648, 0", "-1, 0"})
    void shouldSelectQueue(final int queue, final int sizeMax)
    {
        registers.write32(0x030, queue);
        assertEquals(sizeMax, registers.read32(0x034));
        assertEquals(0, registers.read32(0x044));
        // Writes to a queue that does not exist go nowhere.
        negotiate();
        setUp(4, 0x9000);
        registers.write32(0x044, 1);
        assertEquals(sizeMax > 0 ? 1 : 0, registers.read32(0x044));
        for (int i = 0; i < 2; i++)
        {
            assertEquals(i == queue, bench.controller.queue(i).isReady());
        }
    }

    @Test
    void shouldBankQueueRegisters()
    {
        negotiate();
        registers.write32(0x030, 0);
        setUp(8, 0x9000);
        registers.write32(0x030, 1);
        setUp(2, 0xa000);
        registers.write32(0x044, 1);
        registers.write32(0x030, 0);
        assertEquals(0, registers.read32(0x044));
        registers.write32(0x044, 1);
        assertEquals(1, registers.read32(0x044));
        registers.write32(0x030, 1);
        assertEquals(1, registers.read32(0x044));
        registers.write32(0x044, 0);
        assertEquals(0, registers.read32(0x044));
        registers.write32(0x030, 0);
        assertEquals(1, registers.read32(0x044));
        // What is enabled can not be changed, so it is as it was when it is enabled again.
        setUp(0, 0);
        registers.write32(0x044, 0);
        registers.write32(0x044, 1);
        assertEquals(1, registers.read32(0x044));
        registers.write32(0x070, 0);
        assertEquals(0, registers.read32(0x044));
    }

    @ParameterizedTest(name = "ready {0}")
    @ValueSource(ints = {1, 3, -1})
    void shouldHeedBit0OfQueueReady(final int value)
    {
        negotiate();
        setUp(8, 0x9000);
        registers.write32(0x044, value);
        assertEquals(1, registers.read32(0x044));
        registers.write32(0x044, value & ~1);
        assertEquals(0, registers.read32(0x044));
    }

    @Test
    void shouldKeepInterruptsUntilAcknowledged()
    {
        bench.controller.configChanged();
        assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, registers.read32(0x060));
        assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, registers.read32(0x060));
        registers.write32(0x064, 1);
        assertEquals(2, registers.read32(0x060));
        registers.write32(0x064, 0xffff_fff2);
        assertEquals(0, registers.read32(0x060));
        assertEquals(1, registers.read32(0x0fc));
    }

    @Test
    void shouldReadConfigurationInEveryWidth()
    {
        assertEquals(0x10e, registers.length());
        assertEquals(0x10, registers.read8(0x100));
        assertEquals(0xfd, registers.read8(0x10d));
        assertEquals(0x1312, registers.read16(0x102));
        assertEquals(0xfd1c, registers.read16(0x10c));
        assertEquals(0x13121110, registers.read32(0x100));
        assertEquals(0x1b1a1918, registers.read32(0x108));
    }

    @Test
    void shouldWriteConfigurationInEveryWidthWhereTheDeviceLetsIt()
    {
        registers.write32(0x104, 0xaabbccdd);
        registers.write8(0x100, 0xff);
        registers.write32(0x108, 0x44332211);
        registers.write16(0x10c, 0xbeef);
        registers.write8(0x10d, 0x177);
        assertEquals("101112131415161711223344ef77", HexFormat.of().formatHex(bench.device.config));
    }

    @ParameterizedTest(name = "offset {0} width {1}")
    @CsvSource({
        "0x10e, 1", "0x10e, 2", "0x10c, 4", "0x10d, 2", "0x101, 2", "0x101, 4", "0x102, 4", "0x1000, 4",
        "0x7ffffffc, 4", "0x7fffffff, 1", "0x80000000, 4", "0xfffffffc, 4",
        "0xffffffff, 1", "0xfffffffe, 2", "0x0fe, 4", "0x0ff, 2",
    })
    void shouldReadZeroAndWriteNothingOutsideTheConfiguration(final String offset, final int width)
    {
        final byte[] before = bench.device.config.clone();
        final int at = (int)(long)Long.decode(offset);
        switch (width)
        {
            case 1 ->
            {
                assertEquals(0, registers.read8(at));
                registers.write8(at, -1);
            }
            case 2 ->
            {
                assertEquals(0, registers.read16(at));
                registers.write16(at, -1);
            }
            default ->
            {
                assertEquals(0, registers.read32(at));
                registers.write32(at, -1);
            }
        }
        assertArrayEquals(before, bench.device.config);
    }

    private void negotiate()
    {
        registers.write32(0x024, 1);
        registers.write32(0x020, 3);
        registers.write32(0x070, 0x0b);
        assertEquals(0x0b, registers.read32(0x070));
    }

    private void setUp(final int size, final int memory)
    {
        registers.write32(0x038, size);
        registers.write32(0x080, memory);
        registers.write32(0x084, 0);
        registers.write32(0x090, 0 == memory ? 0 : memory + 0x100);
        registers.write32(0x094, 0);
        registers.write32(0x0a0, 0 == memory ? 0 : memory + 0x200);
        registers.write32(0x0a4, 0);
    }

    private int[] snapshot()
    {
        return IntStream.range(0, 0x110 / 4).map((i) -> registers.read32(4 * i)).toArray();
    }
}
