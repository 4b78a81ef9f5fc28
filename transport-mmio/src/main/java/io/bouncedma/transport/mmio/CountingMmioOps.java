/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

/**
 * Counts the accesses that go through it.
 */
public final class CountingMmioOps implements MmioOps
{
    private final MmioOps ops;
    private long reads;
    private long writes;

    /**
     * Count the accesses to some registers.
     *
     * @param ops that do them.
     */
    public CountingMmioOps(final MmioOps ops)
    {
        this.ops = ops;
    }

    /**
     * How many reads there were.
     *
     * @return a number that grows.
     */
    public long reads()
    {
        return reads;
    }

    /**
     * How many writes there were.
     *
     * @return a number that grows.
     */
    public long writes()
    {
        return writes;
    }

    @Override
    public int read8(final int offset)
    {
        reads++;
        return ops.read8(offset);
    }

    @Override
    public int read16(final int offset)
    {
        reads++;
        return ops.read16(offset);
    }

    @Override
    public int read32(final int offset)
    {
        reads++;
        return ops.read32(offset);
    }

    @Override
    public void write8(final int offset, final int value)
    {
        writes++;
        ops.write8(offset, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        writes++;
        ops.write16(offset, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        writes++;
        ops.write32(offset, value);
    }
}
