/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Mapping;

/**
 * What windows have in common whose bytes this process has mapped itself.
 */
abstract class MappedWindow implements Window
{
    private final String name;
    private final Mapping mapping;
    private final ExtentTable extents;
    private final BusAddressing addressing;
    private final WindowUsers users;

    /**
     * A window that is open.
     *
     * @param mapping closed with it.
     */
    MappedWindow(
        final String name,
        final Mapping mapping,
        final ExtentTable extents,
        final BusAddressing addressing,
        final WindowUsers users)
    {
        this.name = name;
        this.mapping = mapping;
        this.extents = extents;
        this.addressing = addressing;
        this.users = users;
    }

    final Mapping mapping()
    {
        return mapping;
    }

    @Override
    public final String name()
    {
        return name;
    }

    @Override
    public final ExtentTable extents()
    {
        return extents;
    }

    @Override
    public final BusAddressing addressing()
    {
        return addressing;
    }

    @Override
    public final WindowUsers users()
    {
        return users;
    }

    @Override
    public final void close()
    {
        // Throws if the memory is in a native call; then the window stays open, to be closed again.
        users.close(mapping::close);
    }

    @Override
    public final String toString()
    {
        return "window " + name + " (" + length() + " bytes, " + extents.extents().size() + " extents, " +
            addressing + ", " + rights() + ")";
    }
}
