/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Front-ends and back-ends of devices.
 */
module io.bouncedma.devices
{
    requires transitive io.bouncedma.virtio;

    exports io.bouncedma.devices.blk;
    exports io.bouncedma.devices.caif;
    exports io.bouncedma.devices.console;
    exports io.bouncedma.devices.entropy;
    exports io.bouncedma.devices.net;
}
