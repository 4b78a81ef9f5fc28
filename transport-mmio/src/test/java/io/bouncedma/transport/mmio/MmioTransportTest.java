/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The driver's side of the registers against devices of every kind.
 */
final class MmioTransportTest
{
    private final Bench bench = new Bench();
    private final ScriptedMmioOps script = new ScriptedMmioOps()
        .answer(MmioRegisters.MAGIC_VALUE, MmioRegisters.MAGIC)
        .answer(MmioRegisters.VERSION, 2)
        .answer(MmioRegisters.DEVICE_ID, TestDevice.TYPE);
    private final MmioTransport scripted =
        new MmioTransport(script, new RegisterNotifications(script), Bench.waiting());
    private final MmioTransport direct = new MmioTransport(
        bench.registers, new RegisterNotifications(bench.registers), Bench.waiting());

    private MmioTransport hasty()
    {
        return new MmioTransport(script, new RegisterNotifications(script), Bench.waiting(1));
    }

    @AfterEach
    void close()
    {
        bench.close();
    }

    @ParameterizedTest(name = "magic {0}")
    @CsvSource({"0, 0x0", "-1, 0xffffffff", "1953655159, 0x74726977"})
    void shouldTouchNothingMoreAfterWrongMagic(final int magic, final String text)
    {
        script.answer(MmioRegisters.MAGIC_VALUE, magic);
        final VirtioException e = assertThrows(VirtioException.class, () -> bench.open(scripted));
        assertTrue(e.getMessage().contains("MagicValue=" + text + ", expected=0x74726976"), e.getMessage());
        assertEquals(List.of("R 0x0"), script.accesses);
    }

    @ParameterizedTest(name = "version {0}")
    @ValueSource(ints = {0, 1, 3, -1})
    void shouldTouchNothingMoreAfterWrongVersion(final int version)
    {
        script.answer(MmioRegisters.VERSION, version);
        final VirtioException e = assertThrows(VirtioException.class, () -> bench.open(scripted));
        assertTrue(e.getMessage().contains("Version=" + Integer.toUnsignedString(version) + ", expected=2"),
            e.getMessage());
        assertEquals(List.of("R 0x0", "R 0x4"), script.accesses);
    }

    @Test
    void shouldTouchNothingMoreAfterDeviceIdZero()
    {
        script.answer(MmioRegisters.DEVICE_ID, 0);
        assertEquals(0, scripted.probe());
        assertThrows(VirtioException.class, () -> bench.open(scripted));
        assertEquals(List.of("R 0x0", "R 0x4", "R 0x8", "R 0x0", "R 0x4", "R 0x8"), script.accesses);
    }

    @Test
    void shouldWaitUntilTheResetIsDone()
    {
        script.answer(MmioRegisters.STATUS, 0x0f, 0x0f, 0x4f, 0x40, 0);
        scripted.reset();
        assertEquals(List.of("W 0x70 0x0", "R 0x70", "R 0x70", "R 0x70", "R 0x70", "R 0x70", "R 0x60"),
            script.accesses);
    }

    @Test
    void shouldDropInterruptsFromBeforeTheReset()
    {
        script.answer(MmioRegisters.INTERRUPT_STATUS, 3);
        scripted.reset();
        assertEquals(List.of("W 0x70 0x0", "R 0x70", "R 0x60", "W 0x64 0x3"), script.accesses);
    }

    @Test
    void shouldGiveUpOnAResetThatNeverEnds()
    {
        script.answer(MmioRegisters.STATUS, 0x0f);
        final TimeLimitException e = assertThrows(TimeLimitException.class, hasty()::reset);
        assertEquals("no end of the device's reset within 1 ms", e.getMessage());
    }

    @Test
    void shouldNotResetByWritingTheStatus()
    {
        assertThrows(IllegalArgumentException.class, () -> scripted.status(DeviceStatus.RESET));
        assertEquals(List.of(), script.accesses);
    }

