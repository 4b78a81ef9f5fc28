/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The block device (virtio 1.4, section 5.2): {@link io.bouncedma.devices.blk.BlkDriver} is the front-end,
 * {@link io.bouncedma.devices.blk.BlkDevice} the back-end.
 */
package io.bouncedma.devices.blk;
