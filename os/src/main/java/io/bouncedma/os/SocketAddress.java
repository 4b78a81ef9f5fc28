/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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

    static MemorySegment of(final SegmentAllocator allocator, final Path path)
    {
        final byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= PATH_LENGTH)
        {
            throw new IllegalArgumentException("socket path is too long: path=" + path + ", bytes=" + bytes.length +
                ", maximum=" + (PATH_LENGTH - 1) + "; use a shorter directory");
        }
        final MemorySegment address = allocator.allocate(LENGTH, Short.BYTES);
        address.set(Native.SHORT, 0, (short)AF_UNIX);
        MemorySegment.copy(bytes, 0, address, Native.BYTE, PATH_OFFSET, bytes.length);
        return address;
    }
}
