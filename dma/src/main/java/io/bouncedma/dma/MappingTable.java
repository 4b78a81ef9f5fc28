/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.Arrays;

/**
 * The mappings of one device, found by handle.
 * <pre>
 * handle:  0ddddddd dddddddd | gggggggg gggggggg gggggggg | iiiiiiii iiiiiiii iiiiiiii
 *          device            | generation                 | index of the record
 * </pre>
 * A handle is never zero. Device and generation tell a foreign and a stale handle from a live one. Thread-safe; the
 * look-up takes no lock.
 */
final class MappingTable
{
    static final int MAX_DEVICES = 1 << 15;

    private static final int INDEX_BITS = 24;
    private static final int GENERATION_BITS = 24;
    private static final int MAX_RECORDS = 1 << INDEX_BITS;
    private static final int GENERATION_MASK = (1 << GENERATION_BITS) - 1;

    private final String name;
    private final int device;
    private volatile MappingRecord[] records = new MappingRecord[0];
    private int[] free = new int[0];
    private int freeCount;

    MappingTable(final String name, final int device)
    {
        this.name = name;
        this.device = device;
    }

    /**
     * Take a record that nobody can find yet.
     *
     * @return the record, whose fields are the caller's to fill before {@link #publish}.
     */
    synchronized MappingRecord take()
    {
        if (0 == freeCount)
        {
            grow();
        }
        return records[free[--freeCount]];
    }

    /**
     * Make a filled record a live mapping.
     *
     * @param record from {@link #take}.
     * @return its handle.
     */
    synchronized long publish(final MappingRecord record)
    {
        record.generation = (record.generation + 1) & GENERATION_MASK;
        return (long)device << (INDEX_BITS + GENERATION_BITS) | (long)record.generation << INDEX_BITS | record.index;
    }

    /**
     * End a mapping: from now on its handle is stale. One of several threads that try wins.
     *
     * @param handle from {@link #publish}.
     * @return the record, to be given back with {@link #give}.
     * @throws IllegalStateException if the handle is foreign, free or stale.
     */
    synchronized MappingRecord retire(final long handle)
    {
        final MappingRecord record = find(handle);
        record.generation = (record.generation + 1) & GENERATION_MASK;
        return record;
    }

    synchronized void give(final MappingRecord record)
    {
        record.forget();
        free[freeCount++] = record.index;
    }

    /**
     * Look a live mapping up.
     *
     * @param handle any value.
     * @return its record.
     * @throws IllegalStateException saying what is wrong with the handle.
     */
    MappingRecord find(final long handle)
    {
        final int owner = (int)(handle >>> (INDEX_BITS + GENERATION_BITS));
        final int index = (int)handle & (MAX_RECORDS - 1);
        final MappingRecord[] table = records;
        if (handle <= 0 || owner != device)
        {
            throw new IllegalStateException(
                "mapping is foreign: device=" + name + ", handle=0x" + Long.toHexString(handle));
        }
        if (index >= table.length)
        {
            throw new IllegalStateException(
                "no such mapping: device=" + name + ", index=" + index + ", mappings=" + table.length);
        }
        final MappingRecord record = table[index];
        final int generation = (int)(handle >>> INDEX_BITS) & GENERATION_MASK;
        if (generation != record.generation || !record.isLive())
        {
            throw new IllegalStateException("mapping is unmapped already: device=" + name + ", index=" + index +
                ", generation=" + generation + ", current=" + record.generation);
        }
        return record;
    }

    synchronized int live()
    {
        return records.length - freeCount;
    }

    private void grow()
    {
        final MappingRecord[] old = records;
        final int size = Math.max(64, old.length * 2);
        if (size > MAX_RECORDS)
        {
            throw new IllegalStateException("too many mappings: device=" + name + ", maximum=" + MAX_RECORDS / 2);
        }
        final MappingRecord[] grown = Arrays.copyOf(old, size);
        free = Arrays.copyOf(free, size);
        for (int i = size - 1; i >= old.length; i--)
        {
            grown[i] = new MappingRecord(i);
            free[freeCount++] = i;
        }
        records = grown;
    }
}
