/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.PoolClient;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * One device's side of one pool: what it may have there, and a record for each mapping in it.
 * <p>
 * A record belongs to a piece of the pool, so that the pool's own handle finds it and a block that is handed out hot
 * brings its record along. Thread-safe; a look-up takes no lock.
 */
final class PoolBinding
{
    private static final int CHUNK_SHIFT = 6;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    final PoolClient client;
    final UnsafeBuffer view;
    /** Of the first byte of the view. */
    final long address;
    /** Place of this binding in the device's handles. */
    final int number;
    private volatile MappingRecord[][] chunks = new MappingRecord[1][];

    PoolBinding(final PoolClient client, final int number)
    {
        this.client = client;
        this.number = number;
        view = client.pool().view();
        address = view.addressOffset();
    }

    /**
     * The record of a block.
     *
     * @return null if nothing was ever mapped there.
     */
    MappingRecord find(final long block)
    {
        final int piece = (int)block;
        final MappingRecord[][] table = chunks;
        final int chunk = piece >>> CHUNK_SHIFT;
        return chunk < table.length && null != table[chunk] ? table[chunk][piece & CHUNK - 1] : null;
    }

    /**
     * The record of a block that was taken just now.
     */
    MappingRecord findOrAdd(final long block)
    {
        final MappingRecord record = find(block);
        return null != record ? record : add((int)block);
    }

    private synchronized MappingRecord add(final int piece)
    {
        final int chunk = piece >>> CHUNK_SHIFT;
        MappingRecord[][] table = chunks;
        if (chunk >= table.length)
        {
            table = Arrays.copyOf(table, Math.max(chunk + 1, 2 * table.length));
        }
        if (null == table[chunk])
        {
            table[chunk] = new MappingRecord[CHUNK];
        }
        final MappingRecord record = new MappingRecord();
        table[chunk][piece & CHUNK - 1] = record;
        chunks = table;
        return record;
    }
}
