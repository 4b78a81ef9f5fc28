/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The {@code bounce-dma} command: the only place where all floors meet.
 */
package io.bouncedma.cli;
