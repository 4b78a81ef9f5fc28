/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.peers;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The memory that the test shares with Linux's ring code: a header, as in peer.h, and an arena for rings and buffers.
 */
final class PeerWindow implements AutoCloseable
{
    /** What the two count for each other. */
    enum Event
    {
        KICK(192), CALL(256);

        private final int offset;

        Event(final int offset)
        {
            this.offset = offset;
        }
    }

    /** How the bytes of the window are named in descriptors. */
    enum Addresses
    {
        /** By their offset. */
        OFFSETS,
        /** By their paddr, in extents whose order there is another one than in the window. */
        SCATTERED_EXTENTS
    }

    private static final int QUEUE_SIZE_OFFSET = 0;
    private static final int EXTENTS_COUNT_OFFSET = 4;
    private static final int FEATURES_OFFSET = 8;
    private static final int SEED_OFFSET = 16;
    private static final int CHAINS_OFFSET = 24;
    private static final int AREAS_OFFSET = 32;
    private static final int ARENA_OFFSET = 56;
    private static final int READY_OFFSET = 128;
    private static final int EXTENTS_OFFSET = 4096;
    /** The longest piece is a ring of 256 with a table for each. */
    private static final int EXTENT_LENGTH = 32 * 1024;
    private static final int EXTENTS = 128;
    private static final long PADDR = 0x4000_0000L;

    final Window region;
    final Features features;
    final int queueSize;
    final long seed;
    final long chains;
    private final Fd memory;
    private final OrderedMemory header;

    PeerWindow(
        final Features features, final int queueSize, final Addresses addresses, final long seed, final long chains)
    {
        this.features = features;
        this.queueSize = queueSize;
        this.seed = seed;
        this.chains = chains;
        memory = Memfd.create("linux-rings", (long)EXTENTS * EXTENT_LENGTH);
        region = Addresses.OFFSETS == addresses ?
            MemfdWindow.map("linux-rings", memory, inOrder(), BusAddressing.offset()) :
            MemfdWindow.map("linux-rings", memory, shuffled(new Random(seed)), BusAddressing.identity());
        header = new OrderedMemory(region.memory(0, EXTENT_LENGTH));
        header.store32(QUEUE_SIZE_OFFSET, queueSize);
        header.store32(EXTENTS_COUNT_OFFSET, EXTENTS);
        header.store32(FEATURES_OFFSET, features.word(0));
        header.store32(FEATURES_OFFSET + Integer.BYTES, features.word(1));
        header.store64(SEED_OFFSET, seed);
        header.store64(CHAINS_OFFSET, chains);
        long first = Long.MAX_VALUE;
        for (int i = 0; i < EXTENTS; i++)
        {
            final long offset = (long)i * EXTENT_LENGTH;
            final long at = EXTENTS_OFFSET + 3L * Long.BYTES * i;
            header.store64(at, offset);
            header.store64(at + Long.BYTES, region.busAddress(offset));
            header.store64(at + 2 * Long.BYTES, EXTENT_LENGTH);
            first = 0 == i ? first : Math.min(first, region.busAddress(offset));
        }
        header.store64(ARENA_OFFSET, first);
        header.store64(ARENA_OFFSET + Long.BYTES, arenaLength());
    }

    /**
     * Where the peer can open the window.
     *
     * @return a path, for as long as this is open.
     */
    String path()
    {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + memory.value();
    }

    /**
     * Where the header ends.
     *
     * @return the offset of the arena in the region.
     */
    int arenaOffset()
    {
        return EXTENT_LENGTH;
    }

    int arenaLength()
    {
        return (EXTENTS - 1) * EXTENT_LENGTH;
    }

    boolean isReady()
    {
        return 0 != header.loadAcquire32(READY_OFFSET);
    }

    void ready(final RingAreas areas)
    {
        header.store64(AREAS_OFFSET, areas.descAddress());
        header.store64(AREAS_OFFSET + Long.BYTES, areas.driverAddress());
        header.store64(AREAS_OFFSET + 2 * Long.BYTES, areas.deviceAddress());
        header.storeRelease32(READY_OFFSET, 1);
    }

    /**
     * The ring that the peer laid out.
     */
    RingAreas areas()
    {
        return RingAreas.at(RingFormat.of(features), queueSize, region, header.load64(AREAS_OFFSET),
            header.load64(AREAS_OFFSET + Long.BYTES), header.load64(AREAS_OFFSET + 2 * Long.BYTES));
    }

    int count(final Event event)
    {
        return header.loadAcquire32(event.offset);
    }

    void notify(final Event event)
    {
        header.storeRelease32(event.offset, header.load32(event.offset) + 1);
    }

    @Override
    public void close()
    {
        region.close();
        memory.close();
    }

    private static List<Extent> inOrder()
    {
        return List.of(new Extent(0, PADDR, (long)EXTENTS * EXTENT_LENGTH));
    }

    /**
     * The header's extent lies apart, so that the others are an arena without a hole.
     */
    private static List<Extent> shuffled(final Random random)
    {
        final List<Integer> places = new ArrayList<>();
        for (int i = 0; i < EXTENTS - 1; i++)
        {
            places.add(i);
        }
        Collections.shuffle(places, random);
        final List<Extent> extents = new ArrayList<>();
        extents.add(new Extent(0, PADDR / 2, EXTENT_LENGTH));
        for (int i = 0; i < places.size(); i++)
        {
            extents.add(new Extent((i + 1L) * EXTENT_LENGTH, PADDR + (long)places.get(i) * EXTENT_LENGTH,
                EXTENT_LENGTH));
        }
        return extents;
    }
}
