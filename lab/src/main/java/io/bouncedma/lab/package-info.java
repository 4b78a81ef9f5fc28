/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The fragmentation lab: DMA traces, synthetic workloads and models of other allocators, replayed against pools.
 */
package io.bouncedma.lab;
