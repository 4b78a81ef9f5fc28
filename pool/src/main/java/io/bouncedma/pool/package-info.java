/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Bounce pools carved out of windows of shared memory, and the set of pools.
 * Nothing that an allocator needs lives in the shared memory itself.
 */
package io.bouncedma.pool;
