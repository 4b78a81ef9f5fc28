/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A register page in plain memory does what registers with traps do.
 */
final class RegisterPageTest
{
    private final Bench bench = new Bench();

    @AfterEach
    void close()
    {
        bench.close();
    }

    @Test
    void shouldShowAFreshDevice()
    {
        assertEquals("""
            000: 76 69 72 74 02 00 00 00 04 00 00 00 42 44 4d 41
            010: 08 00 00 b0 00 00 00 00 00 00 00 00 00 00 00 00
            030: 00 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00
            0b0: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
            100: 10 11 12 13 14 15 16 17 18 19 1a 1b 1c fd 00 00
            """, new PageLink(bench).dump());
    }

    @Test
    void shouldShowADeviceThatADriverHasStarted()
    {
        final PageLink link = new PageLink(bench);
        try (VirtioDriver driver = bench.open(link.transport))
        {
            driver.enableQueue(0, 8, 0);
            driver.start();
            // The last word of features was selected; the last write was 0x0f to Status.
            assertEquals("""
                000: 76 69 72 74 02 00 00 00 04 00 00 00 42 44 4d 41
                010: 00 00 00 80 00 00 00 00 00 00 00 00 00 00 00 00
                030: 00 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00
                040: 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
                070: 0f 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
                0b0: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
                100: 10 11 12 13 14 15 16 17 18 19 1a 1b 1c fd 00 00
                f00: 00 00 00 00 0f 00 00 00 00 00 00 00 00 00 00 00
                """, link.dump());
        }
    }

    @Test
    void shouldGiveTheSameDeviceStateAsDirectAccess()
    {
        try (Bench other = new Bench();
            VirtioDriver direct = other.open(new MmioTransport(
                other.registers, new RegisterNotifications(other.registers), Bench.waiting()));
            VirtioDriver paged = bench.open(new PageLink(bench).transport))
        {
            final DriverRing directRing = direct.enableQueue(0, 8, 0);
            final DriverRing pagedRing = paged.enableQueue(0, 8, 0);
            direct.start();
            paged.start();
            assertEquals(Features.of(3, 32, 33), bench.device.activated);
            assertEquals(other.device.activated, bench.device.activated);
            assertEquals(directRing.areas().descAddress(), pagedRing.areas().descAddress());
            assertArrayEquals(snapshot(other.registers), snapshot(bench.registers));
            other.echo(directRing);
            bench.echo(pagedRing);
            assertEquals(direct.readConfig(4, 8), paged.readConfig(4, 8));
        }
        assertEquals(0, bench.controller.status());
    }

    @Test
    void shouldReadWhatTheRegistersReadInEveryWidth()
    {
        final PageLink link = new PageLink(bench);
        for (int offset = 0; offset < 0x10c; offset += 4)
        {
            assertEquals(bench.registers.read32(offset), link.ops.read32(offset), "offset=" + offset);
        }
        assertEquals(0xfd1c, link.ops.read16(0x10c));
        assertEquals(0xfd, link.ops.read8(0x10d));
        assertEquals(0, link.doorbell.clear());
    }

    @Test
    void shouldWriteInEveryWidthAndRingOncePerWrite()
    {
        final PageLink link = new PageLink(bench);
        link.ops.write32(0x108, 0x44332211);
        link.ops.write16(0x10c, 0xbeef);
        link.ops.write8(0x10d, 0x177);
        assertEquals(0x44332211, link.ops.read32(0x108));
        assertEquals(0x77ef, link.ops.read16(0x10c));
        assertEquals(0x77, bench.device.config[13]);
        assertEquals(3, link.doorbell.clear());
    }

    @ParameterizedTest(name = "offset {0} width {1}")
    @CsvSource({"3840, 4", "3840, 1", "3839, 2", "3837, 4", "-1, 1", "-4, 4", "4096, 4", "2147483647, 4"})
    void shouldRefuseWritesOutsideTheMap(final int offset, final int width)
    {
        final PageLink link = new PageLink(bench);
        assertThrows(IndexOutOfBoundsException.class, () -> write(link.ops, offset, width));
        assertEquals(0, link.doorbell.clear());
        assertEquals(0, link.server.doWork());
    }

