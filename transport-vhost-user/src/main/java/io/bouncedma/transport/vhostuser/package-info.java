/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * vhost-user: a device and its driver in two processes, by messages over a Unix socket that also carries the memory and
 * the doorbells as descriptors. Section numbers are those of QEMU's docs/interop/vhost-user.rst by their titles.
 */
package io.bouncedma.transport.vhostuser;
