/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

class MembarrierTest
{
    @Test
    void shouldWorkOrSayThatItDoesNot()
    {
        if (Membarrier.isAvailable())
        {
            assertDoesNotThrow(Membarrier::barrier);
        }
        else
        {
            assertThrows(IllegalStateException.class, Membarrier::barrier);
        }
    }
}
