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
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.SharedMemory;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A front-end of vhost-user that writes a sector and reads it back. The back-end may be anybody's:
 * {@code bounce-dma serve blk --image disk.img --vhost-user disk.sock}, {@code qemu-storage-daemon}, SPDK, or
 * {@link KeyValueServer}. It gets the pool's memory and nothing else of this process.
 */
public final class VhostUserDisk
{
    private static final int POOL_LENGTH = 1024 * 1024;
    private static final long BUS_BASE = 1L << 32;
    private static final int SECTOR = 512;

    private VhostUserDisk()
    {
    }

    /**
     * Run the sample.
     *
     * @param args the back-end's socket.
     */
    public static void main(final String[] args)
    {
        // Memory to share, one extent of it, and where the back-end finds it on the bus.
        try (Fd file = Memfd.create("window", POOL_LENGTH);
            Window window = MemfdWindow.map(
                "window", file, List.of(new Extent(0, 0, POOL_LENGTH)), BusAddressing.basePlusOffset(BUS_BASE));
            BouncePool pool = new BouncePool("io", window, 0, POOL_LENGTH);
            VhostUserTransport transport = VhostUserTransport.connect(
                Path.of(args[0]), VhostUserSettings.of(DeviceType.BLOCK, new SharedMemory(window, file)));
            DmaDevice dma = new DmaDevice("disk", PoolSet.of(pool));
            BlkDriver disk = new BlkDriver(transport, dma, transport.waiting(30_000), 128))
        {
            System.out.println("disk of " + disk.capacity() + " sectors");
            final UnsafeBuffer sector = new UnsafeBuffer(new byte[SECTOR]);
            sector.putBytes(0, "hello, disk".getBytes(StandardCharsets.US_ASCII));
            disk.write(1, sector, 0, SECTOR);
            disk.flush();

            final UnsafeBuffer back = new UnsafeBuffer(new byte[SECTOR]);
            disk.read(1, back, 0, SECTOR);
            System.out.println("sector 1: " + new String(back.byteArray(), StandardCharsets.US_ASCII).trim());
        }
    }
}