    @Test
    void shouldReadFieldsOfEveryWidthAsUnsigned()
    {
        assertEquals(0x10L, direct.readConfig(0, 1));
        assertEquals(0xfd1cL, direct.readConfig(12, 2));
        assertEquals(0x13121110L, direct.readConfig(0, 4));
        assertEquals(0x1716151413121110L, direct.readConfig(0, 8));
        bench.device.config[11] = (byte)0xff;
        assertEquals(0xff1a1918L, direct.readConfig(8, 4));
        assertEquals(0xff1a1918_17161514L, direct.readConfig(4, 8));
    }

    @Test
    void shouldWriteFieldsOfEveryWidth()
    {
        direct.writeConfig(12, 1, 0x1ab);
        direct.writeConfig(8, 4, 0x1_44332211L);
        assertEquals(0x44332211L, direct.readConfig(8, 4));
        assertEquals(0xabL, direct.readConfig(12, 1));
        direct.writeConfig(12, 2, 0x1cafeL);
        assertEquals(0xcafeL, direct.readConfig(12, 2));
        scripted.writeConfig(0, 8, 0x8877665544332211L);
        assertEquals(List.of("W 0x100 0x44332211", "W 0x104 0x88776655"), script.accesses);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 16, -1})
    void shouldRefuseOtherWidths(final int width)
    {
        assertThrows(IllegalArgumentException.class, () -> scripted.readConfig(0, width));
        assertThrows(IllegalArgumentException.class, () -> scripted.writeConfig(0, width, 0));
        assertEquals(List.of(), script.accesses);
    }

    @Test
    void shouldReadLongFieldAgainIfTheGenerationChangedInBetween()
    {
        script.answer(MmioRegisters.CONFIG_GENERATION, 6, 7, 7, 7);
        script.answer(0x100, 0xffff_ffff, 0);
        script.answer(0x104, 1, 1);
        // Torn, it would be 0x1ffffffff.
        assertEquals(0x1_0000_0000L, scripted.readConfig(0, 8));
        assertEquals(List.of(
            "R 0xfc", "R 0x100", "R 0x104", "R 0xfc", "R 0xfc", "R 0x100", "R 0x104", "R 0xfc"), script.accesses);
    }

    @Test
    void shouldGiveUpOnAConfigurationThatNeverStandsStill()
    {
        final int[] generation = {0};
        script.answer(MmioRegisters.CONFIG_GENERATION, () -> generation[0]++);
        final TimeLimitException e = assertThrows(TimeLimitException.class, () -> hasty().readConfig(0, 8));
        assertEquals("no stable configuration within 1 ms", e.getMessage());
    }

    @Test
    void shouldRefuseQueueThatIsInUse()
    {
        try (VirtioDriver driver = bench.open(direct))
        {
            driver.enableQueue(0, 8, 0);
            final VirtioException e = assertThrows(VirtioException.class, () -> driver.enableQueue(0, 8, 0));
            assertEquals("queue is in use already: queue=0", e.getMessage());
        }
    }

    @Test
    void shouldTellIfTheDeviceRefusesTheQueue()
    {
        script.answer(MmioRegisters.QUEUE_READY, 0);
        final VirtioException e =
            assertThrows(VirtioException.class, () -> scripted.enableQueue(1, 8, 0x1_2345_6780L, 2, 3));
        assertEquals("device refuses the queue: queue=1, size=8, descArea=0x123456780, driverArea=0x2, deviceArea=0x3",
            e.getMessage());
        assertTrue(script.accesses.containsAll(List.of("W 0x80 0x23456780", "W 0x84 0x1")));
    }

    @Test
    void shouldCountAccesses()
    {
        final CountingMmioOps ops = new CountingMmioOps(bench.registers);
        ops.read8(0x100);
        ops.read16(0x100);
        ops.write8(0x108, 1);
        ops.write16(0x10c, 2);
        ops.write32(0x070, 1);
        assertEquals(1, ops.read32(0x070));
        assertEquals(3, ops.reads());
        assertEquals(3, ops.writes());
        assertEquals(1, bench.device.config[8]);
        assertEquals(2, bench.device.config[12]);
    }
}
