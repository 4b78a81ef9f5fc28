/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * How large a pool has to be for devices of which only the queues are known: what their drivers map when the queues are
 * full, as demand, as a trace, and as the published arithmetic of device memory buffers.
 */
package io.bouncedma.lab.sizing;
