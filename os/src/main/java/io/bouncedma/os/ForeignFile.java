/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.nio.file.Path;

/**
 * A file where others may put theirs. One that somebody else put there is opened for reading so that it can neither
 * hold up who opens it nor lead him elsewhere: a Java channel follows links, or waits for the other end of a FIFO or
 * for the holder of a lease ({@code open(2)}, {@code fcntl(2)}). What was opened or made is looked at, read and written
 * by {@link #path()}, which no rename changes. While it is open nobody gets a lease that would hold up a second opening
 * for reading.
 */
public final class ForeignFile implements AutoCloseable
{
    private static final int OWN_MODE = 0600;

    private final Fd fd;

    private ForeignFile(final Fd fd)
    {
        this.fd = fd;
    }

    /**
     * Open what is there, of whatever kind: that is for the caller to check.
     *
     * @param path of it; its last name is no symbolic link.
     * @return to be closed by the caller.
     * @throws ErrnoException ENOENT or EACCES, for example; ELOOP for a symbolic link, EAGAIN for a lease.
     */
    public static ForeignFile open(final Path path)
    {
        return open(path, OpenFile.O_RDONLY | OpenFile.O_NOCTTY | OpenFile.O_NONBLOCK, "O_RDONLY | O_NONBLOCK");
    }

    /**
     * Make a file where somebody else may write, too, and could put another one there before its mode is set by name.
     *
     * @param path of it; nothing is there yet.
     * @return to be closed by the caller; for this user alone, until the mode of {@link #path()} is set.
     * @throws ErrnoException EEXIST, EACCES or ENOSPC, for example.
     */
    public static ForeignFile create(final Path path)
    {
        return open(path, OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_EXCL, "O_WRONLY | O_CREAT | O_EXCL");
    }

    private static ForeignFile open(final Path path, final int flags, final String names)
    {
        return new ForeignFile(OpenFile.open(path, flags | OpenFile.O_NOFOLLOW, OWN_MODE, names + " | O_NOFOLLOW",
            "foreign:" + path.getFileName()));
    }

    /**
     * The open file under a name that leads to this very file, whatever became of its path.
     *
     * @return for attributes, and for a channel once it is known to be a regular file, while this is open.
     */
    public Path path()
    {
        return fd.path();
    }

    /**
     * Close it; a second call does nothing.
     */
    @Override
    public void close()
    {
        fd.close();
    }
}
