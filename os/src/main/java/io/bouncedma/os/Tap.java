/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One queue of a Linux tap interface ({@code /dev/net/tun}), non-blocking: the kernel's end of a network cable. Each
 * frame has the virtio header of 12 bytes before it, little-endian, with checksum and segmentation left to do.
 * <p>
 * Not thread-safe: one thread at a time.
 */
public final class Tap implements AutoCloseable
{
    /** Nothing to read, or no room: try again when the descriptor is ready. */
    public static final int WOULD_BLOCK = -1;
    /** The kernel does not take the frame: its header makes no sense, or the interface is down. */
    public static final int REFUSED = -2;
    /** Bytes before each frame. */
    public static final int HEADER_LENGTH = 12;

    /** {@link #offloads}: frames may come out whose checksum is to be completed. */
    public static final int OFFLOAD_CSUM = 1;
    /** {@link #offloads}: TCP over IPv4 may come out unsegmented; needs {@link #OFFLOAD_CSUM}. */
    public static final int OFFLOAD_TSO4 = 2;
    /** {@link #offloads}: TCP over IPv6 may come out unsegmented; needs {@link #OFFLOAD_CSUM}. */
    public static final int OFFLOAD_TSO6 = 4;
    /** {@link #offloads}: unsegmented TCP may have ECN marks. */
    public static final int OFFLOAD_TSO_ECN = 8;
    /** {@link #offloads}: UDP may come out unfragmented; needs {@link #OFFLOAD_CSUM}. */
    public static final int OFFLOAD_UFO = 16;

    private static final MethodHandle IOCTL =
        Native.linkVariadic("ioctl", 2, Native.INT, Native.INT, Native.LONG, Native.POINTER);
    private static final MethodHandle IOCTL_VALUE =
        Native.linkVariadic("ioctl", 2, Native.INT, Native.INT, Native.LONG, Native.LONG);

    private static final Path DEVICE = Path.of("/dev/net/tun");
    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final long TUNSETQUEUE = 0x400454d9L;
    private static final long TUNSETVNETLE = 0x400454dcL;
    private static final int IFF_TAP = 2;
    private static final int IFF_MULTI_QUEUE = 0x100;
    private static final int IFF_ATTACH_QUEUE = 0x200;
    private static final int IFF_DETACH_QUEUE = 0x400;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    /** {@code struct ifreq}: the name in 16 bytes, then a union that begins with the flags. */
    private static final int IFREQ_LENGTH = 40;
    private static final int NAME_LENGTH = 16;

    private final Fd fd;
    private final String name;

    private Tap(final Fd fd, final String name)
    {
        this.fd = fd;
        this.name = name;
    }

