/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What a process shows of its pools, and of whatever else it counts: a file of counters and pictures that others read
 * without asking.
 */
package io.bouncedma.monitor;
