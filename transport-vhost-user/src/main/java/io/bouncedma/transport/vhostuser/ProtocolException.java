/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.VirtioException;

import java.io.Serial;

/**
 * The peer sent what the protocol does not allow: the connection is of no use any more.
 */
final class ProtocolException extends VirtioException
{
    @Serial
    private static final long serialVersionUID = 1;

    ProtocolException(final String message)
    {
        super(message);
    }
}
