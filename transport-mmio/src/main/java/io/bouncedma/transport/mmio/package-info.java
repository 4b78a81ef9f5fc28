/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * virtio-mmio version 2: the register map in both roles, {@link io.bouncedma.transport.mmio.MmioOps} to reach it by,
 * and a register page in plain shared memory that needs no traps.
 */
package io.bouncedma.transport.mmio;
