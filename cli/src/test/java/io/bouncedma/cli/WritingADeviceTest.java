/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.BusAddressing;
import io.bouncedma.pool.Extent;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.SharedRegion;
import io.bouncedma.transport.vhostuser.SharedMemory;
import io.bouncedma.transport.vhostuser.VhostUserBackend;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What docs/writing-a-device.md shows is what is compiled and runs here.
 */
class WritingADeviceTest
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final Path SOURCES = ROOT.resolve("cli/src/test/java/io/bouncedma/cli");
    private static final long SECTORS = 1L << 21;
    private static final int SECTOR = 512;
    private static final int POOL = 256 * 1024;

    @Test
    void shouldShowTheDeviceThatIsCompiledHere() throws IOException
    {
        final String source = Files.readString(SOURCES.resolve("KeyValueDisk.java"));
        requireShown(source.substring(source.indexOf("/**\n * A disk whose")));
    }

    @Test
    void shouldShowTheProgramThatRunsHere() throws IOException
    {
        final String source = Files.readString(SOURCES.resolve("WritingADeviceTest.java"));
        final int begin = source.indexOf("        // program\n") + 19;
        requireShown(source.substring(begin, source.indexOf("        // end\n", begin))
            .stripTrailing().stripIndent() + "\n");
    }

    @Test
    void shouldReadBackWhatWasWrittenToTheDevice(@TempDir final Path directory) throws Exception
    {
        final Path socket = directory.resolve("disk.sock");
        final AtomicReference<Throwable> error = new AtomicReference<>();
        final Thread server = new Thread(() -> serve(socket), "disk");
        server.setUncaughtExceptionHandler((thread, e) -> error.set(e));
        server.start();
        try (Fd file = Memfd.create("window", POOL);
            SharedRegion region = SharedRegion.map(
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
        finally
        {
            server.interrupt();
            server.join();
        }
        assertNull(error.get(), () -> error.get().toString());
    }

    private static void serve(final Path socket)
    {
        // program
        try (VhostUserBackend backend = VhostUserBackend.listen(socket, new KeyValueDisk(1L << 21)))
        {
            while (!Thread.interrupted())
            {
                backend.idleStrategy().idle(backend.doWork());
            }
        }
        // end
    }

    private static void requireShown(final String code) throws IOException
    {
        final String page = Files.readString(ROOT.resolve("docs/writing-a-device.md"));
        assertTrue(page.contains("```java\n" + code + "```"),
            () -> "docs/writing-a-device.md does not show this:\n" + code);
    }
}
