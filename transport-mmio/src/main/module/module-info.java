/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The virtio-mmio registers.
 */
module io.bouncedma.transport.mmio
{
    requires transitive io.bouncedma.virtio;

    exports io.bouncedma.transport.mmio;
}
