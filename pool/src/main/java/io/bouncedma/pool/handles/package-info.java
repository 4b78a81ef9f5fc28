/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What handles are made of, for {@code pool} and {@code dma} alone: the module exports it to nobody else.
 */
package io.bouncedma.pool.handles;
