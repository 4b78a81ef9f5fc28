/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.os.LiveResources;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

/**
 * Hands out blocks of a window to bounce private buffers into.
 * <pre>
 *  client "disk"                   client "net"           each device has its own limits and figures
 *  hot | hot | hot                 hot | hot | hot        blocks freed last, a stack for each size and thread
 *  ------------------ miss, or too many hot ones ------------------
 *  arena 0: free runs by size      arena 1: ...           one for each extent; best fit, joined when freed
 *  | block | run | block | block | run          |         the shared memory: nothing of the above is in it
 * </pre>
 * Blocks have the sizes of {@link BlockSize} and lie in one extent, up to the whole of it, at most {@link #MAX_BLOCK}
 * bytes. Which are used, by whom and since when is kept in private memory only: a peer that writes all over the window
 * can spoil data, never the allocator.
 * <p>
 * While the pool has room, a freed block stays hot for the thread that freed it: at most an eighth of the pool, shared
 * by the threads. While it is {@linkplain #isTight() tight}, a freed block joins the free runs at once. A request that
 * finds nothing takes all hot blocks back, so that nothing is ever refused because of them.
 * <p>
 * <b>What a call takes.</b> A hot allocation or free looks at some ten words of the thread's own. One that misses takes
 * the pool's lock, for some twenty words more, and at most four other blocks join the free runs because of it; a bin of
 * the free runs is walked where addresses are asked for that its runs do not have. A refusal looks at the stripes of
 * all threads after one barrier on the other processors (a system call), and takes their hot blocks back, at most 1024
 * of each, with one barrier more for eight stripes that have some; those that follow while the pool is tight look at
 * nothing. Statistics look at all stripes and take no lock of theirs.
 * <p>
 * <b>Locks,</b> outermost first: the pool's monitor (opening, growing, retiring, closing); the taking back of hot
 * blocks; a stripe ({@link StripeLock}); the pool's lock ({@link PoolLock}). No code of others is called under the last
 * two. Shared fields and their orders are named where they are: {@link StripeLock}, {@link PieceTable}, {@link Notes}.
 * <p>
 * Thread-safe.
 */
public final class BouncePool implements AutoCloseable
{
    /** The most bytes that a block can have: 1 GiB. */
    public static final int MAX_BLOCK = 1 << 30;
    /** The most bytes that a pool can span: 64 GiB. */
    public static final long MAX_LENGTH = 1L << 36;
    /** The most bytes from a pool's first one on that {@link #view()} has: 1 GiB. */
    public static final int MAX_VIEW = 1 << 30;

    private final String name;
    private final Window window;
    private final long offset;
    private final boolean scrubOnFree;
    private final UnsafeBuffer view;
    private final ArenaSet arenas;
    private final PoolCore core;
    private final PoolParts parts;
    private final LiveResources.Registration registration;

    /**
     * Carve a pool out of a window that does not scrub freed blocks.
     *
     * @param name   unique in the window.
     * @param window that it lies in; it can not be closed before the pool.
     * @param offset of the pool's first byte in the window, a multiple of {@link Extent#ALIGNMENT}.
     * @param length bytes, a positive multiple of {@link Extent#ALIGNMENT}, at most {@link #MAX_LENGTH}.
     * @throws IllegalArgumentException  if a number is no such multiple, the pool's first bus address is zero, or
     *                                   another pool has some of it.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalStateException     if the window is closed or has a pool of that name, or if it does not share the
     *                                   part or has some of it not back from its peer yet. Of one that takes its time
     *                                   have the part {@linkplain Window#share shared} first.
     */
    public BouncePool(final String name, final Window window, final long offset, final long length)
    {
        this(name, window, offset, length, false);
    }

    /**
     * Carve a pool out of a window.
     *
     * @param name        as {@link #BouncePool(String, Window, long, long)}.
     * @param window      as there.
     * @param offset      as there.
     * @param length      as there.
     * @param scrubOnFree whether a block is zeroed when it is freed, so that its bytes are gone from the window at once
     *                    and not only when the next mapping overwrites them; the pool's parts are zeroed when they
     *                    are added.
     */
    public BouncePool(
        final String name, final Window window, final long offset, final long length, final boolean scrubOnFree)
    {
        this.name = name;
        this.window = window;
        this.offset = offset;
        this.scrubOnFree = scrubOnFree;
        final PoolLock lock = new PoolLock();
        arenas = new ArenaSet(name, window, offset, scrubOnFree, lock);
        core = new PoolCore(name, lock, arenas);
        parts = new PoolParts(core, window);
        window.users().retain(parts.user());
        try
        {
            parts.addFirst(offset, length);
            final long rest = window.length() - offset;
            view = window.view(offset, (int)Math.min(MAX_VIEW, window.isWritable(offset, rest) ? rest : length));
        }
        catch (final RuntimeException | Error e)
        {
            window.users().release(parts.user());
            throw e;
        }
        registration = LiveResources.track("bytes of blocks", parts.user(), this::usedBytes);
    }

