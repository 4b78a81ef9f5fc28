/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * {@code open(2)} with what a Java channel has no options for.
 */
final class OpenFile
{
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;
    static final int O_NOCTTY = 0x100;
    static final int O_APPEND = 0x400;
    static final int O_NONBLOCK = 0x800;
    /** Linux numbers this flag differently on Arm ({@code asm/fcntl.h}). */
    static final int O_NOFOLLOW = "aarch64".equals(System.getProperty("os.arch")) ? 0x8000 : 0x20000;
    static final int O_PATH = 0x200000;
    /** {@code __O_SYNC | O_DSYNC}. */
    static final int O_SYNC = 0x101000;

    private static final MethodHandle OPEN =
        Native.linkVariadic("open", 2, Native.INT, Native.POINTER, Native.INT, Native.INT);
    private static final int O_CLOEXEC = 0x80000;

    private OpenFile()
    {
    }

    /**
     * Open or make a file, not for children of this process.
     *
     * @param path  of it.
     * @param flags as above.
     * @param mode  of a file that is made.
     * @param what  it is opened for, for messages.
     * @param name  of the descriptor, for messages.
     * @return to be closed by the caller.
     * @throws ErrnoException ENOENT or EACCES, for example.
     */
    static Fd open(final Path path, final int flags, final int mode, final String what, final String name)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final int fd = (int)OPEN.invokeExact(
                Native.state(), arena.allocateFrom(path.toString()), flags | O_CLOEXEC, mode);
            if (fd < 0)
            {
                throw Native.failure("open", "path=" + path + ", " + what);
            }
            return Fd.of(fd, name);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
