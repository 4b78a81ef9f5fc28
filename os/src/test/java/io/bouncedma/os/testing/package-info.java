/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What the tests of every module share: the leak check, which is around each of them without being asked for.
 */
package io.bouncedma.os.testing;
