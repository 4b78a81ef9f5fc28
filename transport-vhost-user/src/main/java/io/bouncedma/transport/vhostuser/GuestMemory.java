/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.Memfd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * The memory that the front-end shares with this process: what descriptors name by guest addresses, and ring addresses
 * by addresses of the front-end's process. Regions that are taken out stay mapped until the rings have left them.
 * One thread.
 */
final class GuestMemory implements BusMemory, AutoCloseable
{
    /** Slots for regions. Linux's own vhost has as many (max_mem_regions). */
    static final int MAX_SLOTS = 64;

    /** To look at, of all regions: a look makes a page where the file has none, and that is to be little memory. */
    private static final int MAX_PAGES = 256;
    private static final byte[] ZEROS = new byte[Mapping.PAGE_SIZE];

    private final List<MappedRegion> retired = new ArrayList<>();
    private List<MappedRegion> regions = List.of();
    private RegionTable byGuestAddress = RegionTable.EMPTY;
    private RegionTable byUserAddress = RegionTable.EMPTY;
    private DirtyLog log;
    private boolean isLogging;
    private boolean wasPassed;
    private boolean needsSeal;

    /**
     * Take no file from now on that the front-end could cut.
     */
    void requireSealed()
    {
        needsSeal = true;
    }

    /**
     * Refuse a file that could be cut, if those are refused.
     *
     * @param fd of a file that the front-end passes to be mapped.
     * @throws ProtocolException if it is one.
     */
    void requireMappable(final Fd fd)
    {
        if (!needsSeal)
        {
            return;
        }
        try
        {
            Memfd.requireSealed(fd, 0);
        }
        catch (final IllegalArgumentException | ErrnoException e)
        {
            throw new ProtocolException("front-end could cut a file short, and only sealed memory files are taken, " +
                "such as of QEMU's memory-backend-memfd: " + e.getMessage());
        }
    }

    /**
     * Replace all regions. If it fails, all stays as it was.
     *
     * @param table of the new ones.
     * @param fds   of their files, in the same order; they stay the caller's.
     * @throws ProtocolException                if regions overlap, or a file is too short or may not be taken.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map one.
     */
    void replace(final List<MemoryRegion> table, final List<Fd> fds)
    {
        final List<MappedRegion> added = new ArrayList<>();
        try
        {
            for (int i = 0; i < table.size(); i++)
            {
                requireMappable(fds.get(i));
                added.add(MappedRegion.map(table.get(i), fds.get(i)));
            }
            final List<MappedRegion> before = regions;
            publish(added);
            retired.addAll(before);
        }
        catch (final RuntimeException e)
        {
            added.forEach(MappedRegion::close);
            throw e;
        }
    }

    /**
     * Add a region.
     *
     * @param region to add.
     * @param fd     of its file; it stays the caller's.
     * @throws ProtocolException                if all slots are taken, the region overlaps, or the file is too short
     *                                          or may not be taken.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it.
     */
    void add(final MemoryRegion region, final Fd fd)
    {
        if (regions.size() == MAX_SLOTS)
        {
            throw new ProtocolException("all memory slots are taken: slots=" + MAX_SLOTS + ", " + region);
        }
        requireMappable(fd);
        final MappedRegion added = MappedRegion.map(region, fd);
        try
        {
            final List<MappedRegion> all = new ArrayList<>(regions);
            all.add(added);
            publish(all);
        }
        catch (final RuntimeException e)
        {
            added.close();
            throw e;
        }
    }

    /**
     * Take a region out.
     *
     * @param region with the addresses and the size with which it was added.
     * @throws ProtocolException if there is none.
     */
    void remove(final MemoryRegion region)
    {
        // "Removing a memory region": the file offset is not looked at.
        final MappedRegion found = regions.stream()
            .filter((candidate) -> candidate.region().guestAddress() == region.guestAddress() &&
                candidate.region().userAddress() == region.userAddress() &&
                candidate.region().size() == region.size())
            .findFirst()
            .orElseThrow(() -> new ProtocolException("no such memory region: " + region));
        final List<MappedRegion> rest = new ArrayList<>(regions);
        rest.remove(found);
        publish(rest);
        retired.add(found);
    }

