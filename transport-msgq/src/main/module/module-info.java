/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * virtio over messages of a hypervisor.
 */
module io.bouncedma.transport.msgq
{
    requires transitive io.bouncedma.transport.mmio;
    requires chronicle.bytes;
    // Chronicle needs both and has no descriptor that could say so.
    requires jdk.unsupported;
    requires org.slf4j;

    exports io.bouncedma.transport.msgq;
    exports io.bouncedma.transport.msgq.emulation;
}
