/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a hypervisor gives a VM (window, message queues, doorbells, peer state) as interfaces, and virtio-mmio registers
 * over its message queues.
 */
package io.bouncedma.transport.msgq;