    /** Unmap what was taken out: nothing uses it any more. */
    void closeRetired()
    {
        retired.forEach(MappedRegion::close);
        retired.clear();
    }

    /** For the operator: how much there is. */
    String describe()
    {
        return "regions=" + regions.size() + ", bytes=" +
            regions.stream().mapToLong((region) -> region.region().size()).sum();
    }

    /** Whether there ever was a region: a front-end that goes may take all of them out. */
    boolean wasPassed()
    {
        return wasPassed;
    }

    /** Whether there is no region now. */
    boolean isEmpty()
    {
        return regions.isEmpty();
    }

    /**
     * Whether nothing is to be seen of a VM that runs there: it has at least its firmware's data at the beginning, or a
     * kernel. Pages are looked at from the beginning of each region, at equal distances.
     *
     * @param isOurs whether a range, by address of the front-end's process and length, is written from this side.
     * @return true if so.
     */
    boolean isBlank(final BiPredicate<Long, Integer> isOurs)
    {
        final int pages = MAX_PAGES / Math.max(1, regions.size());
        // A copy is compared: to compare what the front-end can cut meanwhile may end the process (docs/vhost-user.md).
        final byte[] page = new byte[Mapping.PAGE_SIZE];
        for (final MappedRegion region : regions)
        {
            final long size = region.region().size();
            final long step = Math.ceilDiv(Math.ceilDiv(size, pages), Mapping.PAGE_SIZE) * Mapping.PAGE_SIZE;
            for (long offset = 0; offset < size; offset += step)
            {
                final int length = (int)Math.min(Mapping.PAGE_SIZE, size - offset);
                if (!isOurs.test(region.region().userAddress() + offset, length))
                {
                    MemorySegment.copy(region.bytes(), ValueLayout.JAVA_BYTE, offset, page, 0, length);
                    if (!Arrays.equals(page, 0, length, ZEROS, 0, length))
                    {
                        return false;
                    }
                }
            }
        }
        OrderedMemory.awaitFault();
        return true;
    }

    /** The same memory by addresses of the front-end's process. */
    BusMemory byUserAddress()
    {
        return byUserAddress;
    }

    @Override
    public Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        return byGuestAddress.translate(busAddress, length, isWritable, to);
    }

    /**
     * Log what the device writes here.
     *
     * @param newLog to mark pages in, which this object closes.
     */
    void log(final DirtyLog newLog)
    {
        closeLog();
        log = newLog;
    }

    /**
     * Switch the log on or off.
     *
     * @param value whether the front-end wants to know (LOG_ALL).
     */
    void logging(final boolean value)
    {
        isLogging = value;
    }

    @Override
    public void written(final MemorySegment bytes, final long offset, final long length)
    {
        if (isLogging && null != log)
        {
            for (final MappedRegion region : regions)
            {
                if (region.bytes() == bytes)
                {
                    log.mark(region.region().guestAddress() + offset, length);
                }
            }
        }
    }

    private void closeLog()
    {
        if (null != log)
        {
            log.close();
            log = null;
        }
    }

    private void publish(final List<MappedRegion> all)
    {
        final RegionTable guest = new RegionTable(all, MemoryRegion::guestAddress);
        guest.requireDisjoint();
        final RegionTable user = new RegionTable(all, MemoryRegion::userAddress);
        user.requireDisjoint();
        regions = List.copyOf(all);
        wasPassed |= !regions.isEmpty();
        byGuestAddress = guest;
        byUserAddress = user;
    }

    @Override
    public void close()
    {
        closeLog();
        closeRetired();
        regions.forEach(MappedRegion::close);
        regions = List.of();
        byGuestAddress = RegionTable.EMPTY;
        byUserAddress = RegionTable.EMPTY;
    }

    @Override
    public String toString()
    {
        return byGuestAddress.toString();
    }
}
