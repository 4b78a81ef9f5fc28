/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.transport.vhostuser.VhostUserBackend;

import java.nio.file.Path;

/**
 * Serves a {@link KeyValueDisk} to whatever speaks vhost-user: QEMU, {@code bounce-dma blk}, {@link VhostUserDisk}.
 */
public final class KeyValueServer
{
    private KeyValueServer()
    {
    }

    /**
     * Run the sample until it is killed, or its thread is interrupted.
     *
     * @param args the socket to create.
     */
    public static void main(final String[] args)
    {
        final Path socket = Path.of(args[0]);
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
}
