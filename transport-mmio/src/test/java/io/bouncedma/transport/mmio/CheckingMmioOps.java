/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Writes accesses down by the names of the specification, and fails a driver that reads what is write-only, writes what
 * is read-only, touches a hole or uses a wrong width.
 */
final class CheckingMmioOps implements MmioOps
{
    /** For example {@code W QueueSel = 0x0}. */
    final List<String> accesses = new ArrayList<>();
    private final MmioOps ops;

    CheckingMmioOps(final MmioOps ops)
    {
        this.ops = ops;
    }

    @Override
    public int read8(final int offset)
    {
        return read(offset, 1, ops.read8(offset));
    }

    @Override
    public int read16(final int offset)
    {
        return read(offset, 2, ops.read16(offset));
    }

    @Override
    public int read32(final int offset)
    {
        return read(offset, 4, ops.read32(offset));
    }

    @Override
    public void write8(final int offset, final int value)
    {
        note("W", offset, 1, value);
        ops.write8(offset, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        note("W", offset, 2, value);
        ops.write16(offset, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        note("W", offset, 4, value);
        ops.write32(offset, value);
    }

    private int read(final int offset, final int width, final int value)
    {
        note("R", offset, width, value);
        return value;
    }

    private void note(final String direction, final int offset, final int width, final int value)
    {
        String name = "Config+" + (offset - RegisterTable.CONFIG) + "/" + width;
        assertTrue(0 == offset % width, "misaligned: " + name);
        if (offset < RegisterTable.CONFIG)
        {
            final RegisterTable.Row row = RegisterTable.ROWS.get(offset);
            assertNotNull(row, "no register is there: offset=0x" + Integer.toHexString(offset));
            assertTrue(4 == width && row.direction().contains(direction),
                direction + " of " + width + " bytes: " + row);
            name = row.name();
        }
        accesses.add(direction + " " + name + " = 0x" + Integer.toHexString(value));
    }
}
