/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.memory.OrderedMemory;

import java.lang.foreign.MemorySegment;

/**
 * The layout of a virtio-mmio register map in plain shared memory, where no access traps.
 * <p>
 * Eight registers of the map are selectors or triggers, so memory alone can not be the map. Here the device's side
 * keeps every readable register up to date, and the driver writes nothing but a mailbox behind them: a value, then a
 * word that names the register, then it rings a doorbell. The device's side does the write, publishes what changed,
 * and clears the word (the write transaction of virtio over ivshmem, with the value apart from the register, so that a
 * status that reads zero is always the device's word and never the driver's own request).
 * <pre>
 *   0x000  registers and device configuration    written by the device's side only
 *   0xf00  transaction u32: 0 idle, or width &lt;&lt; 16 | offset of the register    driver sets, device clears
 *   0xf04  value u32                             written by the driver's side only
 *   0x1000 end
 * </pre>
 * ConfigGeneration is odd while the device's side changes the configuration.
 */
public final class RegisterPage
{
    /** Bytes of the page. */
    public static final int LENGTH = 0x1000;

    static final int TRANSACTION_OFFSET = 0xf00;
    static final int VALUE_OFFSET = 0xf04;
    /** Where registers and configuration must end. */
    static final int MAP_END = TRANSACTION_OFFSET;
    static final int IDLE = 0;

    private static final int WIDTH_SHIFT = 16;
    private static final int OFFSET_MASK = 0xffff;

    private RegisterPage()
    {
    }

    static int transaction(final int offset, final int width)
    {
        return width << WIDTH_SHIFT | offset;
    }

    static int width(final int transaction)
    {
        return transaction >>> WIDTH_SHIFT;
    }

    static int offset(final int transaction)
    {
        return transaction & OFFSET_MASK;
    }

    static OrderedMemory of(final MemorySegment page)
    {
        if (page.byteSize() < LENGTH)
        {
            throw new IllegalArgumentException(
                "register page is too short: length=" + page.byteSize() + ", required=" + LENGTH);
        }
        return new OrderedMemory(page.asSlice(0, LENGTH));
    }
}
