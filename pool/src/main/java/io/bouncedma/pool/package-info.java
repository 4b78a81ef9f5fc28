/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Shared regions with a non-linear paddr-to-vaddr mapping, the bounce pools carved out of them, and the set of pools.
 * Nothing that an allocator needs lives in the shared memory itself.
 */
package io.bouncedma.pool;
