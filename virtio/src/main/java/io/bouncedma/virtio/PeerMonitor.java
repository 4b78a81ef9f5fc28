/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Knows whether the other side is still there, asked in every wait.
 */
@FunctionalInterface
public interface PeerMonitor
{
    /** For peers that can not go away, such as an agent in the same process. */
    PeerMonitor ALWAYS_PRESENT = () ->
    {
    };

    /**
     * Do nothing while the peer is there.
     *
     * @throws PeerGoneException naming who is gone.
     */
    void requirePresent();
}
