/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Bytes in and out of a terminal, a pipe, a device or a file, without waiting. For sockets there is {@link UnixSocket}.
 * <p>
 * Whether a read waits is a property of what was opened, and standard input and output are shared with the shell: so
 * they are opened once more, by their name in {@code /proc}, and only that is made not to wait. One thread at a time.
 */
public final class ByteStream implements AutoCloseable
{
    /** Nothing to read, or no room to write: try again when the descriptor is ready. */
    public static final int WOULD_BLOCK = -1;
    /** Nothing will come any more, or nobody reads any more. */
    public static final int END_OF_STREAM = -2;
    /** The most that one call moves, in bytes. */
    public static final int MAX_LENGTH = 4096;

    private static final int NEW_MODE = 0666;

    private final Fd fd;
    private final MemorySegment buffer = Arena.ofAuto().allocate(MAX_LENGTH);

    private ByteStream(final Fd fd)
    {
        this.fd = fd;
    }

    /**
     * What a stream is for.
     */
    public enum Mode
    {
        /** To read. */
        READ(OpenFile.O_RDONLY),
        /** To write, in place of what is there. Opening a named pipe fails with ENXIO if nobody reads it. */
        WRITE(OpenFile.O_WRONLY),
        /** To write, behind what is there; the file is made if there is none. */
        APPEND(OpenFile.O_WRONLY | OpenFile.O_CREAT | OpenFile.O_APPEND),
        /** Both, as with a terminal. */
        READ_WRITE(OpenFile.O_RDWR);

        private final int flags;

        Mode(final int flags)
        {
            this.flags = flags;
        }
    }

    /**
     * Open a file of any kind but a socket.
     *
     * @param path of the file.
     * @param mode what for.
     * @return the stream, to be closed by the caller.
     * @throws ErrnoException ENOENT, EACCES or another reason of Linux.
     */
    public static ByteStream open(final Path path, final Mode mode)
    {
        return new ByteStream(OpenFile.open(path, mode.flags | OpenFile.O_NOCTTY | OpenFile.O_NONBLOCK, NEW_MODE,
            "mode=" + mode, "stream:" + path.getFileName()));
    }

    /**
     * Open this process's standard input once more.
     *
     * @return the stream, to be closed by the caller.
     * @throws ErrnoException ENXIO if it is a socket, EACCES if it is a file that only somebody else may open.
     */
    public static ByteStream standardInput()
    {
        return open(Path.of("/proc/self/fd/0"), Mode.READ);
    }

    /**
     * Open this process's standard output once more. A file is written behind what is there.
     *
     * @return the stream, to be closed by the caller.
     * @throws ErrnoException as with {@link #standardInput()}.
     */
    public static ByteStream standardOutput()
    {
        return open(Path.of("/proc/self/fd/1"), Mode.APPEND);
    }

    /**
     * Use an end of a pipe that another process created. It never blocks either, whatever was received.
     *
     * @param fd received; this object closes it, and this method does if it fails.
     * @return the stream, to be closed by the caller.
     * @throws ErrnoException EBADF if nothing can be set on the descriptor, as it only names a file (O_PATH).
     */
    public static ByteStream adopt(final Fd fd)
    {
        try
        {
            fd.setNonBlocking();
            return new ByteStream(fd);
        }
        catch (final ErrnoException e)
        {
            fd.close();
            throw e;
        }
    }

    /**
     * Read without waiting.
     *
     * @param bytes  to fill.
     * @param offset of the first byte.
     * @param length bytes at most, greater than zero; no more than {@link #MAX_LENGTH} are read.
     * @return how many bytes came, one or more; {@link #WOULD_BLOCK} or {@link #END_OF_STREAM}.
     * @throws ErrnoException EIO or another reason of Linux.
     */
    public int read(final byte[] bytes, final int offset, final int length)
    {
        final long count = fd.read(buffer, Math.min(length, MAX_LENGTH));
        if (count < 0)
        {
            return failed("read", length);
        }
        MemorySegment.copy(buffer, Native.BYTE, 0, bytes, offset, (int)count);
        return 0 == count ? END_OF_STREAM : (int)count;
    }

    /**
     * Write without waiting. Writing to a pipe that nobody reads any more raises no signal in a JVM.
     *
     * @param bytes  that are written.
     * @param offset of the first byte.
     * @param length bytes, greater than zero; no more than {@link #MAX_LENGTH} are written.
     * @return how many bytes went, one or more; {@link #WOULD_BLOCK} or {@link #END_OF_STREAM}.
     * @throws ErrnoException ENOSPC or another reason of Linux.
     */
    public int write(final byte[] bytes, final int offset, final int length)
    {
        final int part = Math.min(length, MAX_LENGTH);
        MemorySegment.copy(bytes, offset, buffer, Native.BYTE, 0, part);
        final long count = fd.write(buffer, part);
        return count >= 0 ? (int)count : failed("write", length);
    }

    /**
     * Write to a pipe without waiting for room, even if a peer that has the same end sets it to block: from Linux 6.4
     * on, but for a {@code splice(2)} that keeps its lock. Before, as {@link #write}.
     *
     * @param bytes  that are written, all or none of them.
     * @param length of them, 1 to {@link #MAX_LENGTH}.
     * @return as {@link #write}.
     * @throws ErrnoException EBADF or another reason of Linux.
     */
    public int writeNow(final byte[] bytes, final int length)
    {
        MemorySegment.copy(bytes, 0, buffer, Native.BYTE, 0, length);
        try (Arena arena = Arena.ofConfined())
        {
            final long count = new IoVector(arena, buffer.asSlice(0, length)).writeNow(fd);
            return count >= 0 ? (int)count :
                Errno.EOPNOTSUPP == Native.errno() ? write(bytes, 0, length) : failed("pwritev2", length);
        }
    }

    /**
     * The descriptor, for {@link Poller} and {@link Epoll}.
     *
     * @return it is owned by this stream.
     */
    public Fd fd()
    {
        return fd;
    }

    @Override
    public void close()
    {
        fd.close();
    }

    private int failed(final String call, final int length)
    {
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR -> WOULD_BLOCK;
            // A terminal whose other end is gone says EIO to reads.
            case Errno.EPIPE, Errno.EIO -> END_OF_STREAM;
            default -> throw Native.failure(call, "fd=" + fd + ", length=" + length);
        };
    }
}
