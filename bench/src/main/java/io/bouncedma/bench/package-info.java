/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What bouncing costs beside a raw copy of the same bytes in the same run: JMH benchmarks, and replays of traces.
 */
package io.bouncedma.bench;
