/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A window of memory that this VM shares with another one.
 * <p>
 * Three coordinates name a byte: the <em>offset</em> from the start of the region, the same in every VM; the
 * <em>paddr</em>, where this VM's physical address space has it, extent by extent in any order; the <em>vaddr</em>,
 * where this process has it. The process maps the extents in the order of their offsets, so that one view spans them
 * all. What goes into a descriptor is a fourth, the <em>bus address</em>, made by the region's {@link BusAddressing}.
 * <p>
 * The peer may write every byte at any time. Immutable but for {@link #replace} and {@link #close()}; any thread.
 */
public final class SharedRegion implements BusMemory, AutoCloseable
{
    private final String name;
    private final Mapping mapping;
    private final ExtentTable extents;
    private final BusAddressing addressing;
    private final Set<String> users = new HashSet<>();
    private final List<Part> parts = new ArrayList<>();
    private boolean closed;

    private SharedRegion(
        final String name, final Mapping mapping, final ExtentTable extents, final BusAddressing addressing)
    {
        this.name = name;
        this.mapping = mapping;
        this.extents = extents;
        this.addressing = addressing;
    }

    /**
     * Map a region whose bytes are a memory file, extent by extent.
     *
     * @param name       for messages.
     * @param memory     a file sealed against shrinking; it may be closed afterwards.
     * @param extents    at least one; an extent's offset is its place in the file too.
     * @param addressing how the peer names its bytes.
     * @return the region, to be closed by the caller.
     * @throws IllegalArgumentException if the extents contradict each other or the file is short or not sealed.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it.
     */
    public static SharedRegion map(
        final String name, final Fd memory, final List<Extent> extents, final BusAddressing addressing)
    {
        final ExtentTable table = new ExtentTable(extents);
        Memfd.requireSealed(memory, table.length());
        final Mapping mapping = Mapping.reserve(table.length());
        try
        {
            place(mapping, memory, table);
            return new SharedRegion(name, mapping, table, addressing);
        }
        catch (final RuntimeException e)
        {
            mapping.close();
            throw e;
        }
    }

    /**
     * Show another memory file in the place of the present one, because the peer is another one. Addresses, views and
     * segments stay; the bytes are those of the new file from then on. Not at one moment for all extents, so nobody
     * should use the region meanwhile.
     *
     * @param memory a file sealed against shrinking; it may be closed afterwards.
     * @throws IllegalArgumentException if the file is short or not sealed; the region is as before then.
     * @throws IllegalStateException    if the region is closed.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it; the region is of no use then.
     */
    public synchronized void replace(final Fd memory)
    {
        if (closed)
        {
            throw new IllegalStateException("region is closed: name=" + name);
        }
        Memfd.requireSealed(memory, extents.length());
        place(mapping, memory, extents);
    }

    /**
     * The region's name.
     *
     * @return as given.
     */
    public String name()
    {
        return name;
    }

    /**
     * The region's size.
     *
     * @return bytes.
     */
    public long length()
    {
        return extents.length();
    }

    /**
     * Where the region's bytes lie in this VM's physical address space.
     *
     * @return the table of its extents.
     */
    public ExtentTable extents()
    {
        return extents;
    }

    /**
     * A part of the region's memory, with every access checked against its bounds and against {@link #close()}.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @return the memory.
     * @throws IndexOutOfBoundsException if the region has no such part.
     */
    public MemorySegment memory(final long offset, final long length)
    {
        return mapping.memory().asSlice(offset, length);
    }

    /**
     * A view of a part of the region for fast bounds-checked copies. It is not checked against {@link #close()}:
     * whoever holds one registers with {@link #retain(String)}.
     *
     * @param offset of the first byte.
     * @param length bytes.
     * @return a view whose index 0 is the first byte.
     * @throws IndexOutOfBoundsException if the region has no such part.
     */
    public UnsafeBuffer view(final long offset, final int length)
    {
        return new UnsafeBuffer(memory(offset, length).address(), length);
    }

    /**
     * The name of a byte in a descriptor.
     *
     * @param offset of the byte.
     * @return its bus address.
     * @throws IndexOutOfBoundsException if the region has no such byte.
     */
    public long busAddress(final long offset)
    {
        return found(addressing.toBus(extents, offset), "offset", offset);
    }

    /**
     * Which byte a bus address names. For addresses that a peer wrote: never throws.
     *
     * @param busAddress any value.
     * @return its offset, or {@link ExtentTable#NOT_FOUND}.
     */
    public long offsetOf(final long busAddress)
    {
        return addressing.toOffset(extents, busAddress);
    }

    /** {@inheritDoc} A window is there to be written by both sides. */
    @Override
    public Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        long bus = busAddress;
        long left = length;
        while (left > 0)
        {
            final long offset = offsetOf(bus);
            if (ExtentTable.NOT_FOUND == offset)
            {
                return Translation.NOT_FOUND;
            }
            final long run = Math.min(left, runLength(bus));
            to.add(mapping.memory(), offset, run);
            bus += run;
            left -= run;
        }
        return Translation.FOUND;
    }

    /**
     * How many bytes from a bus address lie behind each other in this region too. For addresses that a peer wrote:
     * never throws.
     *
     * @param busAddress any value.
     * @return bytes, zero if the address is not in the region.
     */
    public long runLength(final long busAddress)
    {
        return addressing.run(extents, busAddress);
    }

    /**
     * Where this process has a guest-physical address.
     *
     * @param paddr in one of the extents.
     * @return the virtual address.
     * @throws IndexOutOfBoundsException if it is in none.
     */
    public long vaddrOf(final long paddr)
    {
        return mapping.memory().address() + found(extents.offsetOf(paddr), "paddr", paddr);
    }

    /**
     * Where this VM's physical address space has a virtual address of this process.
     *
     * @param vaddr in this region.
     * @return the guest-physical address.
     * @throws IndexOutOfBoundsException if it is not in this region.
     */
    public long paddrOf(final long vaddr)
    {
        return found(extents.paddrOf(vaddr - mapping.memory().address()), "vaddr", vaddr);
    }

    /**
     * Keep the region from being closed.
     *
     * @param user who needs it, unique in this region.
     * @throws IllegalStateException if the region is closed or has a user of that name.
     */
    public synchronized void retain(final String user)
    {
        if (closed)
        {
            throw new IllegalStateException("region is closed: name=" + name + ", user=" + user);
        }
        if (!users.add(user))
        {
            throw new IllegalStateException("region has a user of that name already: name=" + name + ", user=" + user);
        }
    }

    /**
     * Undo {@link #retain(String)}.
     *
     * @param user as it was given there.
     */
    public synchronized void release(final String user)
    {
        users.remove(user);
        parts.removeIf(part -> part.user.equals(user));
    }

    /**
     * Take a part of the region for one user alone.
     *
     * @param user   who has called {@link #retain(String)}.
     * @param offset of the first byte.
     * @param length bytes.
     * @throws IndexOutOfBoundsException if the region has no such part.
     * @throws IllegalArgumentException  naming the user who has some of it already.
     */
    public synchronized void claim(final String user, final long offset, final long length)
    {
        Objects.checkFromIndexSize(offset, length, length());
        for (final Part part : parts)
        {
            if (offset < part.offset + part.length && part.offset < offset + length)
            {
                throw new IllegalArgumentException("parts of a region overlap: user=" + user + ", offset=" + offset +
                    ", length=" + length + ", other=" + part);
            }
        }
        parts.add(new Part(user, offset, length));
    }

    /**
     * Undo {@link #claim}.
     *
     * @param user   as it was given there.
     * @param offset as it was given there.
     */
    public synchronized void unclaim(final String user, final long offset)
    {
        parts.removeIf(part -> part.user.equals(user) && part.offset == offset);
    }

    /**
     * Unmap the region; a second call does nothing.
     *
     * @throws IllegalStateException naming who still uses it, or if a native call of another thread does; then it stays
     *                               open.
     */
    @Override
    public synchronized void close()
    {
        if (closed)
        {
            return;
        }
        if (!users.isEmpty())
        {
            throw new IllegalStateException("region is in use: name=" + name + ", users=" + users);
        }
        // Throws if the memory is in a native call; then the region stays open, to be closed again.
        mapping.close();
        closed = true;
    }

    @Override
    public String toString()
    {
        return "region " + name + " (" + length() + " bytes, " + extents.extents().size() + " extents, " +
            addressing + ")";
    }

    private record Part(String user, long offset, long length)
    {
    }

    private long found(final long result, final String what, final long value)
    {
        if (ExtentTable.NOT_FOUND == result)
        {
            throw new IndexOutOfBoundsException(
                what + " is not in the region: " + what + "=0x" + Long.toHexString(value) + ", " + this);
        }
        return result;
    }

    private static void place(final Mapping mapping, final Fd memory, final ExtentTable table)
    {
        for (final Extent extent : table.extents())
        {
            mapping.place(extent.offset(), memory, extent.offset(), extent.length(), Access.READ_WRITE);
        }
    }
}
