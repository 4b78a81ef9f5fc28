/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.function.Function;

/**
 * Pools of one kind and any size, for the devices of one trace: what a search tries and a report compares.
 */
public interface PoolKind
{
    /**
     * What the kind is called.
     *
     * @return as {@link MappingPolicy#name()}.
     */
    String name();

    /**
     * Lengths that a search tries are multiples of this.
     *
     * @return bytes.
     */
    int step();

    /**
     * The longest pool.
     *
     * @return bytes.
     */
    long maxLength();

    /**
     * Whether coherent memory is taken from the pool, too.
     *
     * @return as {@link MappingPolicy#servesCoherent()}.
     */
    boolean servesCoherent();

    /**
     * The most bytes of a mapping that a pool of any length grants.
     *
     * @param direction  of it.
     * @param pageOffset of the original buffer in its page, bytes.
     * @param device     that maps.
     * @return bytes.
     */
    long maxMapping(TraceDirection direction, int pageOffset, int device);

    /**
     * What a mapping takes of a pool at least.
     *
     * @param bytes      of it.
     * @param direction  of it.
     * @param pageOffset of the original buffer in its page, bytes.
     * @param device     that maps.
     * @return bytes, no fewer than those of the mapping.
     */
    long taken(int bytes, TraceDirection direction, int pageOffset, int device);

    /**
     * The shortest pool that may be enough.
     *
     * @param takenBytes   that mappings take at the peak, together.
     * @param largestBytes that a mapping has; coherent ones do not count.
     * @return bytes: shorter ones are known to refuse something.
     */
    long least(long takenBytes, int largestBytes);

    /**
     * A length that is enough in whatever order things happen.
     *
     * @param liveMappings at the peak.
     * @param largestTaken what a mapping takes, at most.
     * @return bytes.
     */
    long enough(int liveMappings, long largestTaken);

    /**
     * Whether a pool refuses nothing of a trace, with every order of CPUs that it is asked about.
     *
     * @param trace  to replay.
     * @param length bytes of the pool, a multiple of {@link #step()}.
     * @return false at the first refusal.
     */
    boolean fits(Trace trace, long length);

    /**
     * How often {@link #fits} replays a trace that refuses nothing.
     *
     * @return one for each order of CPUs, at most.
     */
    default int replays()
    {
        return 1;
    }

    /**
     * Do something with an empty pool that is gone afterwards.
     *
     * @param length bytes of the pool, a multiple of {@link #step()}.
     * @param work   to do.
     * @param <T>    of the result.
     * @return what the work returns.
     */
    <T> T with(long length, Function<MappingPolicy, T> work);
}
