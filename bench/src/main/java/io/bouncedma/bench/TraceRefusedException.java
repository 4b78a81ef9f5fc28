/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * A pool had no room for a mapping of a trace: a time without its copy would be no time of the trace.
 */
public final class TraceRefusedException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * Tell what was refused.
     *
     * @param message which row, how long, and why.
     */
    TraceRefusedException(final String message)
    {
        super(message);
    }
}
