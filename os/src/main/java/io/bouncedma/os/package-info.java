/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The Linux calls that the JDK lacks: sealed memory files, shared mappings, event descriptors and descriptor passing.
 * The only place with native downcalls.
 */
package io.bouncedma.os;
