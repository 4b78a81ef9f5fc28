/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * Some page of a window was not there when it was accessed: its file was cut, or its device is gone. What the access
 * read is nothing that anybody wrote.
 */
public final class WindowFaultException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    /**
     * An access to a window failed.
     *
     * @param window its name.
     * @param fault  how the JVM has told of it.
     */
    public WindowFaultException(final String window, final InternalError fault)
    {
        super("window has no page there any more, since its file was cut or its device is gone: name=" + window, fault);
    }
}
