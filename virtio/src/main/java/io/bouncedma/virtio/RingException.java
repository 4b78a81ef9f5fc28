/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The shared part of a ring holds what no honest peer writes: the ring is dead until the device is reset.
 */
public final class RingException extends VirtioException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what was found.
     *
     * @param message the value and its bound.
     */
    public RingException(final String message)
    {
        super(message);
    }
}
