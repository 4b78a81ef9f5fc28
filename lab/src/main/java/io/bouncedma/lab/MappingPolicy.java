/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.function.LongConsumer;

/**
 * What a trace is replayed against: a pool, or a model of one, that gives every mapping a place.
 * <p>
 * Used by one thread at a time. An address is a number of bytes from the start of the pool.
 */
public interface MappingPolicy
{
    /**
     * What the policy is called in reports.
     *
     * @return never null.
     */
    String name();

    /**
     * The size of the pool.
     *
     * @return bytes.
     */
    long length();

    /**
     * Whether coherent memory is taken from the pool, too. What is not is left out of a replay.
     *
     * @return false if {@link #map} must not be asked for {@link TraceDirection#COHERENT} ones.
     */
    boolean servesCoherent();

    /**
     * Take a place.
     *
     * @param bytes      of the mapping, greater than zero.
     * @param direction  of the data.
     * @param pageOffset of the original buffer in its page, bytes, from 0 to 4095.
     * @param device     that maps, by its number in the trace.
     * @return the address of the mapping's first byte, at least 0 and less than {@link #length()}; or the negative code
     * of an {@link io.bouncedma.pool.Refusal.Reason} if there is no place.
     */
    long map(int bytes, TraceDirection direction, int pageOffset, int device);

    /**
     * Give a place back.
     *
     * @param address from {@link #map}.
     * @throws RuntimeException if no live mapping begins there.
     */
    void unmap(long address);

    /**
     * What live mappings take.
     *
     * @return bytes, with all that is wasted inside and around them.
     */
    long usedBytes();

    /**
     * The longest stretch that nothing is mapped in and that one mapping could take.
     *
     * @return bytes. May be slow.
     */
    long largestFreeRun();

    /**
     * Where the used bytes lie, for a picture. May be slow.
     *
     * @param buckets takes the used bytes of as many parts of the pool, equal but for rounding; part {@code i} begins
     *                at {@code i * length() / buckets.length}.
     */
    void usage(int[] buckets);

    /**
     * The stretches that nothing is mapped in, each as long as one mapping could take of it. May be slow.
     *
     * @param sizes takes the bytes of each, in the order of their addresses.
     */
    void freeRuns(LongConsumer sizes);
}
