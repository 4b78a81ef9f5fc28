/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * The process was asked to end before it had begun: nothing failed.
 */
final class StoppedException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what was not begun.
     *
     * @param message one sentence for the user.
     */
    StoppedException(final String message)
    {
        super(message);
    }
}
