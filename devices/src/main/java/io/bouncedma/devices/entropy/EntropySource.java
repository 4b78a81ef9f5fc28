/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

/**
 * Where a back-end gets its random bytes from: {@code new SecureRandom()::nextBytes}, say.
 */
@FunctionalInterface
public interface EntropySource
{
    /**
     * Fill an array.
     *
     * @param bytes all of it is filled.
     */
    void fill(byte[] bytes);
}
