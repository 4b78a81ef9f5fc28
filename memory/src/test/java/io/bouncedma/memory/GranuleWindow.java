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
import java.util.Arrays;
import java.util.List;

/**
 * A window that is shared by granules, as under FF-A or by grants, with a peer that makes it hard: every tenth share is
 * refused, an unshare is answered late, and not at all while the peer uses a granule. A device finds only what is
 * shared.
 */
public final class GranuleWindow implements Window
{
    /** Of so many shares that would change something, one is refused. */
    public static final int REFUSED = 10;
    /** How often an unshare has to be asked again. */
    public static final int LATE = 3;

    /** An unshare that is not answered yet: the call that begins it is the first that counts. */
    private static final int LEAVING = -1 - LATE;
    private static final int PRIVATE = 0;
    private static final int SHARED = 1;

    private final Mapping mapping;
    private final ExtentTable extents;
    private final WindowUsers users;
    private final int granule;
    /** Of each granule: private, shared, or below zero: how often it has to be asked again until it is private. */
    private final int[] states;
    private final boolean[] used;
    private long shares;
    private long refusals;

    private GranuleWindow(final Mapping mapping, final long length, final int granule)
    {
        this.mapping = mapping;
        this.granule = granule;
        extents = new ExtentTable(List.of(new Extent(0, 0x4000_0000L, length)));
        users = new WindowUsers(name(), extents, addressing());
        states = new int[(int)(length / granule)];
        used = new boolean[states.length];
    }

    /**
     * Nothing is shared.
     *
     * @param length  bytes, a multiple of the granule.
     * @param granule bytes, a multiple of {@link Extent#ALIGNMENT}.
     * @return the window, to be closed by the caller.
     */
    public static GranuleWindow open(final long length, final int granule)
    {
        try (Fd file = Memfd.create("granules", length))
        {
            return new GranuleWindow(Mapping.map(file, length, Access.READ_WRITE), length, granule);
        }
    }

    /**
     * Shares that were asked for and would have changed something.
     *
     * @return a count.
     */
    public synchronized long shares()
    {
        return shares;
    }

    /**
     * How many of them were refused.
     *
     * @return a count.
     */
    public synchronized long refusals()
    {
        return refusals;
    }

    /**
     * Bytes that the peer can see.
     *
     * @return of granules that are shared, or leaving.
     */
    public synchronized long sharedBytes()
    {
        return granule * Arrays.stream(states).filter((state) -> PRIVATE != state).count();
    }

    /**
     * The peer begins or ends to use a granule.
     *
     * @param offset of a byte in it.
     * @param does   whether it uses it from now on.
     */
    public synchronized void peerUses(final long offset, final boolean does)
    {
        used[(int)(offset / granule)] = does;
    }

    @Override
    public synchronized Sharing share(final long offset, final long length)
    {
        requireShareable(offset, length);
        requireOpen();
        if (leave(offset, length))
        {
            // What is being unshared comes back only when the peer has let it go.
            return Sharing.PENDING;
        }
        final int from = (int)(offset / granule);
        final int to = (int)((offset + length) / granule);
        if (Arrays.stream(states, from, to).allMatch((state) -> SHARED == state))
        {
            return Sharing.DONE;
        }
        if (0 == ++shares % REFUSED)
        {
            refusals++;
            return Sharing.failed("the peer has no room for granules " + from + " to " + (to - 1));
        }
        Arrays.fill(states, from, to, SHARED);
        return Sharing.DONE;
    }

    @Override
    public synchronized Sharing unshare(final long offset, final long length)
    {
        requireShareable(offset, length);
        requireOpen();
        final int from = (int)(offset / granule);
        final int to = (int)((offset + length) / granule);
        for (int i = from; i < to; i++)
        {
            if (used[i] && PRIVATE != states[i])
            {
                return Sharing.inUse("the peer uses granule " + i);
            }
        }
        for (int i = from; i < to; i++)
        {
            if (SHARED == states[i])
            {
                states[i] = LEAVING;
                users.withdraw();
            }
        }
        return leave(offset, length) ? Sharing.PENDING : Sharing.DONE;
    }

    /** Whether some of it is still leaving. */
    private boolean leave(final long offset, final long length)
    {
        boolean isLeaving = false;
        for (int i = (int)(offset / granule); i < (offset + length) / granule; i++)
        {
            if (states[i] < PRIVATE && !used[i])
            {
                states[i]++;
            }
            isLeaving |= states[i] < PRIVATE;
        }
        return isLeaving;
    }

    private void requireOpen()
    {
        if (!mapping.memory().scope().isAlive())
        {
            throw new IllegalStateException("window is closed: name=" + name());
        }
    }

    /** Only what is shared is found. */
    @Override
    public synchronized Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        final long offset = offsetOf(busAddress);
        if (ExtentTable.NOT_FOUND == offset || length > length() - offset)
        {
            return Translation.NOT_FOUND;
        }
        for (long i = offset / granule; i <= (offset + length - 1) / granule; i++)
        {
            if (SHARED != states[(int)i])
            {
                return Translation.NOT_FOUND;
            }
        }
        to.add(memory(), offset, length);
        return Translation.FOUND;
    }

    @Override
    public long shareUnit()
    {
        return granule;
    }

    @Override
    public String name()
    {
        return "granules";
    }

    @Override
    public MemorySegment memory()
    {
        return mapping.memory();
    }

    @Override
    public ExtentTable extents()
    {
        return extents;
    }

    @Override
    public BusAddressing addressing()
    {
        return BusAddressing.area(1);
    }

    @Override
    public WindowUsers users()
    {
        return users;
    }

    @Override
    public void close()
    {
        users.close(mapping::close);
    }
}
