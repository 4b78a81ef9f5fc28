/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What the tests of devices and transports share: a device without a transport, a doorbell without an eventfd.
 */
package io.bouncedma.virtio.testing;
