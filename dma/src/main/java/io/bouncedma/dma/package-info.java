/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The mapping API: private buffers are bounced into a pool on map and back on unmap or sync, each mapping with an
 * owner, a length, a direction and a generation.
 */
package io.bouncedma.dma;
