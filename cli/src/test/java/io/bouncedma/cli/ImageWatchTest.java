/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.FileBlockStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ImageWatchTest
{
    @TempDir
    private Path directory;
    private long nowNs = -5;

    @Test
    void shouldLookOnceASecond() throws IOException
    {
        final Path image = Files.write(directory.resolve("image"), new byte[4 * BlkProtocol.SECTOR_SIZE]);
        try (FileBlockStore store = new FileBlockStore(image, false))
        {
            final BlkDevice device = new BlkDevice(store, "watched", 64);
            final ImageWatch watch = new ImageWatch(device, () -> nowNs);
            Files.write(image, new byte[9 * BlkProtocol.SECTOR_SIZE]);
            nowNs += TimeUnit.SECONDS.toNanos(1) - 1;
            assertEquals(0, watch.doWork());
            assertEquals(4, device.readConfig(BlkProtocol.CONFIG_CAPACITY));
            nowNs++;
            assertEquals(1, watch.doWork());
            assertEquals(9, device.readConfig(BlkProtocol.CONFIG_CAPACITY));
            assertEquals(0, watch.doWork());
        }
    }
}
