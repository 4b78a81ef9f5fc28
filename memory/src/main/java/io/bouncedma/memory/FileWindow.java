/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * A window whose bytes are any file, device node, or resource of a PCI function, from some page on: the shared memory
 * of an ivshmem device, a carve-out behind a driver, guest memory as a VMM has it in a file (its extents are the parts
 * of RAM, addressed by {@link BusAddressing#identity()}).
 * <p>
 * Nothing keeps such a file from being cut, or a device from being taken out, while it is mapped. HotSpot 25 makes an
 * {@link InternalError} of the SIGBUS that follows, which {@link #guard} turns into a {@link WindowFaultException}: for
 * loads and stores of memory segments, views and {@link OrderedMemory}, for copies and fills. A system call says
 * EFAULT. Not so for what reads and writes in one ({@code compareAndSet}), {@code mismatch} and {@code equals} of
 * segments and buffers, checksums, and native code: those end the process. Nor does a device promise a SIGBUS: what is
 * read of a PCI function that was taken out is all ones, mostly. Who can have a file that nobody can cut takes a
 * {@link MemfdWindow}.
 */
public final class FileWindow extends MappedWindow
{
    private final MemorySegment memory;
    private final Rights rights;
    private final long ownOffset;
    private final long ownLength;

    private FileWindow(
        final String name,
        final Mapping mapping,
        final ExtentTable extents,
        final BusAddressing addressing,
        final WindowUsers users,
        final Rights rights,
        final long ownOffset,
        final long ownLength)
    {
        super(name, mapping, extents, addressing, users);
        this.rights = rights;
        this.ownOffset = ownOffset;
        this.ownLength = ownLength;
        memory = Rights.READ_WRITE == rights ? mapping.memory() : mapping.memory().asReadOnly();
    }

    /**
     * Map a part of a file that this side may write all over or nowhere.
     *
     * @param name       for messages.
     * @param file       opened for what the rights say; it may be closed afterwards.
     * @param fileOffset of the window's first byte in the file, a multiple of {@link Extent#ALIGNMENT}; of a file of
     *                   huge pages that and the length are multiples of their size.
     * @param extents    at least one; the byte at an extent's offset is behind the file's byte at {@code fileOffset} by
     *                   so much.
     * @param rights     {@link Rights#READ_WRITE} or {@link Rights#READ_ONLY}.
     * @param addressing how the peer names its bytes.
     * @return the window, to be closed by the caller.
     * @throws IllegalArgumentException if the extents contradict each other, the addressing can not name all bytes, a
     *                                  number is no such multiple, or the file is short.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it: EACCES if the file is not open for writing.
     */
    public static FileWindow map(
        final String name,
        final Fd file,
        final long fileOffset,
        final List<Extent> extents,
        final Rights rights,
        final BusAddressing addressing)
    {
        if (Rights.OWN_OUTPUT == rights)
        {
            throw new IllegalArgumentException("a window with an output section needs to know where: name=" + name +
                ", rights=" + rights + "; use mapOwnOutput");
        }
        return map(name, file, fileOffset, extents, rights, 0, 0, addressing);
    }

    /**
     * Map a part of a file in which this side may write one section only. The others are mapped so that they can not be
     * written, which a hypervisor could answer with a fault.
     *
     * @param name       as {@link #map}.
     * @param file       as there, opened for writing.
     * @param fileOffset as there.
     * @param extents    as there.
     * @param ownOffset  of the section's first byte in the window, a multiple of {@link Extent#ALIGNMENT}.
     * @param ownLength  bytes of the section, a positive multiple of the same.
     * @param addressing as there.
     * @return the window, to be closed by the caller.
     * @throws IllegalArgumentException  as there.
     * @throws IndexOutOfBoundsException if the window has no such section.
     * @throws io.bouncedma.os.ErrnoException as there.
     */
    public static FileWindow mapOwnOutput(
        final String name,
        final Fd file,
        final long fileOffset,
        final List<Extent> extents,
        final long ownOffset,
        final long ownLength,
        final BusAddressing addressing)
    {
        if (ownLength <= 0 || 0 != ((ownOffset | ownLength) & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException("output section needs multiples of " + Extent.ALIGNMENT +
                " and a positive length: name=" + name + ", offset=" + ownOffset + ", length=" + ownLength);
        }
        return map(name, file, fileOffset, extents, Rights.OWN_OUTPUT, ownOffset, ownLength, addressing);
    }

    private static FileWindow map(
        final String name,
        final Fd file,
        final long fileOffset,
        final List<Extent> extents,
        final Rights rights,
        final long ownOffset,
        final long ownLength,
        final BusAddressing addressing)
    {
        final ExtentTable table = new ExtentTable(extents);
        final WindowUsers users = new WindowUsers(name, table, addressing);
        Objects.checkFromIndexSize(ownOffset, ownLength, table.length());
        requireLong(name, file, fileOffset, table.length());
        final Mapping mapping = Mapping.map(
            file, fileOffset, table.length(), Rights.READ_WRITE == rights ? Access.READ_WRITE : Access.READ_ONLY);
        try
        {
            if (Rights.OWN_OUTPUT == rights)
            {
                mapping.place(ownOffset, file, fileOffset + ownOffset, ownLength, Access.READ_WRITE);
            }
            return new FileWindow(name, mapping, table, addressing, users, rights, ownOffset, ownLength);
        }
        catch (final RuntimeException e)
        {
            mapping.close();
            throw e;
        }
    }

    @Override
    public MemorySegment memory()
    {
        return memory;
    }

    @Override
    public MemorySegment memory(final long offset, final long length)
    {
        return (isWritable(offset, length) ? mapping().memory() : memory).asSlice(offset, length);
    }

    @Override
    public Rights rights()
    {
        return rights;
    }

    @Override
    public boolean isWritable(final long offset, final long length)
    {
        return switch (rights)
        {
            case READ_WRITE -> super.isWritable(offset, length);
            case READ_ONLY -> false;
            case OWN_OUTPUT ->
                length >= 0 && offset >= ownOffset && offset - ownOffset <= ownLength - length;
        };
    }

    /** A page behind the end can be mapped and not accessed: that is said now, where there is an end. */
    private static void requireLong(final String name, final Fd file, final long fileOffset, final long length)
    {
        if (fileOffset < 0 || fileOffset > Long.MAX_VALUE - length)
        {
            throw new IllegalArgumentException("a file has no such part: name=" + name + ", fileOffset=" + fileOffset +
                ", length=" + length);
        }
        if (file.hasLength() && file.size() < fileOffset + length)
        {
            throw new IllegalArgumentException("file is too short for the window: name=" + name + ", fd=" + file +
                ", size=" + file.size() + ", required=" + (fileOffset + length));
        }
    }
}
