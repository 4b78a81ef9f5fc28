/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class DeviceStatusTest
{
    @ParameterizedTest
    @CsvSource({
        "0, RESET",
        "1, ACKNOWLEDGE",
        "3, ACKNOWLEDGE|DRIVER",
        "11, ACKNOWLEDGE|DRIVER|FEATURES_OK",
        "15, ACKNOWLEDGE|DRIVER|DRIVER_OK|FEATURES_OK",
        "79, ACKNOWLEDGE|DRIVER|DRIVER_OK|FEATURES_OK|DEVICE_NEEDS_RESET",
        "131, ACKNOWLEDGE|DRIVER|FAILED",
        "48, SUSPEND|0x20",
        "256, 0x100",
    })
    void shouldDescribeStatusInWords(final int status, final String words)
    {
        assertEquals(words, DeviceStatus.describe(status));
    }
}
