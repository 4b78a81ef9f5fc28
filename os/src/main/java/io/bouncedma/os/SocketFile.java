/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a Unix socket that this process has bound: there only once the socket can be reached, in the place of
 * nothing but the socket of a process that is dead, and deleted only as long as it is the one that was made.
 * <p>
 * A socket is bound and made to listen under a name beside the one that it is to have, and then gets that as a second
 * one by {@code link(2)}, which never replaces anything. So of two that start at once one is refused. A dead one's
 * socket is taken away under a lock of the directory, as it must not be gone by the time that it is deleted.
 */
final class SocketFile
{
    private static final MethodHandle LINK =
        Native.link("link", Native.INT, Native.POINTER, Native.POINTER);
    private static final MethodHandle UNLINK = Native.link("unlink", Native.INT, Native.POINTER);
    private static final MethodHandle FCHMOD = Native.link("fchmod", Native.INT, Native.INT, Native.INT);

    private static final int S_IFMT = 0xf000;
    private static final int S_IFSOCK = 0xc000;
    private static final int NAME_TRIES = 16;

    private final Path path;
    /** Device and inode, which nobody else gets as long as the socket is open. */
    private final Object key;

    private SocketFile(final Path path, final Object key)
    {
        this.path = path;
        this.key = key;
    }

    /**
     * Gives a socket its name, or whatever it needs to be reached by it.
     */
    @FunctionalInterface
    interface Binding
    {
        void bind(Path path);
    }

    /**
     * Give a socket a file.
     *
     * @param path    of the file; a socket that nobody has any more is replaced.
     * @param fd      of the socket, not bound yet.
     * @param access  who may connect, from the first moment on and whatever the umask is.
     * @param binding binds it, at another path.
     * @param opening makes it listen if it is to; only then can anybody who may connect.
     * @return the file, to be deleted before the socket is closed.
     * @throws ErrnoException           EADDRINUSE if somebody has a socket there, or something else is there, EPERM if
     *                                  the file can not be of that group, or another reason of Linux.
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    static SocketFile create(
        final Path path, final Fd fd, final SocketAccess access, final Binding binding, final Binding opening)
    {
        SocketAddress.require(path);
        keepToOwner(fd);
        final Path temporary = bind(path, binding);
        try
        {
            give(temporary, access);
            opening.bind(temporary);
            final SocketFile created = new SocketFile(path, keyOf(temporary));
            if (!link(temporary, path))
            {
                replaceDead(temporary, path);
            }
            return created;
        }
        finally
        {
            unlink(temporary);
        }
    }

    /** Delete the file, unless another one has come into its place. The socket is still open. */
    void delete()
    {
        if (key.equals(keyOf(path)))
        {
            unlink(path);
        }
    }

    /** Whether something else than a socket is at a path, links followed; false if nothing is, or nobody can know. */
    static boolean isSomethingElse(final Path path)
    {
        try
        {
            return S_IFSOCK != ((int)Files.getAttribute(path, "unix:mode") & S_IFMT);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /** Linux makes a socket's file with the mode of the socket, as far as the umask allows. */
    private static void keepToOwner(final Fd fd)
    {
        try
        {
            if (0 != (int)FCHMOD.invokeExact(Native.state(), fd.value(), SocketAccess.OWNER_ONLY.mode()))
            {
                throw Native.failure("fchmod", "fd=" + fd);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** The group before the mode, which is meant for it. By a descriptor, since the name may be another file's. */
    private static void give(final Path path, final SocketAccess access)
    {
        try (Fd file = OpenFile.open(
            path, OpenFile.O_PATH | OpenFile.O_NOFOLLOW, 0, "O_PATH", "path:" + path.getFileName()))
        {
            final Path pinned = file.path();
            if (null != access.group())
            {
                Files.getFileAttributeView(pinned, PosixFileAttributeView.class).setGroup(access.group());
            }
            Files.setAttribute(pinned, "unix:mode", access.mode());
        }
        catch (final FileSystemException e)
        {
            throw new ErrnoException("chown", Errno.EPERM, e.getReason() +
                (null == access.group() ? "" : "; this process's user is to be in that group"),
                "path=" + path + ", access=" + access);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static Path bind(final Path path, final Binding binding)
    {
        for (int i = 1; true; i++)
        {
            final Path temporary = SocketAddress.near(path, ThreadLocalRandom.current());
            try
            {
                binding.bind(temporary);
                return temporary;
            }
            catch (final ErrnoException e)
            {
                if (Errno.EADDRINUSE != e.errno() || i == NAME_TRIES)
                {
                    throw e;
                }
            }
        }
    }

    private static void replaceDead(final Path temporary, final Path path)
    {
        try (DirectoryLock _ = DirectoryLock.of(path))
        {
            do
            {
                // Nothing there: it was closed just now, and what may come there next is not to be deleted.
                if (isDead(path))
                {
                    unlink(path);
                }
            }
            while (!link(temporary, path));
        }
    }

    /** Whether there is a socket of nobody; false if there is nothing. */
    private static boolean isDead(final Path path)
    {
        final int mode;
        try
        {
            mode = (int)Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        }
        catch (final NoSuchFileException e)
        {
            return false;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        if (S_IFSOCK != (mode & S_IFMT))
        {
            throw new ErrnoException("bind", Errno.EADDRINUSE,
                "what is there is no socket; remove it or choose another path", "path=" + path);
        }
        if (isAlive(path))
        {
            throw new ErrnoException("bind", Errno.EADDRINUSE,
                "another process has its socket there; end that process or choose another path", "path=" + path);
        }
        return true;
    }

    /**
     * Whether some process has the socket. Asked as a datagram socket, which a listener of streams does not notice, and
     * which is told EPROTOTYPE also by one that is bound and does not listen yet.
     */
    private static boolean isAlive(final Path path)
    {
        try (Fd fd = SocketCalls.open(SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_NONBLOCK,
            "path=" + path + ", type=DGRAM", "probe:" + path.getFileName()))
        {
            return SocketCalls.connect(fd, path) || Errno.ECONNREFUSED != Native.errno();
        }
    }

    /** Returns false if the name is taken. */
    private static boolean link(final Path from, final Path to)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment old = arena.allocateFrom(from.toString());
            if (0 == (int)LINK.invokeExact(Native.state(), old, arena.allocateFrom(to.toString())))
            {
                return true;
            }
            if (Errno.EEXIST == Native.errno())
            {
                return false;
            }
            throw Native.failure("link", "path=" + to + ", of=" + from);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    private static void unlink(final Path path)
    {
        try (Arena arena = Arena.ofConfined())
        {
            if (0 != (int)UNLINK.invokeExact(Native.state(), arena.allocateFrom(path.toString())) &&
                Errno.ENOENT != Native.errno())
            {
                throw Native.failure("unlink", "path=" + path);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** Null if there is no such file, or no way to it any more. */
    private static Object keyOf(final Path path)
    {
        try
        {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
        }
        catch (final IOException e)
        {
            return null;
        }
    }
}
