/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.VirtioException;

import java.io.Serial;

/**
 * The peer closed its end of the socket, or died.
 */
final class DisconnectedException extends VirtioException
{
    @Serial
    private static final long serialVersionUID = 1;

    DisconnectedException()
    {
        super("peer has closed the connection");
    }
}