    @Test
    void shouldShowStatusAndConfigurationThatTheDeviceChangedByItself()
    {
        final PageLink link = new PageLink(bench);
        bench.device.config[0] = 0x77;
        bench.controller.configChanged();
        assertEquals(0x10, link.ops.read8(0x100));
        assertEquals(0, link.ops.read32(0x060));
        assertEquals(0, link.server.doWork());
        assertEquals(0x77, link.ops.read8(0x100));
        assertEquals(2, link.ops.read32(0x060));
        assertEquals(2, link.ops.read32(0x0fc));

        try (VirtioDriver driver = bench.open(link.transport))
        {
            final DriverRing ring = driver.enableQueue(0, 8, 0);
            driver.start();
            bench.echo(ring);
            link.server.doWork();
            assertEquals(1, link.transport.takeInterrupts());
            assertEquals(0, link.ops.read32(0x060));

            // The ring dies: DEVICE_NEEDS_RESET, and the queue is not ready any more.
            bench.region.memory(ring.areas().driverAddress(), 4).set(ValueLayout.JAVA_SHORT, 2, (short)99);
            bench.controller.doWork();
            assertEquals(0x0f, link.ops.read32(0x070));
            link.server.doWork();
            assertEquals(0x4f, link.ops.read32(0x070));
            assertEquals(0, link.ops.read32(0x044));
            assertEquals(2, link.transport.takeInterrupts());
        }
    }

    @Test
    void shouldMarkTheGenerationOddWhileTheConfigurationIsWritten()
    {
        final PageLink link = new PageLink(bench);
        final int[] seen = {0};
        bench.device.onReadConfig = () ->
        {
            seen[0]++;
            assertEquals(2 * bench.controller.configGeneration() + 1, link.load32(0x0fc));
        };
        bench.controller.configChanged();
        link.server.doWork();
        assertEquals(TestDevice.CONFIG_LENGTH, seen[0]);
        assertEquals(2, link.load32(0x0fc));
        link.ops.write32(0x070, 1);
        assertEquals(2 * TestDevice.CONFIG_LENGTH, seen[0]);
        assertEquals(2, link.load32(0x0fc));
    }

    @Test
    void shouldWaitForAnEvenGenerationWhenReadingIt()
    {
        final PageLink link = new PageLink(bench);
        link.store32(0x0fc, 5);
        final int[] waits = {0};
        link.whileWaiting(() -> link.store32(0x0fc, 3 == ++waits[0] ? 6 : 5));
        assertEquals(6, link.ops.read32(0x0fc));
        assertEquals(3, waits[0]);
    }

    @Test
    void shouldNeverReadALongFieldTorn()
    {
        final PageLink link = new PageLink(bench);
        // The device's side is halfway: generation odd, one half new.
        link.store32(0x0fc, 1);
        link.store32(0x100, 0xaaaa_aaaa);
        link.whileWaiting(() ->
        {
            link.store32(0x104, 0xaaaa_aaaa);
            link.store32(0x0fc, 2);
        });
        assertEquals(0xaaaa_aaaa_aaaa_aaaaL, link.transport.readConfig(0, 8));
    }

    @Test
    void shouldRefusePageThatIsTooShort()
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new RegisterPageServer(bench.page().asSlice(0, 4095), bench.registers));
        assertTrue(e.getMessage().contains("length=4095, required=4096"), e.getMessage());
    }

    private static void write(final MmioOps ops, final int offset, final int width)
    {
        switch (width)
        {
            case 1 -> ops.write8(offset, 0);
            case 2 -> ops.write16(offset, 0);
            default -> ops.write32(offset, 0);
        }
    }

    private static int[] snapshot(final MmioDevice registers)
    {
        return IntStream.range(0, 0x110 / 4).map((i) -> registers.read32(4 * i)).toArray();
    }
}
