/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ExtentTable;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WindowUsers;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A window of one's own: an ordinary file, mapped by what the JDK has, and a pool in it. Whoever has memory that no
 * class here knows, as behind a driver with calls of its own, writes as much.
 */
public final class OwnWindow
{
    private OwnWindow()
    {
    }

    // window
    /** A file as a window of one extent, which its peer addresses from 4 GiB on. */
    static final class MappedFile implements Window
    {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final ExtentTable extents;
        private final WindowUsers users;

        MappedFile(final Path path, final long length)
        {
            extents = new ExtentTable(List.of(new Extent(0, 0, length)));
            users = new WindowUsers(name(), extents, addressing());
            try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE))
            {
                memory = file.map(MapMode.READ_WRITE, 0, length, arena);
            }
            catch (final IOException e)
            {
                arena.close();
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String name()
        {
            return "mapped file";
        }

        @Override
        public MemorySegment memory()
        {
            return memory;
        }

        @Override
        public ExtentTable extents()
        {
            return extents;
        }

        @Override
        public BusAddressing addressing()
        {
            return BusAddressing.basePlusOffset(1L << 32);
        }

        @Override
        public WindowUsers users()
        {
            return users;
        }

        @Override
        public void close()
        {
            users.close(arena::close);
        }
    }
    // end

    /**
     * Run the sample.
     *
     * @param args the file, which is made 1 MiB long.
     */
    public static void main(final String[] args)
    {
        try (Window window = new MappedFile(Path.of(args[0]), 1 << 20);
            BouncePool pool = new BouncePool("pool", window, 0, 1 << 20);
            DmaDevice device = new DmaDevice("device", PoolSet.of(pool)))
        {
            final byte[] message = "for the peer".getBytes(StandardCharsets.UTF_8);
            final long mapping = device.map(message, 0, message.length, Direction.TO_DEVICE);
            final long bus = device.busAddress(mapping);
            System.out.println("bus address 0x" + Long.toHexString(bus) + " is byte " + window.offsetOf(bus) +
                " of " + args[0]);
            device.unmap(mapping);
        }
    }
}
