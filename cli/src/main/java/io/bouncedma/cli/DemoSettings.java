/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.virtio.Features;

import java.nio.file.Path;

/**
 * What the processes of a demo agree on.
 *
 * @param transport      how the device is configured.
 * @param poolLength     bytes of the pool.
 * @param queueSize      descriptors of the ring.
 * @param ring           features of the ring.
 * @param timeoutSeconds how long no progress may be made.
 * @param sourceLength   bytes to move.
 * @param scratch        directory for sockets, the image and what the processes print.
 */
record DemoSettings(
    DemoTransport transport,
    long poolLength,
    int queueSize,
    Features ring,
    int timeoutSeconds,
    long sourceLength,
    Path scratch)
{
    Path image()
    {
        return scratch.resolve("image");
    }

    Path socket()
    {
        return scratch.resolve("primary.sock");
    }

    long imageLength()
    {
        return Math.ceilDiv(sourceLength, BlkProtocol.SECTOR_SIZE) * BlkProtocol.SECTOR_SIZE;
    }
}
