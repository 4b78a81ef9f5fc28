/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * As much of a client as the queue of those who wait needs: what it asks is tried again, and what nobody could ever
 * serve is not waited for.
 */
interface Requester
{
    /**
     * Take a block, or find out why there is none; a refusal is not counted.
     *
     * @return a handle, or the negative code of a reason.
     */
    long attempt(int length, int alignMask, long low);

    /**
     * Whether a request could be served if nobody held anything.
     *
     * @throws IllegalStateException if none can, because the client is closed.
     */
    boolean couldServe(int length, int alignMask, long low);

    /** Whether an attempt would throw, as nothing is handed out any more. */
    boolean isClosed();
}
