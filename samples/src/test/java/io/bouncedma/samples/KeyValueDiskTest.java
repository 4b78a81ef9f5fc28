/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.SharedMemory;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * The device of docs/writing-a-device.md, by the program that is shown there.
 */
class KeyValueDiskTest
{
    private static final long SECTORS = 1L << 21;
    private static final int SECTOR = 512;
    private static final int POOL = 256 * 1024;

    @Test
    void shouldReadBackWhatWasWritten(@TempDir final Path directory) throws InterruptedException
    {
        BothEnds.withKeyValueServer(directory, KeyValueDiskTest::use);
    }

    private static void use(final Path socket)
    {
        try (Fd file = Memfd.create("window", POOL);
            Window region = MemfdWindow.map(
                "window", file, List.of(new Extent(0, 0, POOL)), BusAddressing.basePlusOffset(1L << 32));
            BouncePool pool = new BouncePool("io", region, 0, POOL);
            VhostUserTransport transport = VhostUserTransport.connect(
                socket, VhostUserSettings.of(DeviceType.BLOCK, new SharedMemory(region, file)));
            DmaDevice dma = new DmaDevice("disk", PoolSet.of(pool));
            BlkDriver disk = new BlkDriver(transport, dma, transport.waiting(TestLimits.millis(60_000)), 64))
        {
            assertEquals(SECTORS, disk.capacity());
            final UnsafeBuffer data = new UnsafeBuffer(new byte[8 * SECTOR]);
            data.setMemory(0, data.capacity(), (byte)0x5a);
            disk.write(SECTORS - 8, data, 0, data.capacity());
            final UnsafeBuffer back = new UnsafeBuffer(new byte[data.capacity()]);
            disk.read(SECTORS - 8, back, 0, back.capacity());
            assertArrayEquals(data.byteArray(), back.byteArray());
            disk.read(0, back, 0, back.capacity());
            assertArrayEquals(new byte[back.capacity()], back.byteArray());
            assertThrows(VirtioException.class, () -> disk.read(SECTORS - 7, back, 0, back.capacity()));
        }
    }
}
