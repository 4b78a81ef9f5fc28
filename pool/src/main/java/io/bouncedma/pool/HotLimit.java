/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Keeps what every free and every miss reads of a {@link PoolLedger} two cache lines away from what every miss writes:
 * a subclass's fields come behind the padding.
 */
abstract class HotLimit extends HotLimitWords
{
    @SuppressWarnings("unused")
    private long q01;
    @SuppressWarnings("unused")
    private long q02;
    @SuppressWarnings("unused")
    private long q03;
    @SuppressWarnings("unused")
    private long q04;
    @SuppressWarnings("unused")
    private long q05;
    @SuppressWarnings("unused")
    private long q06;
    @SuppressWarnings("unused")
    private long q07;
    @SuppressWarnings("unused")
    private long q08;
    @SuppressWarnings("unused")
    private long q09;
    @SuppressWarnings("unused")
    private long q10;
    @SuppressWarnings("unused")
    private long q11;
    @SuppressWarnings("unused")
    private long q12;
    @SuppressWarnings("unused")
    private long q13;
    @SuppressWarnings("unused")
    private long q14;
    @SuppressWarnings("unused")
    private long q15;
    @SuppressWarnings("unused")
    private long q16;
}

/**
 * Written with the pool's lock, and seldom; read without it. Volatile stores: what follows one in its thread must not
 * be seen before it, see {@link TakeBack#all}.
 */
abstract class HotLimitWords extends Padded
{
    /** What a stripe may keep hot. */
    volatile int hotUnits;
    /** Not 0 while nothing is hot anywhere nor may become so: a number that no other such time has. */
    volatile int settled;
}
