/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The steps of virtio 1.4, section 3.1.1, in their order, and what ends them early.
 */
final class VirtioDriverTest
{
    private static final String AD = "write status ACKNOWLEDGE|DRIVER";

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RecordingTransport transport = new RecordingTransport();

    @AfterEach
    void close()
    {
        shared.close();
    }

    @Test
    void shouldTakeTheStepsInOrder()
    {
        try (VirtioDriver driver = open())
        {
            assertEquals(Features.of(3, 32, 33), driver.features());
            driver.enableQueue(0, 8, 0);
            driver.enableQueue(1, 4, 0);
            assertEquals(0xc0ffee, driver.readConfig(8, 4));
            driver.start();
        }
        assertEquals(List.of(
            "probe",
            "reset",
            "write status ACKNOWLEDGE",
            AD,
            "read features",
            "write features {3,VERSION_1,ACCESS_PLATFORM}",
            AD + "|FEATURES_OK",
            "read status",
            "size of queue 0",
            "enable queue 0 size 8 driver area +128 device area +192",
            "size of queue 1",
            "enable queue 1 size 4 driver area +64 device area +128",
            "read config 8 width 4",
            AD + "|DRIVER_OK|FEATURES_OK",
            "reset"), transport.calls);
    }

    @Test
    void shouldLeaveAnotherDeviceAlone()
    {
        transport.type = DeviceType.BLOCK;
        final VirtioException e = assertThrows(VirtioException.class, this::open);
        assertEquals("another device is there: type=2, expected=4", e.getMessage());
        assertEquals(List.of("probe"), transport.calls);
    }

    @ParameterizedTest(name = "without bit {0}")
    @ValueSource(ints = {FeatureBits.VERSION_1, FeatureBits.ACCESS_PLATFORM})
    void shouldFailIfTheDeviceLacksAMandatoryFeature(final int bit)
    {
        transport.offered = transport.offered.without(bit);
        final VirtioException e = assertThrows(VirtioException.class, this::open);
        assertTrue(e.getMessage().startsWith("device lacks mandatory features: offered="), e.getMessage());
        assertEquals(List.of("probe", "reset", "write status ACKNOWLEDGE", AD, "read features", AD + "|FAILED"),
            transport.calls);
    }

    @Test
    void shouldFailIfTheDeviceWithdrawsFeaturesOk()
    {
        transport.withheld = DeviceStatus.FEATURES_OK;
        final VirtioException e = assertThrows(VirtioException.class, this::open);
        assertTrue(e.getMessage().startsWith(
            "device refuses the features: accepted={3,VERSION_1,ACCESS_PLATFORM}"), e.getMessage());
        assertEquals(AD + "|FEATURES_OK|FAILED", transport.calls.getLast());
    }

    @ParameterizedTest(name = "maximum {0}")
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void shouldFailIfThereIsNoSuchQueue(final int sizeMax)
    {
        try (VirtioDriver driver = open())
        {
            transport.sizeMax = sizeMax;
            final VirtioException e = assertThrows(VirtioException.class, () -> driver.enableQueue(5, 8, 0));
            assertEquals("device has no such queue: queue=5", e.getMessage());
            assertEquals(AD + "|FEATURES_OK|FAILED", transport.calls.getLast());
        }
    }

    @ParameterizedTest(name = "wanted {0}, maximum {1}: {2}")
    @CsvSource({"8, 8, 8", "8, 256, 8", "64, 16, 16", "64, 17, 16", "64, 1, 1", "64, 63, 32", "1, 0x7fffffff, 1"})
    void shouldTakeAPowerOfTwoThatTheDeviceCanDo(final int wanted, final int sizeMax, final int expected)
    {
        try (VirtioDriver driver = open())
        {
            transport.sizeMax = sizeMax;
            assertEquals(expected, driver.enableQueue(0, wanted, 0).size());
            assertTrue(transport.calls.getLast().startsWith("enable queue 0 size " + expected + " "));
        }
    }

