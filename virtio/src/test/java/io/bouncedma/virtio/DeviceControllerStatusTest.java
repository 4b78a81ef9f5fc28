/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.virtio.testing.TestDoorbell;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static io.bouncedma.virtio.DeviceStatus.ACKNOWLEDGE;
import static io.bouncedma.virtio.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.bouncedma.virtio.DeviceStatus.DRIVER;
import static io.bouncedma.virtio.DeviceStatus.DRIVER_OK;
import static io.bouncedma.virtio.DeviceStatus.FAILED;
import static io.bouncedma.virtio.DeviceStatus.FEATURES_OK;
import static io.bouncedma.virtio.DeviceStatus.RESET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Status and features as the driver may write them, virtio 1.4, section 2.1, 2.2 and 3.1.
 */
final class DeviceControllerStatusTest
{
    /** Bits 32 and 33: VERSION_1 and ACCESS_PLATFORM. */
    private static final int MANDATORY = 3;
    private static final int NEGOTIATED = ACKNOWLEDGE | DRIVER | FEATURES_OK;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final TestDevice device = new TestDevice();
    private final TestDoorbell used = new TestDoorbell();
    private final TestDoorbell config = new TestDoorbell();
    private final DeviceController controller = new DeviceController(device, shared.region, used, config);

    @AfterEach
    void close()
    {
        shared.close();
    }

    @Test
    void shouldOfferWhatTheDeviceAndTheRingHaveAndWhatAWindowNeeds()
    {
        assertEquals(Features.of(3, 70).or(Features.MANDATORY).or(Features.RING), controller.offeredFeatures());
        assertEquals(RESET, controller.status());
        assertNull(failure());
    }

    @Test
    void shouldGoThroughAllStatesAndActivateTheDeviceOnce()
    {
        writeStatus(ACKNOWLEDGE, ACKNOWLEDGE);
        writeStatus(ACKNOWLEDGE | DRIVER, ACKNOWLEDGE | DRIVER);
        controller.acceptFeatures(0, 1 << 3);
        controller.acceptFeatures(1, MANDATORY);
        writeStatus(NEGOTIATED, NEGOTIATED);
        assertEquals(List.of(), device.events);
        writeStatus(NEGOTIATED | DRIVER_OK, NEGOTIATED | DRIVER_OK);
        assertEquals(List.of("activate {3,VERSION_1,ACCESS_PLATFORM}"), device.events);
        writeStatus(NEGOTIATED | DRIVER_OK, NEGOTIATED | DRIVER_OK);
        assertEquals(List.of("activate {3,VERSION_1,ACCESS_PLATFORM}"), device.events);
        assertNull(failure());
        assertEquals(0, config.clear());
    }

    @Test
    void shouldNeverTakeABitBackExceptByReset()
    {
        negotiate();
        writeStatus(ACKNOWLEDGE, NEGOTIATED);
        writeStatus(DRIVER_OK, NEGOTIATED | DRIVER_OK);
        writeStatus(FAILED, NEGOTIATED | DRIVER_OK | FAILED);
        writeStatus(RESET, RESET);
        assertEquals(List.of("activate {VERSION_1,ACCESS_PLATFORM}", "reset"), device.events);
    }

    @Test
    void shouldLeaveDeviceNeedsResetToTheDevice()
    {
        writeStatus(ACKNOWLEDGE | DEVICE_NEEDS_RESET, ACKNOWLEDGE);
        writeStatus(0xff, ACKNOWLEDGE | DRIVER | DRIVER_OK | 0x10 | 0x20 | FAILED | DEVICE_NEEDS_RESET);
    }

    @ParameterizedTest(name = "word 1 = {0}")
    @ValueSource(ints = {0, 1, 2})
    void shouldRefuseFeaturesWithoutVersion1OrAccessPlatform(final int word1)
    {
        controller.acceptFeatures(0, 1 << 3);
        controller.acceptFeatures(1, word1);
        writeStatus(NEGOTIATED, ACKNOWLEDGE | DRIVER);
        assertTrue(failure().startsWith("driver declined mandatory features"), failure());
        // The refusal is no dead end.
        controller.acceptFeatures(1, MANDATORY);
        writeStatus(NEGOTIATED, NEGOTIATED);
    }

