/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What kernels print of their DMA, made into traces: the {@code dma:} trace events of Linux 6.12 and later, and probes
 * of swiotlb of the kernels before.
 */
package io.bouncedma.lab.recording;
