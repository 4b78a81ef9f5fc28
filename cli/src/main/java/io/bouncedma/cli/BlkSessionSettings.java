/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.Features;

import java.nio.file.Path;

/**
 * How to reach a block back-end, and what to use of it.
 *
 * @param socket         of vhost-user.
 * @param isListening    whether the back-end is the one who connects.
 * @param poolLength     bytes of the pool.
 * @param queueSize      descriptors of each ring.
 * @param queues         to use if there are so many.
 * @param ring           features of the rings.
 * @param timeoutSeconds how long no progress may be made.
 */
record BlkSessionSettings(
    Path socket,
    boolean isListening,
    long poolLength,
    int queueSize,
    int queues,
    Features ring,
    int timeoutSeconds)
{
    long limitMs()
    {
        return 1_000L * timeoutSeconds;
    }
}
