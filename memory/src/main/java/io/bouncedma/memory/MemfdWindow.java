/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A window whose bytes are a memory file that nobody can cut, in extents that lie anywhere in this VM's physical
 * address space. Immutable but for {@link #replace} and {@link #close()}.
 */
public final class MemfdWindow extends MappedWindow
{
    private MemfdWindow(
        final String name,
        final Mapping mapping,
        final ExtentTable extents,
        final BusAddressing addressing,
        final WindowUsers users)
    {
        super(name, mapping, extents, addressing, users);
    }

    /**
     * Map a window whose bytes are a memory file, extent by extent.
     *
     * @param name       for messages.
     * @param memory     a file sealed against shrinking; it may be closed afterwards.
     * @param extents    at least one; an extent's offset is its place in the file too.
     * @param addressing how the peer names its bytes.
     * @return the window, to be closed by the caller.
     * @throws IllegalArgumentException if the extents contradict each other, the addressing can not name all bytes, or
     *                                  the file is short or not sealed.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it.
     */
    public static MemfdWindow map(
        final String name, final Fd memory, final List<Extent> extents, final BusAddressing addressing)
    {
        final ExtentTable table = new ExtentTable(extents);
        final WindowUsers users = new WindowUsers(name, table, addressing);
        Memfd.requireSealed(memory, table.length());
        final Mapping mapping = Mapping.reserve(table.length());
        try
        {
            place(mapping, memory, table);
            return new MemfdWindow(name, mapping, table, addressing, users);
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
     * should use the window meanwhile; who did can tell by {@link #generation()}.
     *
     * @param memory a file sealed against shrinking; it may be closed afterwards.
     * @throws IllegalArgumentException if the file is short or not sealed; the window is as before then.
     * @throws IllegalStateException    if the window is closed.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it; the window is of no use then.
     */
    public void replace(final Fd memory)
    {
        Memfd.requireSealed(memory, length());
        users().replace(() -> place(mapping(), memory, extents()));
    }

    @Override
    public MemorySegment memory()
    {
        return mapping().memory();
    }

    private static void place(final Mapping mapping, final Fd memory, final ExtentTable table)
    {
        for (final Extent extent : table.extents())
        {
            mapping.place(extent.offset(), memory, extent.offset(), extent.length(), Access.READ_WRITE);
        }
    }
}
