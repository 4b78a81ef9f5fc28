/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The entropy device (virtio 1.4, section 5.4): {@link io.bouncedma.devices.entropy.RngDriver} is the front-end,
 * {@link io.bouncedma.devices.entropy.RngDevice} the back-end.
 */
package io.bouncedma.devices.entropy;
