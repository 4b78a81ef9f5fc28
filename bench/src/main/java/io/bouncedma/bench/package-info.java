/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * JMH benchmarks: what bouncing costs beside a raw copy of the same bytes in the same run.
 */
package io.bouncedma.bench;