    /**
     * The pool's name.
     *
     * @return as given.
     */
    public String name()
    {
        return name;
    }

    /**
     * The window that the pool lies in.
     *
     * @return as given.
     */
    public Window window()
    {
        return window;
    }

    /**
     * The pool's size.
     *
     * @return bytes of all its parts; of those that are being retired only what is held still.
     */
    public long length()
    {
        return core.length();
    }

    /**
     * The pool's memory, index 0 being its first byte. Blocks lie at {@link PoolClient#indexOf(long)}.
     *
     * @return the window from the pool's first byte on, valid until the pool is closed.
     */
    public UnsafeBuffer view()
    {
        return view;
    }

    /**
     * Let a device in without limits, with every address right for it.
     *
     * @param client the device's name, for messages and reports.
     * @return to be closed before the pool.
     * @throws IllegalStateException if the pool is closed, or 131,071 clients and devices are open in this
     *                               process.
     */
    public PoolClient open(final String client)
    {
        return open(client, ClientLimits.NONE, AddressRules.NONE);
    }

    /**
     * Let a device in.
     *
     * @param client the device's name, for messages and reports.
     * @param limits how much it may have.
     * @param rules  which addresses it can use.
     * @return to be closed before the pool.
     * @throws IllegalStateException    as {@link #open(String)}.
     * @throws IllegalArgumentException if so much can not be reserved now.
     */
    public synchronized PoolClient open(final String client, final ClientLimits limits, final AddressRules rules)
    {
        requireOpen();
        final PoolClient opened = new PoolClient(this, core, client, limits, rules);
        boolean isReserved = core.reserve(opened.member());
        if (!isReserved)
        {
            core.reclaim();
            isReserved = core.reserve(opened.member());
        }
        if (!isReserved)
        {
            opened.member().end();
            throw new IllegalArgumentException("not enough is free to be reserved: pool=" + name + ", client=" +
                client + ", reserve=" + limits.reserve() + ", free=" + core.unreservedBytes());
        }
        core.members().add(opened.member());
        return opened;
    }

    /**
     * Add a part of the window to the pool. Where the window takes its time to share it, call this until it returns 0,
     * or {@link #retire} to give the part up.
     *
     * @param partOffset of its first byte in the window, a multiple of {@link Extent#ALIGNMENT} behind the pool's first
     *                   byte.
     * @param length     bytes, a positive multiple of {@link Extent#ALIGNMENT}; the pool must not span more than
     *                   {@link #MAX_LENGTH} then.
     * @return bytes of it that the peer can not see yet, so that nothing is handed out of them: all or, once the part
     *         is in the pool, 0.
     * @throws IllegalArgumentException  if a number is out of its range or somebody has some of the part.
     * @throws IndexOutOfBoundsException if the window has no such part.
     * @throws IllegalStateException     if the window refuses to share the part, or has some of it not back from its
     *                                   peer yet, or the pool is closed; nothing changes then. Try again later.
     */
    public synchronized long grow(final long partOffset, final long length)
    {
        requireOpen();
        final long missing = parts.add(partOffset, length);
        if (missing > 0)
        {
            return missing;
        }
        GrowthEvent.emit(name, length, length());
        core.signalWaiters();
        return 0;
    }

    /**
     * Take an extent out of the pool: nothing new is handed out of it, and once all of it is free, and the window does
     * not share it any more, it leaves the pool and can be added again or used otherwise. Call it until it returns 0.
     * Of an extent longer than 8 GiB each 8 GiB are taken out by themselves.
     *
     * @param partOffset of the extent's first byte in the pool, as an offset in the window; or of a part that
     *                   {@link #grow} has begun to add.
     * @return bytes of it that are held still; all of them while nobody holds any but the peer uses them, see
     * {@link Window#unshare}; 0 when it is gone.
     * @throws IllegalArgumentException if no extent of the pool begins there.
     * @throws IllegalStateException    if what is left could not keep what is reserved, or the pool is closed; nothing
     *                                  changes then. What is held in the extent fills no reserve: its bytes go with
     *                                  it.
     */
    public synchronized long retire(final long partOffset)
    {
        requireOpen();
        return parts.retire(partOffset);
    }

