/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * How much of a pool one client may have.
 *
 * @param quota   bytes that it may hold at most.
 * @param reserve bytes that it can always get, whatever the others hold: they are kept free for it until it uses them.
 *                Bytes, not runs: a request larger than the largest free run is still refused as fragmented.
 */
public record ClientLimits(long quota, long reserve)
{
    /** May have everything that is free; nothing is kept for it. */
    public static final ClientLimits NONE = new ClientLimits(Long.MAX_VALUE, 0);

    /**
     * Check the limits.
     *
     * @throws IllegalArgumentException if one is negative or the reserve is above the quota.
     */
    public ClientLimits
    {
        if (quota < 0 || reserve < 0 || reserve > quota)
        {
            throw new IllegalArgumentException(
                "need 0 <= reserve <= quota: reserve=" + reserve + ", quota=" + quota);
        }
    }

    /**
     * A quota without a reserve.
     *
     * @param bytes that the client may hold at most.
     * @return the limits.
     */
    public static ClientLimits quota(final long bytes)
    {
        return new ClientLimits(bytes, 0);
    }
}
