/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * A coalescing event without payload between two VMs: several rings may arrive as one, so the receiver looks at
 * everything that the doorbell may stand for.
 */
public interface Doorbell
{
    /**
     * Ring it, at the sender's end. Stores made before are visible to whoever sees the ring. Never blocks.
     *
     * @throws UnsupportedOperationException at the receiver's end.
     */
    void ring();

    /**
     * Take the rings since the last call, at the receiver's end. Never blocks.
     *
     * @return how many there were as far as this hypervisor tells, zero if none.
     * @throws UnsupportedOperationException at the sender's end.
     */
    long clear();
}