    /**
     * Attach to a tap interface; one that does not exist is made, and goes away with its last queue.
     *
     * @param name       of the interface, 1 to 15 bytes; {@code %d} in it becomes a free number.
     * @param multiQueue whether it has several queues: then call this once for each, with its {@link #name()}.
     * @return the queue, which takes part at once. Nothing comes out unsegmented before {@link #offloads}.
     * @throws ErrnoException           ENOENT if there is no {@code /dev/net/tun}, EPERM without CAP_NET_ADMIN to make
     *                                  or use the interface, EBUSY if somebody else has it, EINVAL if it is of another
     *                                  kind.
     * @throws IllegalArgumentException if the name has no such length.
     */
    public static Tap open(final String name, final boolean multiQueue)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (0 == bytes.length || bytes.length >= NAME_LENGTH)
        {
            throw new IllegalArgumentException("name of an interface has 1 to " + (NAME_LENGTH - 1) + " bytes: name=" +
                name + ", bytes=" + bytes.length);
        }
        final Fd fd = openDevice(name);
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment request = arena.allocate(IFREQ_LENGTH, Long.BYTES);
            MemorySegment.copy(bytes, 0, request, Native.BYTE, 0, bytes.length);
            request.set(Native.SHORT, NAME_LENGTH,
                (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0)));
            control(fd, TUNSETIFF, request, "TUNSETIFF, name=" + name);
            final MemorySegment number = arena.allocate(Native.INT);
            number.set(Native.INT, 0, HEADER_LENGTH);
            control(fd, TUNSETVNETHDRSZ, number, "TUNSETVNETHDRSZ, name=" + name);
            number.set(Native.INT, 0, 1);
            control(fd, TUNSETVNETLE, number, "TUNSETVNETLE, name=" + name);
            return new Tap(fd, request.getString(0));
        }
        catch (final Throwable t)
        {
            fd.close();
            throw Native.unexpected(t);
        }
    }

    /**
     * The name of the interface.
     *
     * @return as the kernel has it.
     */
    public String name()
    {
        return name;
    }

    /**
     * What may come out of the kernel with work left to do; it takes in all that its header can say.
     *
     * @param bits of {@link #OFFLOAD_CSUM} and the others.
     * @throws ErrnoException EINVAL if a bit is unknown to this kernel or comes without what it needs.
     */
    public void offloads(final int bits)
    {
        try
        {
            if ((int)IOCTL_VALUE.invokeExact(Native.state(), fd.value(), TUNSETOFFLOAD, (long)bits) < 0)
            {
                throw Native.failure("ioctl", "fd=" + fd + ", TUNSETOFFLOAD, bits=0x" + Integer.toHexString(bits));
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Have one queue of several take part or not; a queue that does not gets no frames, and those that it had are gone.
     *
     * @param attached whether it takes part.
     * @throws ErrnoException EINVAL if it is so already, or the interface has one queue.
     */
    public void attach(final boolean attached)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment request = arena.allocate(IFREQ_LENGTH, Long.BYTES);
            request.set(Native.SHORT, NAME_LENGTH, (short)(attached ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE));
            control(fd, TUNSETQUEUE, request, "TUNSETQUEUE, attached=" + attached);
        }
    }

    /**
     * Let the kernel receive a frame.
     *
     * @param frame  header and frame, outside the heap.
     * @param length bytes of both.
     * @return the length, {@link #WOULD_BLOCK} or {@link #REFUSED}.
     * @throws ErrnoException EBADFD if the interface is gone or this queue does not take part.
     */
    public int write(final MemorySegment frame, final int length)
    {
        final long written = fd.write(frame, length);
        if (written >= 0)
        {
            return (int)written;
        }
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR -> WOULD_BLOCK;
            case Errno.EBADF, Errno.EBADFD -> throw Native.failure("write", "fd=" + fd + ", length=" + length);
            // EINVAL of a header that makes no sense, EIO of an interface that is down, no memory: the frame's end.
            default -> REFUSED;
        };
    }

    /**
     * Take a frame that the kernel sent.
     *
     * @param frame room for header and frame, outside the heap; a longer frame is cut off by the kernel.
     * @return bytes of both, or {@link #WOULD_BLOCK}.
     * @throws ErrnoException EBADFD if the interface is gone or this queue does not take part.
     */
    public int read(final MemorySegment frame)
    {
        final long length = fd.read(frame, frame.byteSize());
        if (length >= 0)
        {
            return (int)length;
        }
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR -> WOULD_BLOCK;
            default -> throw Native.failure("read", "fd=" + fd);
        };
    }

    /**
     * The descriptor, readable while a frame waits.
     *
     * @return it is owned by this object.
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

    private static Fd openDevice(final String name)
    {
        return OpenFile.open(DEVICE, OpenFile.O_RDWR | OpenFile.O_NONBLOCK, 0, "name=" + name, "tap:" + name);
    }

    private static void control(final Fd fd, final long request, final MemorySegment argument, final String what)
    {
        try
        {
            if ((int)IOCTL.invokeExact(Native.state(), fd.value(), request, argument) < 0)
            {
                throw Native.failure("ioctl", "fd=" + fd + ", " + what);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
