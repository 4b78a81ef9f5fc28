/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The register map of virtio 1.4, section 4.2.2, typed in from the specification and not from the code.
 */
final class RegisterTable
{
    /** Name and direction by offset. */
    static final Map<Integer, Row> ROWS = new LinkedHashMap<>();

    /** Where the device configuration begins. */
    static final int CONFIG = 0x100;

    static
    {
        final String table = """
            000 MagicValue R
            004 Version R
            008 DeviceID R
            00c VendorID R
            010 DeviceFeatures R
            014 DeviceFeaturesSel W
            020 DriverFeatures W
            024 DriverFeaturesSel W
            030 QueueSel W
            034 QueueSizeMax R
            038 QueueSize W
            044 QueueReady RW
            050 QueueNotify W
            060 InterruptStatus R
            064 InterruptACK W
            070 Status RW
            080 QueueDescLow W
            084 QueueDescHigh W
            090 QueueDriverLow W
            094 QueueDriverHigh W
            0a0 QueueDeviceLow W
            0a4 QueueDeviceHigh W
            0ac SHMSel W
            0b0 SHMLenLow R
            0b4 SHMLenHigh R
            0b8 SHMBaseLow R
            0bc SHMBaseHigh R
            0c0 QueueReset RW
            0fc ConfigGeneration R
            """;
        table.lines().forEach((line) ->
        {
            final String[] parts = line.split(" ");
            ROWS.put(Integer.parseInt(parts[0], 16), new Row(parts[1], parts[2]));
        });
    }

    private RegisterTable()
    {
    }

    record Row(String name, String direction)
    {
        boolean isReadable()
        {
            return direction.contains("R");
        }

        boolean isWritable()
        {
            return direction.contains("W");
        }
    }
}
