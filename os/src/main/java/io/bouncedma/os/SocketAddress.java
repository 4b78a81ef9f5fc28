/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * {@code struct sockaddr_un}: a family of 16 bits, then the path and a zero byte.
 */
final class SocketAddress
{
    static final int AF_UNIX = 1;
    static final int LENGTH = 110;

    private static final int PATH_OFFSET = 2;
    private static final int PATH_LENGTH = LENGTH - PATH_OFFSET;

    private SocketAddress()
    {
    }

    /**
     * The path in an address that Linux has filled.
     *
     * @param address of a bound socket.
     * @param length  of it, as Linux said.
     * @return null if it has none: nothing is bound, or it is abstract.
     */
    static Path pathOf(final MemorySegment address, final int length)
    {
        int end = PATH_OFFSET;
        while (end < Math.min(length, LENGTH) && 0 != address.get(Native.BYTE, end))
        {
            end++;
        }
        final byte[] bytes = address.asSlice(PATH_OFFSET, end - PATH_OFFSET).toArray(Native.BYTE);
        return 0 == bytes.length ? null : Path.of(new String(bytes, StandardCharsets.UTF_8));
    }

    /**
     * Refuse a path that does not fit.
     *
     * @param path of a socket.
     * @throws IllegalArgumentException if it is longer than 107 bytes.
     */
    static void require(final Path path)
    {
        final int length = bytes(path).length;
        if (length >= PATH_LENGTH)
        {
            throw new IllegalArgumentException("socket path is too long: path=" + path + ", bytes=" + length +
                ", maximum=" + (PATH_LENGTH - 1) + "; use a shorter directory");
        }
    }

    /**
     * Make a path in the same directory that fits if the other one does, and shows whose it is if there is room.
     *
     * @param path   of a socket.
     * @param random digits.
     * @return another path.
     */
    static Path near(final Path path, final RandomGenerator random)
    {
        final String digits = HexFormat.of().toHexDigits(random.nextInt());
        final Path longer = path.resolveSibling(path.getFileName() + "." + digits);
        if (bytes(longer).length < PATH_LENGTH)
        {
            return longer;
        }
        final int room = PATH_LENGTH - 1 - bytes(path).length + bytes(path.getFileName()).length;
        return path.resolveSibling(digits.substring(0, Math.min(digits.length(), room)));
    }

    private static byte[] bytes(final Path path)
    {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * An address that has no file (<i>abstract</i>, {@code unix(7)}): its length counts, and its first byte is zero.
     *
     * @param allocator of the address.
     * @param name      1 to 107 bytes.
     * @throws IllegalArgumentException if the name does not fit.
     */
    static MemorySegment ofAbstract(final SegmentAllocator allocator, final String name)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (0 == bytes.length || bytes.length >= PATH_LENGTH)
        {
            throw new IllegalArgumentException("abstract socket name is empty or too long: name=" + name + ", bytes=" +
                bytes.length + ", maximum=" + (PATH_LENGTH - 1));
        }
        final MemorySegment address = allocator.allocate(PATH_OFFSET + 1L + bytes.length, Short.BYTES);
        address.set(Native.SHORT, 0, (short)AF_UNIX);
        MemorySegment.copy(bytes, 0, address, Native.BYTE, PATH_OFFSET + 1L, bytes.length);
        return address;
    }

    static MemorySegment of(final SegmentAllocator allocator, final Path path)
    {
        require(path);
        final byte[] bytes = bytes(path);
        final MemorySegment address = allocator.allocate(LENGTH, Short.BYTES);
        address.set(Native.SHORT, 0, (short)AF_UNIX);
        MemorySegment.copy(bytes, 0, address, Native.BYTE, PATH_OFFSET, bytes.length);
        return address;
    }
}
