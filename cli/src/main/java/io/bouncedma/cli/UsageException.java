/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * The command was asked for something that can not be, or given input of the wrong kind: exit code 2.
 */
final class UsageException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what is wrong and what would be right.
     *
     * @param message one sentence for the user.
     */
    UsageException(final String message)
    {
        super(message);
    }
}
