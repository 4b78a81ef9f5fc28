/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

/**
 * Told when a request for random bytes is done.
 */
@FunctionalInterface
public interface RngCompletion
{
    /**
     * A request is done, and its array is the caller's again. Further requests may be submitted from here.
     *
     * @param tag    given at submission.
     * @param length bytes that the device says it filled, from the request's first one on: anything from zero, if it
     *               breaks section 5.4.6.2, to what was asked for.
     */
    void onComplete(long tag, int length);
}
