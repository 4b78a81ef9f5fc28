/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * Waiting for another thread by polling: at once as long as it has a core of its own, and letting it run where the
 * machine is busy and it may have none.
 */
final class Turns
{
    /** About ten microseconds: many times what a cache line takes. */
    private static final int SPINS = 200;

    private int spins;

    Turns()
    {
    }

    void pause()
    {
        spins++;
        if (spins < SPINS)
        {
            Thread.onSpinWait();
        }
        else
        {
            spins = 0;
            Thread.yield();
        }
    }
}
