/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The block device (virtio 1.4, section 5.2): {@link io.bouncedma.devices.blk.BlkDriver} is the front-end, with a
 * {@link io.bouncedma.devices.blk.BlkQueue} for each of its queues, {@link io.bouncedma.devices.blk.BlkDevice} the
 * back-end of a {@link io.bouncedma.devices.blk.BlockStore}.
 */
package io.bouncedma.devices.blk;
