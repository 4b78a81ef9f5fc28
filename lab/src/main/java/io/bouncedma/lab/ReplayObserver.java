/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

/**
 * Looks on while a trace is replayed, for example to draw a time series. Called in the replaying thread, between
 * events; may ask the policy anything, must not change it.
 */
@FunctionalInterface
public interface ReplayObserver
{
    /**
     * An event was replayed.
     *
     * @param index     of the event in the trace.
     * @param liveBytes bytes of all mappings that are live now, as their drivers asked for them.
     * @param refusal   why the policy refused it if the event is a map and it did, null otherwise.
     */
    void event(int index, long liveBytes, Refusal.Reason refusal);
}
