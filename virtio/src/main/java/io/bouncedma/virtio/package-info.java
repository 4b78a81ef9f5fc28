/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Rings, feature bits and device status of virtio 1.4, in the driver's and in the device's role, and the two interfaces
 * that everything else meets at: {@link io.bouncedma.virtio.VirtioTransport} and
 * {@link io.bouncedma.virtio.VirtioDevice}.
 */
package io.bouncedma.virtio;
