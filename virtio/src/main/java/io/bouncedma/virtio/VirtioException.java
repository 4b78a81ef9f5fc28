/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The peer broke the protocol, refuses what is needed, or is gone: what is under way with it can not go on.
 */
public class VirtioException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what happened.
     *
     * @param message who did what, what was expected.
     */
    public VirtioException(final String message)
    {
        super(message);
    }
}
