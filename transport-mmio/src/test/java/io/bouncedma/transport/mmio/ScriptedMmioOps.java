/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * Registers that answer what the test says and remember the offsets of all accesses.
 */
final class ScriptedMmioOps implements MmioOps
{
    /** For example {@code R 0x0} or {@code W 0x70 0x0}. */
    final List<String> accesses = new ArrayList<>();
    private final Map<Integer, IntSupplier> answers = new HashMap<>();

    /**
     * Answer reads of a register, one value after the other; the last one is repeated.
     */
    ScriptedMmioOps answer(final int offset, final int... values)
    {
        final int[] next = {0};
        return answer(offset, () -> values[Math.min(next[0]++, values.length - 1)]);
    }

    ScriptedMmioOps answer(final int offset, final IntSupplier supplier)
    {
        answers.put(offset, supplier);
        return this;
    }

    @Override
    public int read8(final int offset)
    {
        return read32(offset);
    }

    @Override
    public int read16(final int offset)
    {
        return read32(offset);
    }

    @Override
    public int read32(final int offset)
    {
        accesses.add("R 0x" + Integer.toHexString(offset));
        return answers.getOrDefault(offset, () -> 0).getAsInt();
    }

    @Override
    public void write8(final int offset, final int value)
    {
        write32(offset, value);
    }

    @Override
    public void write16(final int offset, final int value)
    {
        write32(offset, value);
    }

    @Override
    public void write32(final int offset, final int value)
    {
        accesses.add("W 0x" + Integer.toHexString(offset) + " 0x" + Integer.toHexString(value));
    }
}