    @ParameterizedTest(name = "bit {0}")
    @ValueSource(ints = {0, 24, 27, 30, 37, 39, 41, 64, 71, 127})
    void shouldRefuseFeaturesThatWereNotOffered(final int bit)
    {
        controller.acceptFeatures(1, MANDATORY);
        controller.acceptFeatures(bit / 32, 1 << bit % 32 | (1 == bit / 32 ? MANDATORY : 0));
        writeStatus(NEGOTIATED, ACKNOWLEDGE | DRIVER);
        assertTrue(
            failure().startsWith("driver accepted features that were not offered"), failure());
    }

    @ParameterizedTest(name = "word {0}")
    @ValueSource(ints = {4, 5, 1 << 27, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
    void shouldRefuseFeaturesFrom128OnUpToReset(final int word)
    {
        controller.acceptFeatures(1, MANDATORY);
        controller.acceptFeatures(word, 1);
        writeStatus(NEGOTIATED, ACKNOWLEDGE | DRIVER);
        assertTrue(failure().contains("and some from 128 on"), failure());
        writeStatus(RESET, RESET);
        controller.acceptFeatures(word, 0);
        negotiate();
    }

    @Test
    void shouldLatchFeaturesAtFeaturesOk()
    {
        controller.acceptFeatures(0, 1 << 3);
        controller.acceptFeatures(2, 1 << 6);
        negotiate();
        controller.acceptFeatures(0, 0);
        controller.acceptFeatures(1, 0);
        controller.acceptFeatures(2, -1);
        controller.acceptFeatures(4, -1);
        writeStatus(NEGOTIATED | DRIVER_OK, NEGOTIATED | DRIVER_OK);
        assertEquals(List.of("activate {3,VERSION_1,ACCESS_PLATFORM,70}"), device.events);
    }

    @Test
    void shouldForgetFeaturesAtReset()
    {
        negotiate();
        writeStatus(RESET, RESET);
        writeStatus(NEGOTIATED, ACKNOWLEDGE | DRIVER);
    }

    @Test
    void shouldNeedResetAfterDriverOkWithoutFeaturesOk()
    {
        controller.acceptFeatures(1, MANDATORY);
        final int broken = ACKNOWLEDGE | DRIVER | DRIVER_OK | DEVICE_NEEDS_RESET;
        writeStatus(ACKNOWLEDGE | DRIVER | DRIVER_OK, broken);
        assertEquals(1, config.clear());
        assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, controller.interrupts());
        assertEquals("driver set DRIVER_OK without FEATURES_OK", failure());
        assertEquals(0, controller.doWork());
        // FEATURES_OK afterwards cures nothing.
        writeStatus(NEGOTIATED | DRIVER_OK, broken | FEATURES_OK);
        assertEquals(List.of(), device.events);

        writeStatus(RESET, RESET);
        assertEquals(0, controller.interrupts());
        negotiate();
        writeStatus(NEGOTIATED | DRIVER_OK, NEGOTIATED | DRIVER_OK);
        assertEquals(List.of("reset", "activate {VERSION_1,ACCESS_PLATFORM}"), device.events);
    }

    @Test
    void shouldNeedResetAfterRefusedFeaturesAndDriverOkInOneWrite()
    {
        writeStatus(NEGOTIATED | DRIVER_OK, ACKNOWLEDGE | DRIVER | DRIVER_OK | DEVICE_NEEDS_RESET);
        assertEquals(List.of(), device.events);
        assertEquals(1, config.clear());
    }

    @Test
    void shouldNotifyOfConfigurationChangesUntilAcknowledged()
    {
        final int before = controller.configGeneration();
        controller.configChanged();
        controller.configChanged();
        assertEquals(before + 2, controller.configGeneration());
        assertEquals(2, config.clear());
        assertEquals(0, used.clear());
        controller.acknowledge(VirtioTransport.INTERRUPT_USED_BUFFER);
        assertEquals(VirtioTransport.INTERRUPT_CONFIG_CHANGE, controller.interrupts());
        controller.acknowledge(-1);
        assertEquals(0, controller.interrupts());
        // A reset does not bring the old configuration back.
        writeStatus(RESET, RESET);
        assertEquals(before + 2, controller.configGeneration());
    }

    private void negotiate()
    {
        controller.acceptFeatures(1, MANDATORY);
        writeStatus(NEGOTIATED, NEGOTIATED);
    }

    private void writeStatus(final int value, final int expected)
    {
        controller.writeStatus(value);
        assertEquals(DeviceStatus.describe(expected), DeviceStatus.describe(controller.status()));
    }

    private String failure()
    {
        return controller.failures().last().reason();
    }
}
