/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The network device (virtio 1.4, section 5.1): the back-end, which moves frames between a driver and a
 * {@link io.bouncedma.devices.net.NetPort}, and the front-end, which sends and receives private frames.
 */
package io.bouncedma.devices.net;
