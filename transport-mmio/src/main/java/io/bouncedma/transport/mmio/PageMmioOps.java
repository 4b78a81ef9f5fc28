/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.Waiting;

import java.lang.foreign.MemorySegment;

/**
 * The driver's side of a {@link RegisterPage}: reads are plain loads, a write is a transaction that is over when the
 * method returns.
 */
public final class PageMmioOps implements MmioOps
{
    private final OrderedMemory page;
    private final Doorbell doorbell;
    private final Waiting waiting;

    /**
     * Use a page.
     *
     * @param page     of {@link RegisterPage#LENGTH} bytes in the shared window.
     * @param doorbell rung after each write.
     * @param waiting  how to wait for the device's side.
     */
    public PageMmioOps(final MemorySegment page, final Doorbell doorbell, final Waiting waiting)
    {
        this.page = RegisterPage.of(page);
        this.doorbell = doorbell;
        this.waiting = waiting;
    }

    @Override
    public int read8(final int offset)
    {
        return page.load8(offset);
    }

    @Override
    public int read16(final int offset)
    {
        return page.loadAcquire16(offset);
    }

    @Override
    public int read32(final int offset)
    {
        final int value = page.loadAcquire32(offset);
        return MmioRegisters.CONFIG_GENERATION == offset && 0 != (value & 1) ? stableGeneration() : value;
    }

    @Override
    public void write8(final int offset, final int value)
    {
        write(offset, 1, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        write(offset, 2, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        write(offset, 4, value);
    }

    private void write(final int offset, final int width, final int value)
    {
        if (offset < 0 || offset > RegisterPage.MAP_END - width)
        {
            throw new IndexOutOfBoundsException(
                "outside the register map: offset=" + offset + ", width=" + width + ", end=" + RegisterPage.MAP_END);
        }
        // A write that a time limit cut short may still be under way.
        awaitIdle("end of the write before", offset);
        page.store32(RegisterPage.VALUE_OFFSET, value);
        page.storeRelease32(RegisterPage.TRANSACTION_OFFSET, RegisterPage.transaction(offset, width));
        doorbell.ring();
        awaitIdle("answer to a register write", offset);
    }

    private void awaitIdle(final String what, final int offset)
    {
        Waiting.Wait wait = null;
        while (RegisterPage.IDLE != page.loadAcquire32(RegisterPage.TRANSACTION_OFFSET))
        {
            if (null == wait)
            {
                wait = waiting.start(what + " at offset 0x" + Integer.toHexString(offset));
            }
            wait.pause();
        }
    }

    private int stableGeneration()
    {
        final Waiting.Wait wait = waiting.start("end of a configuration change");
        while (true)
        {
            final int value = page.loadAcquire32(MmioRegisters.CONFIG_GENERATION);
            if (0 == (value & 1))
            {
                return value;
            }
            wait.pause();
        }
    }
}
