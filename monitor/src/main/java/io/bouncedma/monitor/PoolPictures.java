/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.pool.BouncePool;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * The pictures of the first 16 of some pools, drawn one after the other in rounds.
 */
final class PoolPictures implements AutoCloseable
{
    private final Map<BouncePool, PoolPicture> pictures = new LinkedHashMap<>();
    private final Queue<PoolPicture> toDraw = new ArrayDeque<>();

    /**
     * Draw all in a new round; what is under way is forgotten.
     *
     * @param pools that there are now.
     */
    void begin(final List<BouncePool> pools)
    {
        close();
        final List<BouncePool> shown = pools.stream().limit(CountersFile.MAX_PICTURES).toList();
        pictures.keySet().retainAll(shown);
        shown.forEach((pool) -> toDraw.add(pictures.computeIfAbsent(pool, PoolPicture::new)));
    }

    /**
     * Whether all of the round are drawn.
     */
    boolean isDone()
    {
        return toDraw.isEmpty();
    }

    /**
     * Draw one slice. To be called in a round that is not done.
     */
    void slice()
    {
        if (!toDraw.element().slice())
        {
            toDraw.remove();
        }
    }

    /**
     * The picture of a pool.
     *
     * @return null if there is none, or none yet.
     */
    PoolPicture of(final BouncePool pool)
    {
        final PoolPicture picture = pictures.get(pool);
        return null == picture || 0 == picture.span() ? null : picture;
    }

    /** End the round. */
    @Override
    public void close()
    {
        pictures.values().forEach(PoolPicture::close);
        toDraw.clear();
    }
}
