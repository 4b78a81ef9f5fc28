/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/**
 * Anonymous memory files ({@code memfd_create(2)}) that several processes map, sealed so that none of them can take
 * pages away under the others, since a shrunk file turns every access beyond its end into SIGBUS, and none can seal it
 * further: who has the file open may add a seal, and one against writing leaves it unmappable for all who come later.
 */
public final class Memfd
{
    private static final MethodHandle MEMFD_CREATE =
        Native.link("memfd_create", Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle FTRUNCATE = Native.link("ftruncate", Native.INT, Native.INT, Native.LONG);

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int F_SEAL_SEAL = 1;
    private static final int F_SEAL_SHRINK = 2;
    private static final int F_SEAL_GROW = 4;
    private static final int F_SEAL_FUTURE_WRITE = 16;

    private Memfd()
    {
    }

    /**
     * Create a zeroed memory file whose size and seals can never change.
     *
     * @param name shown in {@code /proc/PID/maps}, for people.
     * @param size bytes, greater than zero.
     * @return the descriptor, to be closed by the caller.
     * @throws IllegalArgumentException if the size is not positive.
     * @throws ErrnoException           if Linux refuses, ENOMEM for example.
     */
    public static Fd create(final String name, final long size)
    {
        return create(name, size, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    }

    /**
     * Create a zeroed memory file whose size can never change, for {@link #sealAgainstOtherWriters}, which it needs
     * before anybody else gets it.
     *
     * @param name shown in {@code /proc/PID/maps}, for people.
     * @param size bytes, greater than zero.
     * @return the descriptor, to be closed by the caller.
     * @throws IllegalArgumentException if the size is not positive.
     * @throws ErrnoException           if Linux refuses, ENOMEM for example.
     */
    public static Fd createSealable(final String name, final long size)
    {
        return create(name, size, F_SEAL_SHRINK | F_SEAL_GROW);
    }

    private static Fd create(final String name, final long size, final int seals)
    {
        if (size <= 0)
        {
            throw new IllegalArgumentException("size must be positive: size=" + size + ", name=" + name);
        }
        final Fd fd = Fd.of(memfdCreate(name), "memfd:" + name);
        try
        {
            if (0 != (int)FTRUNCATE.invokeExact(Native.state(), fd.value(), size))
            {
                throw Native.failure("ftruncate", "fd=" + fd + ", length=" + size);
            }
            fd.control(F_ADD_SEALS, seals, "F_ADD_SEALS, seals=" + seals);
            return fd;
        }
        catch (final Throwable t)
        {
            fd.close();
            throw Native.unexpected(t);
        }
    }

    /**
     * Refuse a received descriptor that its sender could still shrink.
     *
     * @param fd   received from another process.
     * @param size bytes that the file must have at least.
     * @throws IllegalArgumentException if it lacks the shrink seal or is shorter; EINVAL comes as
     *                                  {@link ErrnoException} if it is no memory file.
     */
    public static void requireSealed(final Fd fd, final long size)
    {
        final int seals = fd.control(F_GET_SEALS, 0, "F_GET_SEALS");
        if (0 == (seals & F_SEAL_SHRINK))
        {
            throw new IllegalArgumentException("memory file is not sealed against shrinking: fd=" + fd +
                ", seals=" + seals + ", required=" + F_SEAL_SHRINK + " (F_SEAL_SHRINK)");
        }
        final long actual = fd.size();
        if (actual < size)
        {
            throw new IllegalArgumentException(
                "memory file is too short: fd=" + fd + ", size=" + actual + ", required=" + size);
        }
    }

    /**
     * Deny every later writable mapping and every write to the file, keeping the writable mappings that exist: the
     * owner goes on writing what others may only read. No further seal can be added.
     *
     * @param fd of {@link #createSealable}, which its owner has mapped already.
     */
    public static void sealAgainstOtherWriters(final Fd fd)
    {
        fd.control(F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL, "F_SEAL_FUTURE_WRITE | F_SEAL_SEAL");
    }

    /**
     * Open the same file again for reading only, so that the receiver of the descriptor can not map it writable.
     *
     * @param fd a memory file of this process.
     * @return a new descriptor, to be closed by the caller.
     */
    public static Fd reopenReadOnly(final Fd fd)
    {
        return OpenFile.open(fd.path(), OpenFile.O_RDONLY, 0, "O_RDONLY", fd + ":ro");
    }

    private static int memfdCreate(final String name)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final int fd = (int)MEMFD_CREATE.invokeExact(
                Native.state(), arena.allocateFrom(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
            if (fd < 0)
            {
                throw Native.failure("memfd_create", "name=" + name);
            }
            return fd;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
