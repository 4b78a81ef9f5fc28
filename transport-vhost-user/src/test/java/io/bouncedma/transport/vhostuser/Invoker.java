/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import org.agrona.concurrent.IdleStrategy;

/**
 * Runs the other side in place of waiting for it.
 */
record Invoker(Runnable other) implements IdleStrategy
{
    @Override
    public void idle(final int workCount)
    {
        idle();
    }

    @Override
    public void idle()
    {
        other.run();
    }

    @Override
    public void reset()
    {
        // Nothing adds up.
    }
}
