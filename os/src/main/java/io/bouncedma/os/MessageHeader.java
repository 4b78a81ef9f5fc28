/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@code struct msghdr} with one data vector and room for descriptors in the ancillary data, reused for every message
 * of a socket.
 * <pre>
 * msghdr (56)   name u64 | namelen u32 + 4 | iov u64 | iovlen u64 | control u64 | controllen u64 | flags u32 + 4
 * iovec (16)    base u64 | len u64
 * cmsghdr (16)  len u64 | level u32 | type u32, then the descriptors as u32, all padded to 8
 * </pre>
 */
final class MessageHeader
{
    /** Descriptors that fit into one message; Linux takes at most 253 (SCM_MAX_FD). */
    static final int MAX_FDS = 64;

    private static final int IOV_OFFSET = 16;
    private static final int IOVLEN_OFFSET = 24;
    private static final int CONTROL_OFFSET = 32;
    private static final int CONTROLLEN_OFFSET = 40;
    private static final int FLAGS_OFFSET = 48;
    private static final int HEADER_LENGTH = 56;
    private static final int IOVEC_LENGTH = 16;
    private static final int CMSG_LEVEL_OFFSET = 8;
    private static final int CMSG_TYPE_OFFSET = 12;
    private static final int CMSG_HEADER_LENGTH = 16;
    private static final int CONTROL_LENGTH = CMSG_HEADER_LENGTH + MAX_FDS * Integer.BYTES;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    private final MemorySegment header;
    private final MemorySegment iovec;
    private final MemorySegment control;
    private final MemorySegment data;

    MessageHeader(final int maxMessageSize)
    {
        final Arena arena = Arena.ofAuto();
        header = arena.allocate(HEADER_LENGTH, Long.BYTES);
        iovec = arena.allocate(IOVEC_LENGTH, Long.BYTES);
        control = arena.allocate(CONTROL_LENGTH, Long.BYTES);
        data = arena.allocate(maxMessageSize, Long.BYTES);
        header.set(Native.LONG, IOV_OFFSET, iovec.address());
        header.set(Native.LONG, IOVLEN_OFFSET, 1L);
        iovec.set(Native.LONG, 0, data.address());
    }

    MemorySegment toSend(final byte[] bytes, final int offset, final int length, final List<Fd> fds)
    {
        if (length > data.byteSize())
        {
            throw new IllegalArgumentException(
                "message is too long: length=" + length + ", maximum=" + data.byteSize());
        }
        if (fds.size() > MAX_FDS)
        {
            throw new IllegalArgumentException("too many descriptors: fds=" + fds.size() + ", maximum=" + MAX_FDS);
        }
        MemorySegment.copy(bytes, offset, data, Native.BYTE, 0, length);
        iovec.set(Native.LONG, Long.BYTES, (long)length);
        final boolean none = fds.isEmpty();
        final long used = CMSG_HEADER_LENGTH + (long)fds.size() * Integer.BYTES;
        header.set(Native.LONG, CONTROL_OFFSET, none ? 0L : control.address());
        header.set(Native.LONG, CONTROLLEN_OFFSET, none ? 0L : (used + 7) & -8L);
        control.set(Native.LONG, 0, used);
        control.set(Native.INT, CMSG_LEVEL_OFFSET, SOL_SOCKET);
        control.set(Native.INT, CMSG_TYPE_OFFSET, SCM_RIGHTS);
        for (int i = 0; i < fds.size(); i++)
        {
            control.set(Native.INT, CMSG_HEADER_LENGTH + (long)i * Integer.BYTES, fds.get(i).value());
        }
        return header;
    }

    MemorySegment toReceive(final int maxLength)
    {
        iovec.set(Native.LONG, Long.BYTES, Math.min(maxLength, data.byteSize()));
        control.fill((byte)0);
        header.set(Native.LONG, CONTROL_OFFSET, control.address());
        header.set(Native.LONG, CONTROLLEN_OFFSET, (long)CONTROL_LENGTH);
        header.set(Native.INT, FLAGS_OFFSET, 0);
        return header;
    }

    int flags()
    {
        return header.get(Native.INT, FLAGS_OFFSET);
    }

    void copyTo(final byte[] bytes, final int offset, final int length)
    {
        MemorySegment.copy(data, Native.BYTE, 0, bytes, offset, length);
    }

    /**
     * Own every descriptor that came, whatever else is wrong with the message: what is not taken here leaks.
     *
     * @param fds to append to.
     */
    void takeFds(final List<Fd> fds)
    {
        final long length = header.get(Native.LONG, CONTROLLEN_OFFSET);
        if (length < CMSG_HEADER_LENGTH ||
            SOL_SOCKET != control.get(Native.INT, CMSG_LEVEL_OFFSET) ||
            SCM_RIGHTS != control.get(Native.INT, CMSG_TYPE_OFFSET))
        {
            return;
        }
        final long end = Math.min(control.get(Native.LONG, 0), length);
        for (long at = CMSG_HEADER_LENGTH; at + Integer.BYTES <= end; at += Integer.BYTES)
        {
            fds.add(Fd.received(control.get(Native.INT, at)));
        }
    }
}
