/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DriverLink;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A VM has one device, however many links lead there.
 */
class TwoDriversTest
{
    private static final int SECTORS = 8;

    @ParameterizedTest
    @EnumSource
    void shouldRefuseASecondDriverByAnotherLink(final ConfigTransport transport)
    {
        try (InProcessVms vms =
            new InProcessVms(transport, new BlkDevice(new MemoryBlockStore(SECTORS), "disk", 64), 0))
        {
            final UnsafeBuffer data = new UnsafeBuffer(new byte[512]);
            try (BlkDriver disk = open(vms))
            {
                final IllegalStateException e = assertThrows(IllegalStateException.class, () -> open(vms));
                assertTrue(e.getMessage().startsWith("device has a driver already"), e::getMessage);
                disk.write(0, data, 0, data.capacity());
            }
            try (BlkDriver next = open(vms))
            {
                next.read(0, data, 0, data.capacity());
            }
        }
    }

    private static BlkDriver open(final InProcessVms vms)
    {
        final DriverLink link = new DriverLink(vms.secondary, TestLimits.millis(60_000));
        return new BlkDriver(link.transport(), vms.dma, link.waiting(), 64);
    }
}
