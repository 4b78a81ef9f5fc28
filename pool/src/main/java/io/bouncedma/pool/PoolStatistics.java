/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

/**
 * One pool's figures.
 *
 * @param name          of the pool.
 * @param length        bytes that it hands out in all.
 * @param used          bytes in blocks now.
 * @param hot           bytes that clients freed last and get back first; they are free as soon as anybody needs them.
 * @param highWater     the most bytes used at one time.
 * @param largestRun    the most bytes free behind each other, hot blocks not counted; up to 3 % less where more than 64
 *                      free runs are about as long.
 * @param metadataBytes private memory that the allocator needs now for the pool and its clients' blocks, without what
 *                      users keep about each block.
 * @param clients       each client's figures.
 */
public record PoolStatistics(
    String name,
    long length,
    long used,
    long hot,
    long highWater,
    long largestRun,
    long metadataBytes,
    List<ClientStatistics> clients)
{
    /**
     * What is neither used nor hot.
     *
     * @return bytes.
     */
    public long free()
    {
        return length - used - hot;
    }

    /**
     * How far the free bytes are from lying behind each other.
     *
     * @return 0 if they are one run or there are none, towards 1 the more they are scattered.
     */
    public double fragmentation()
    {
        return 0 == free() ? 0 : 1 - (double)largestRun / free();
    }

    /**
     * How many requests were refused for a reason.
     *
     * @param reason one of the four.
     * @return requests of all clients that are open.
     */
    public long refusals(final Refusal.Reason reason)
    {
        return clients.stream().mapToLong(client -> client.refusals().get(reason.ordinal())).sum();
    }
}
