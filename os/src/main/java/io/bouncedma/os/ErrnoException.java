/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * A Linux call failed: names the call, its arguments, and the errno as number and text.
 */
public final class ErrnoException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;
    private final String reason;

    ErrnoException(final String call, final int errno, final String text, final String arguments)
    {
        super(call + "(" + arguments + ") failed: " + text + " (errno=" + errno + ")");
        this.call = call;
        this.errno = errno;
        reason = text;
    }

    /**
     * The name of the call that failed.
     *
     * @return as in section 2 or 3 of the Linux manual, for example {@code mmap}.
     */
    public String call()
    {
        return call;
    }

    /**
     * Why it failed, in words and without the call: for who knows nothing of that.
     *
     * @return as strerror(3) says it, for example {@code Permission denied}.
     */
    public String reason()
    {
        return reason;
    }

    /**
     * Why it failed.
     *
     * @return one of the {@link Errno} constants, or another value that Linux defines.
     */
    public int errno()
    {
        return errno;
    }
}