    /**
     * The memory of a ring that was refused must not stay taken: the leak check sees to that.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 3, -1, 65536})
    void shouldRefuseSizesThatNoRingHasAndTakeNoMemory(final int size)
    {
        try (VirtioDriver driver = open())
        {
            transport.sizeMax = 1 << 16;
            assertThrows(IllegalArgumentException.class, () -> driver.enableQueue(0, size, 0));
        }
    }

    @Test
    void shouldFailIfThePoolIsTooSmallForTheRing()
    {
        try (VirtioDriver driver = open())
        {
            transport.sizeMax = RingFormat.MAX_SIZE;
            final VirtioException e =
                assertThrows(VirtioException.class, () -> driver.enableQueue(0, RingFormat.MAX_SIZE, 0));
            assertTrue(e.getMessage().startsWith("no room for the ring: queue=0, size=32768, bytes=852038; "),
                e.getMessage());
            assertTrue(e.getMessage().contains("pool=test"), e.getMessage());
            assertEquals(AD + "|FEATURES_OK|FAILED", transport.calls.getLast());
        }
    }

    @Test
    void shouldTellWhenTheDeviceNeedsReset()
    {
        try (VirtioDriver driver = open())
        {
            driver.start();
            driver.requireWorking();
            transport.added = DeviceStatus.DEVICE_NEEDS_RESET;
            final VirtioException e = assertThrows(VirtioException.class, driver::requireWorking);
            assertTrue(e.getMessage().contains("FEATURES_OK|DEVICE_NEEDS_RESET, expected="), e.getMessage());
        }
    }

    @Test
    void shouldTellWhenTheDeviceForgotItsStatus()
    {
        try (VirtioDriver driver = open())
        {
            driver.start();
            transport.withheld = -1;
            final VirtioException e = assertThrows(VirtioException.class, driver::requireWorking);
            assertTrue(e.getMessage().contains("status=RESET, expected=ACKNOWLEDGE"), e.getMessage());
        }
    }

    @Test
    void shouldGiveRingsBackIfTheDeviceIsGone()
    {
        final VirtioDriver driver = open();
        driver.enableQueue(0, 8, 0);
        transport.answerToReset = new PeerGoneException("gone");
        driver.close();
        driver.close();
        assertEquals("reset", transport.calls.getLast());
    }

    /**
     * It may still write the rings: nobody else gets their memory.
     */
    @Test
    void shouldKeepRingsIfTheDeviceDoesNotAnswerTheReset()
    {
        final VirtioDriver driver = open();
        driver.enableQueue(0, 8, 0);
        transport.answerToReset = new TimeLimitException("no end of the device's reset within 1 ms");
        assertThrows(TimeLimitException.class, driver::close);
        assertThrows(IllegalStateException.class, shared.pool::close);
        assertThrows(TimeLimitException.class, driver::close);
        assertThrows(IllegalStateException.class, shared.pool::close);
        transport.answerToReset = null;
        driver.close();
        driver.close();
        assertEquals(0, shared.pool.usedBytes());
    }

    @Test
    void shouldLayARingAnewForADeviceThatTookThePlaceOfAnother()
    {
        final VirtioDriver driver = open();
        final DriverRing before = driver.enableQueue(1, 8, 0);
        before.add(new long[] {before.areas().descAddress()}, new int[] {64}, 1, 0, 7);
        before.publish();
        final long used = shared.pool.usedBytes();
        transport.calls.clear();
        final DriverRing ring = driver.restartQueue(1);
        assertEquals(List.of("size of queue 1", "enable queue 1 size 8 driver area +128 device area +192"),
            transport.calls);
        assertEquals(before.areas().descAddress(), ring.areas().descAddress());
        assertEquals(used, shared.pool.usedBytes());
        assertEquals(0, ring.inFlight());
        final int length = RingFormat.SPLIT.totalLength(8);
        assertArrayEquals(
            new byte[length], shared.bytes(shared.region.offsetOf(ring.areas().descAddress()), length));
        driver.close();
        assertEquals(0, shared.pool.usedBytes());
    }

    @Test
    void shouldNotLayARingAnewThatIsNoneOrThatTheNewDeviceCanNotHave()
    {
        try (VirtioDriver driver = open())
        {
            assertThrows(IllegalStateException.class, () -> driver.restartQueue(0));
            driver.enableQueue(0, 8, 0);
            transport.sizeMax = 4;
            final VirtioException e = assertThrows(VirtioException.class, () -> driver.restartQueue(0));
            assertEquals("device that took the place of another has a smaller queue: queue=0, size=4, before=8",
                e.getMessage());
            assertEquals(AD + "|FEATURES_OK|FAILED", transport.calls.getLast());
        }
    }

    @Test
    void shouldWriteTheConfiguration()
    {
        try (VirtioDriver driver = open())
        {
            driver.writeConfig(32, 1, 1);
            assertEquals("write config 32", transport.calls.getLast());
        }
    }

    @Test
    void shouldRefuseASecondDriverBeforeItTouchesTheDevice()
    {
        try (VirtioDriver driver = open())
        {
            final int before = transport.calls.size();
            final IllegalStateException e = assertThrows(IllegalStateException.class, this::open);
            assertEquals("device has a driver already, made by thread \"" + Thread.currentThread().getName() +
                "\": close that one first, or use it; two would reset the device under each other", e.getMessage());
            assertEquals(before, transport.calls.size());
            assertEquals(0xc0ffee, driver.readConfig(8, 4));
        }
        open().close();
    }

    @Test
    void shouldLetAnotherDriverTryAfterOneThatFailed()
    {
        transport.type = TestDevice.TYPE + 1;
        assertThrows(VirtioException.class, this::open);
        transport.type = TestDevice.TYPE;
        transport.withheld = DeviceStatus.FEATURES_OK;
        assertThrows(VirtioException.class, this::open);
        transport.withheld = 0;
        open().close();
    }

    @Test
    void shouldLetAnotherDriverTryAfterOneThatCouldNotResetTheDevice()
    {
        final VirtioDriver first = open();
        transport.answerToReset = new TimeLimitException("device does not answer");
        assertThrows(TimeLimitException.class, first::close);
        transport.answerToReset = null;
        try (VirtioDriver second = open())
        {
            final int before = transport.calls.size();
            assertThrows(IllegalStateException.class, first::close);
            assertEquals(before, transport.calls.size());
            second.start();
        }
        first.close();
        assertEquals("reset", transport.calls.getLast());
    }

    private VirtioDriver open()
    {
        return new VirtioDriver(transport, shared.dma, TestDevice.TYPE, Features.of(3, 4));
    }
}
