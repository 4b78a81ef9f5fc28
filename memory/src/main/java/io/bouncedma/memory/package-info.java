/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Memory that two VMs see: windows in extents, the addresses that descriptors have for their bytes, and accesses whose
 * order is in their names.
 */
package io.bouncedma.memory;
