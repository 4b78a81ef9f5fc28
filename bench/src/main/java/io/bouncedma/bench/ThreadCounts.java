/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * What is counted about a thread while it runs. All of it only grows.
 */
interface ThreadCounts
{
    /** Nanoseconds by the clock. */
    long clock();

    /** Nanoseconds in which the calling thread ran. */
    long cpu();

    /** How often the calling thread gave up its core to wait for something. */
    long waits();

    /** Nanoseconds in which the calling thread, or the one that it may have to wait for, could run but had no core. */
    long delays();

    /** How often the JVM stopped all threads. */
    long stops();
}