    /**
     * The name of a byte of the pool in a descriptor.
     *
     * @param index counted from the pool's first byte.
     * @return its bus address.
     * @throws IndexOutOfBoundsException if the window has no such byte.
     */
    public long busAddress(final long index)
    {
        return window.busAddress(offset + index);
    }

    /**
     * Whether a freed block is zeroed at once.
     *
     * @return as given.
     */
    public boolean scrubsOnFree()
    {
        return scrubOnFree;
    }

    /**
     * Whether a bus address lies in this pool.
     *
     * @param busAddress any value.
     * @return true if it names a byte of the pool.
     */
    public boolean contains(final long busAddress)
    {
        return arenas.contains(busAddress, 1);
    }

    /**
     * Whether some bytes lie in one part and one extent of this pool.
     *
     * @param busAddress of the first, any value.
     * @param length     bytes, greater than zero.
     * @return true if all of them do.
     */
    public boolean contains(final long busAddress, final int length)
    {
        return arenas.contains(busAddress, length);
    }

    /**
     * The bytes in use.
     *
     * @return bytes, in whole blocks; hot blocks do not count.
     */
    public long usedBytes()
    {
        return core.usedBytes();
    }

    /**
     * The most bytes that were in use at one time. Exact for one client on one thread. For several, which make a peak
     * together, never less, and never more than what was out of the free runs at one time, hot blocks included.
     *
     * @return bytes, in whole blocks.
     */
    public long highWaterBytes()
    {
        return core.highWaterUnits() << BlockSize.UNIT_SHIFT;
    }

    /**
     * Who has blocks.
     *
     * @return the clients with most bytes first; hot blocks do not count.
     */
    public List<Refusal.Holder> holders()
    {
        return core.holders();
    }

    /**
     * Whether less than an eighth of the pool is free, somebody waits for space, or an extent is being retired or
     * somebody closed. Then freed blocks join the free runs at once.
     *
     * @return true if so.
     */
    public boolean isTight()
    {
        return 0 == core.ledger().hotUnits();
    }

    /**
     * The pool's figures. Takes the pool's lock for a moment, and none of the clients'.
     *
     * @return a snapshot; exact when nobody allocates.
     */
    public PoolStatistics statistics()
    {
        return core.statistics();
    }

    /**
     * Walk over the pool's memory, to draw it or to see how its free bytes lie.
     *
     * @return a walk at its beginning, to be closed unless it is gone to its end.
     */
    public PoolWalk walk()
    {
        return new PoolWalk(arenas.arenas(), core.lock());
    }

    /**
     * Let the window go, and end the clients; a second call does nothing. Clients get nothing any more then.
     *
     * @throws IllegalStateException naming who still holds blocks; then the pool stays open, and nobody notices that
     *                               this was tried.
     */
    @Override
    public synchronized void close()
    {
        if (isClosed())
        {
            return;
        }
        if (!core.drainAnd(core.stripes(), () -> core.ledger().closeAll(false)))
        {
            throw new IllegalStateException("pool is in use: name=" + name + ", bytes=" +
                (core.locked(core.ledger()::heldUnits) << BlockSize.UNIT_SHIFT) + ", holders=" + holders());
        }
        end();
    }

    /**
     * Let the window go although blocks are held, because a peer that does not answer will never be known to be done
     * with them. Nothing of this process may use the pool or a mapping in it afterwards; the next step is to close the
     * window. A second call does nothing.
     */
    public synchronized void abandon()
    {
        if (!isClosed())
        {
            core.abandon();
            end();
        }
    }

    /**
     * Whether the pool was closed or abandoned: its memory is not to be touched any more.
     *
     * @return true from then on.
     */
    public boolean isClosed()
    {
        return core.isClosed();
    }

    private void end()
    {
        core.close();
        registration.close();
        // What the peer sees still is nobody's until it is back.
        window.users().release(parts.user());
    }

    @Override
    public String toString()
    {
        return "pool " + name + " (" + length() + " bytes)";
    }

    PoolCore core()
    {
        return core;
    }

    private void requireOpen()
    {
        if (isClosed())
        {
            throw new IllegalStateException("pool is closed: name=" + name);
        }
    }
}
