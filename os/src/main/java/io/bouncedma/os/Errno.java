/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * The {@code errno} values that callers of this module tell apart, as in Linux's {@code asm-generic/errno.h}.
 */
public final class Errno
{
    /** The operation is not possible with what the descriptor is. */
    public static final int EPERM = 1;
    /** No such file or directory. */
    public static final int ENOENT = 2;
    /** Interrupted by a signal. Nothing is retried: poll, accept, send and receive return early, connect throws. */
    public static final int EINTR = 4;
    /** Input or output failed; of a terminal, that its other end is gone. */
    public static final int EIO = 5;
    /** What is opened has no other end: a named pipe without a reader, or a socket by its name in /proc. */
    public static final int ENXIO = 6;
    /** No such descriptor. */
    public static final int EBADF = 9;
    /** The descriptor would block. */
    public static final int EAGAIN = 11;
    /** No memory is at that address, or none any more: its file has become shorter. */
    public static final int EFAULT = 14;
    /** There is such a file already. */
    public static final int EEXIST = 17;
    /** Invalid argument. */
    public static final int EINVAL = 22;
    /** The peer closed its end. */
    public static final int EPIPE = 32;
    /** The kernel has no such call. */
    public static final int ENOSYS = 38;
    /** A symbolic link where none is followed, or too many of them. */
    public static final int ELOOP = 40;
    /** What the descriptor stood for is gone, or not attached. */
    public static final int EBADFD = 77;
    /** What is at the path, or the descriptor, is no socket. */
    public static final int ENOTSOCK = 88;
    /** This file, or its filesystem, can not do that. */
    public static final int EOPNOTSUPP = 95;
    /** The address is taken. */
    public static final int EADDRINUSE = 98;
    /** The peer reset the connection. */
    public static final int ECONNRESET = 104;
    /** No room for what is to be sent. */
    public static final int ENOBUFS = 105;
    /** Nobody listens at the address. */
    public static final int ECONNREFUSED = 111;

    private Errno()
    {
    }
}
