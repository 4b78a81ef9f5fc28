/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.testing;

import io.bouncedma.virtio.Doorbell;

/**
 * Counts its rings.
 */
public final class TestDoorbell implements Doorbell
{
    private long rings;

    /** A bell that nobody rang. */
    public TestDoorbell()
    {
    }

    @Override
    public void ring()
    {
        rings++;
    }

    @Override
    public long clear()
    {
        final long count = rings;
        rings = 0;
        return count;
    }
}
