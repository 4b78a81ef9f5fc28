/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The other VM or the hypervisor is gone.
 */
public final class PeerGoneException extends VirtioException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell who.
     *
     * @param message who died and how that was seen.
     */
    public PeerGoneException(final String message)
    {
        super(message);
    }
}
