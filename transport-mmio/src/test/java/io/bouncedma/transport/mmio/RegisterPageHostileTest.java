/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A register page whose other side is gone, silent or mad.
 */
final class RegisterPageHostileTest
{
    private static final int STEPS = 100_000;

    private final Bench bench = new Bench();

    @AfterEach
    void close()
    {
        bench.close();
    }

    @Test
    void shouldGiveUpOnAServerThatDoesNotAnswer()
    {
        final PageLink link = new PageLink(bench, PeerMonitor.ALWAYS_PRESENT, 1);
        link.whileWaiting(() ->
        {
        });
        final TimeLimitException e =
            assertThrows(TimeLimitException.class, () -> link.ops.write32(MmioRegisters.STATUS, 1));
        assertEquals("no answer to a register write at offset 0x70 within 1 ms", e.getMessage());
        final TimeLimitException next =
            assertThrows(TimeLimitException.class, () -> link.ops.write32(MmioRegisters.STATUS, 3));
        assertEquals("no end of the write before at offset 0x70 within 1 ms", next.getMessage());
        assertThrows(TimeLimitException.class, () -> bench.open(link.transport));
    }

    @Test
    void shouldGoOnWhenTheServerAnswersLate()
    {
        final PageLink link = new PageLink(bench, PeerMonitor.ALWAYS_PRESENT, 1);
        link.whileWaiting(() ->
        {
        });
        assertThrows(TimeLimitException.class, () -> link.ops.write32(MmioRegisters.STATUS, 1));
        assertEquals(1, link.server.doWork());
        assertEquals(1, link.ops.read32(MmioRegisters.STATUS));
        final PageLink patient = new PageLink(bench);
        patient.ops.write32(MmioRegisters.STATUS, 3);
        assertEquals(3, bench.controller.status());
    }

    @Test
    void shouldNoticeThatTheServerIsGone()
    {
        final boolean[] gone = {false};
        final PeerMonitor monitor = () ->
        {
            if (gone[0])
            {
                throw new PeerGoneException("back-end is gone");
            }
        };
        final PageLink link = new PageLink(bench, monitor, TestLimits.millis(60_000));
        final VirtioDriver driver = bench.open(link.transport);
        driver.enableQueue(0, 8, 0);
        gone[0] = true;
        assertThrows(PeerGoneException.class, driver::start);
        assertThrows(PeerGoneException.class, () -> link.ops.write8(0x108, 1));
        // Gives the ring's memory back: nobody is left to touch it.
        driver.close();
    }

    @Test
    void shouldNotHangOnAGenerationThatStaysOdd()
    {
        final PageLink link = new PageLink(bench, PeerMonitor.ALWAYS_PRESENT, 1);
        link.whileWaiting(() ->
        {
        });
        link.store32(MmioRegisters.CONFIG_GENERATION, 7);
        assertThrows(TimeLimitException.class, () -> link.ops.read32(MmioRegisters.CONFIG_GENERATION));
        assertThrows(TimeLimitException.class, () -> link.transport.readConfig(0, 8));
        assertEquals(0x13121110L, link.transport.readConfig(0, 4));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {61, 62, 63})
    void shouldSurviveGarbageInTheMailboxAndStayUsable(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final PageLink link = new PageLink(bench);
        int started = 0;
        int enabled = 0;
        for (int step = 0; step < STEPS; step++)
        {
            if (0 == step % 500)
            {
                // Blind garbage never gets past the features.
                negotiate(link);
            }
            link.store32(RegisterPage.VALUE_OFFSET, value(random));
            final int transaction = transaction(random);
            link.store32(RegisterPage.TRANSACTION_OFFSET, transaction);
            assertEquals(RegisterPage.IDLE == transaction ? 0 : 1, link.server.doWork());
            assertEquals(RegisterPage.IDLE, link.load32(RegisterPage.TRANSACTION_OFFSET));
            bench.controller.doWork();
            started += null != bench.device.activated ? 1 : 0;
            enabled += bench.controller.queue(0).isReady() ? 1 : 0;
        }
        assertTrue(started > STEPS / 100 && enabled > STEPS / 100,
            "the garbage never got far: started=" + started + ", enabled=" + enabled);
        useIt(link);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {71, 72})
    void shouldShowTheDeviceAgainAfterGarbageAllOverThePage(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final PageLink link = new PageLink(bench);
        for (int offset = 0; offset < RegisterPage.LENGTH; offset += 4)
        {
            link.store32(offset, random.nextInt());
        }
        link.server.doWork();
        useIt(link);
    }

    private static void negotiate(final PageLink link)
    {
        link.ops.write32(MmioRegisters.STATUS, 0);
        link.ops.write32(MmioRegisters.DRIVER_FEATURES_SEL, 1);
        link.ops.write32(MmioRegisters.DRIVER_FEATURES, 3);
        link.ops.write32(MmioRegisters.STATUS, 0x0b);
        // A place that nobody else uses; the garbage may enable it, move it or turn it off.
        link.ops.write32(MmioRegisters.QUEUE_SEL, 0);
        link.ops.write32(MmioRegisters.QUEUE_DESC_LOW, 0x8000);
        link.ops.write32(MmioRegisters.QUEUE_DRIVER_LOW, 0x8100);
        link.ops.write32(MmioRegisters.QUEUE_DEVICE_LOW, 0x8200);
    }

    private void useIt(final PageLink link)
    {
        try (VirtioDriver driver = bench.open(link.transport))
        {
            final DriverRing ring = driver.enableQueue(0, 8, 0);
            driver.enableQueue(1, 4, 0);
            driver.start();
            driver.requireWorking();
            bench.echo(ring);
            assertEquals(0x1716151413121110L, driver.readConfig(0, 8));
            assertEquals(Bench.WANTED.with(32).with(33), bench.device.activated);
        }
    }

    private static int value(final SplittableRandom random)
    {
        return switch (random.nextInt(5))
        {
            case 0 -> random.nextInt();
            case 1 -> 1 << random.nextInt(32);
            // Addresses that are inside the window.
            case 2 -> random.nextInt(Bench.LENGTH) & ~15;
            default -> random.nextInt(16);
        };
    }

    private static int transaction(final SplittableRandom random)
    {
        return switch (random.nextInt(4))
        {
            case 0 -> random.nextInt();
            case 1 -> RegisterPage.transaction(random.nextInt(0x120), random.nextInt(6));
            default -> RegisterPage.transaction(4 * random.nextInt(0x110 / 4), 4);
        };
    }
}
