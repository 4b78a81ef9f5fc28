/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Rings, feature negotiation, device states.
 */
module io.bouncedma.virtio
{
    requires transitive io.bouncedma.dma;

    exports io.bouncedma.virtio;
}
