/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.VirtioDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Every register access of a driver from probe to close, in order: virtio 1.4, section 3.1.1 and 4.2.3.
 */
final class MmioTransportInitTest
{
    private static final String PROBE_TO_FEATURES_OK = """
        R MagicValue = 0x74726976
        R Version = 0x2
        R DeviceID = 0x4
        W Status = 0x0
        R Status = 0x0
        R InterruptStatus = 0x0
        W Status = 0x1
        W Status = 0x3
        W DeviceFeaturesSel = 0x0
        R DeviceFeatures = 0xb0000008
        W DeviceFeaturesSel = 0x1
        R DeviceFeatures = 0x15f
        W DeviceFeaturesSel = 0x2
        R DeviceFeatures = 0x40
        W DeviceFeaturesSel = 0x3
        R DeviceFeatures = 0x80000000
        W DriverFeaturesSel = 0x0
        W DriverFeatures = 0x8
        W DriverFeaturesSel = 0x1
        W DriverFeatures = 0x3
        W DriverFeaturesSel = 0x2
        W DriverFeatures = 0x0
        W DriverFeaturesSel = 0x3
        W DriverFeatures = 0x0
        W Status = 0xb
        R Status = 0xb
        """;
    private static final String QUEUES_TO_DRIVER_OK = """
        W QueueSel = 0x0
        R QueueSizeMax = 0x8
        W QueueSel = 0x0
        R QueueReady = 0x0
        W QueueSize = 0x8
        W QueueDescLow = 0x1000
        W QueueDescHigh = 0x0
        W QueueDriverLow = 0x1080
        W QueueDriverHigh = 0x0
        W QueueDeviceLow = 0x10c0
        W QueueDeviceHigh = 0x0
        W QueueReady = 0x1
        R QueueReady = 0x1
        W QueueSel = 0x1
        R QueueSizeMax = 0x4
        W QueueSel = 0x1
        R QueueReady = 0x0
        W QueueSize = 0x4
        W QueueDescLow = 0x1140
        W QueueDescHigh = 0x0
        W QueueDriverLow = 0x1180
        W QueueDriverHigh = 0x0
        W QueueDeviceLow = 0x11c0
        W QueueDeviceHigh = 0x0
        W QueueReady = 0x1
        R QueueReady = 0x1
        W Status = 0xf
        """;
    private static final String KICK_AND_INTERRUPT = """
        W QueueNotify = 0x0
        R InterruptStatus = 0x1
        W InterruptACK = 0x1
        R InterruptStatus = 0x0
        """;
    private static final String CLOSE = """
        W Status = 0x0
        R Status = 0x0
        R InterruptStatus = 0x0
        """;

    private final Bench bench = new Bench();

    @AfterEach
    void close()
    {
        bench.close();
    }

    @Test
    void shouldAccessRegistersInTheOrderOfTheSpecification()
    {
        final CheckingMmioOps ops = new CheckingMmioOps(bench.registers);
        final MmioTransport transport = new MmioTransport(ops, new RegisterNotifications(ops), Bench.waiting());
        try (VirtioDriver driver = bench.open(transport))
        {
            assertEquals(PROBE_TO_FEATURES_OK, take(ops));
            final DriverRing ring = driver.enableQueue(0, 8, 0);
            driver.enableQueue(1, 8, 0);
            driver.start();
            assertEquals(QUEUES_TO_DRIVER_OK, take(ops));
            transport.kick(0, 0);
            bench.echo(ring);
            assertEquals(1, transport.takeInterrupts());
            assertEquals(0, transport.takeInterrupts());
            assertEquals(KICK_AND_INTERRUPT, take(ops));
        }
        assertEquals(CLOSE, take(ops));
        assertEquals(0, bench.registers.read32(MmioRegisters.QUEUE_READY));
    }

    private static String take(final CheckingMmioOps ops)
    {
        final String text = String.join("\n", ops.accesses) + "\n";
        ops.accesses.clear();
        return text;
    }
}
