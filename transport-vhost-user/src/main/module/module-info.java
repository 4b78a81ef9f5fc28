/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * virtio over vhost-user, both ends.
 */
module io.bouncedma.transport.vhostuser
{
    requires transitive io.bouncedma.virtio;
    requires chronicle.bytes;
    // Chronicle needs both and has no descriptor that could say so.
    requires jdk.unsupported;
    requires org.slf4j;

    exports io.bouncedma.transport.vhostuser;
}
