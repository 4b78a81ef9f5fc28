/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * The command could not do what it was asked for: exit code 1.
 */
final class FailureException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what happened.
     *
     * @param message one sentence for the user.
     */
    FailureException(final String message)
    {
        super(message);
    }
}
