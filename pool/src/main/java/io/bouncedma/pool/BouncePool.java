/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.os.LiveResources;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Hands out blocks of a shared region to bounce private buffers into.
 * <pre>
 *  client "disk"                   client "net"           each device has its own limits and figures
 *  hot | hot | hot                 hot | hot | hot        blocks freed last, a stack for each size and thread
 *  ------------------ miss, or too many hot ones ------------------
 *  arena 0: free runs by size      arena 1: ...           one for each extent; best fit, joined when freed
 *  | block | run | block | block | run          |         the shared memory: nothing of the above is in it
 * </pre>
 * Blocks have the sizes of {@link BlockSize} and lie in one extent, up to the whole of it. Which are used, by whom and
 * since when is kept in private memory only: a peer that writes all over the region can spoil data, never the
 * allocator. While the pool has room, a freed block stays hot for the client and the thread that freed it; while it is
 * {@linkplain #isTight() tight}, a freed block joins the free runs at once. A request that finds nothing takes all hot
 * blocks back, so that nothing is ever refused because of them.
 * <p>
 * Thread-safe.
 */
public final class BouncePool implements AutoCloseable
{
    /** The most bytes that a pool can span: 1 GiB. */
    public static final int MAX_LENGTH = 1 << 30;

    private static final byte[] ZEROS = new byte[4096];

    private final String name;
    private final Window region;
    private final long offset;
    private final boolean scrubOnFree;
    private final UnsafeBuffer view;
    private final ArenaSet arenas;
    private final PoolLedger ledger;
    private final RefusalReasons reasons;
    private final SpaceQueue waiters;
    private final CopyOnWriteArrayList<PoolClient<?>> clients = new CopyOnWriteArrayList<>();
    private final AtomicLong highWater = new AtomicLong();
    private final LiveResources.Registration registration;
    private volatile boolean closed;

    /**
     * Carve a pool out of a region that does not scrub freed blocks.
     *
     * @param name   unique in the region.
     * @param region that it lies in; it can not be closed before the pool.
     * @param offset of the pool's first byte in the region, a multiple of {@link Extent#ALIGNMENT}.
     * @param length bytes, a positive multiple of {@link Extent#ALIGNMENT}, at most {@link #MAX_LENGTH}.
     * @throws IllegalArgumentException  if a number is no such multiple, the pool's first bus address is zero, or
     *                                   another pool has some of it.
     * @throws IndexOutOfBoundsException if the region has no such part.
     * @throws IllegalStateException     if the region is closed or has a pool of that name.
     */
    public BouncePool(final String name, final Window region, final long offset, final int length)
    {
        this(name, region, offset, length, false);
    }

    /**
     * Carve a pool out of a region.
     *
     * @param name        as {@link #BouncePool(String, Window, long, int)}.
     * @param region      as there.
     * @param offset      as there.
     * @param length      as there.
     * @param scrubOnFree whether a block is zeroed when it is freed, so that its bytes are gone from the window at once
     *                    and not only when the next mapping overwrites them; the pool's parts are zeroed when they
     *                    are added.
     */
    public BouncePool(
        final String name, final Window region, final long offset, final int length, final boolean scrubOnFree)
    {
        this.name = name;
        this.region = region;
        this.offset = offset;
        this.scrubOnFree = scrubOnFree;
        ledger = new PoolLedger();
        arenas = new ArenaSet(name, region, offset, scrubOnFree, ledger);
        reasons = new RefusalReasons(this);
        waiters = new SpaceQueue(ledger);
        region.users().retain(user());
        try
        {
            addPart(offset, length);
            view = region.view(offset, (int)Math.min(MAX_LENGTH, region.length() - offset));
        }
        catch (final RuntimeException | Error e)
        {
            region.users().release(user());
            throw e;
        }
        registration = LiveResources.track("bytes of blocks", user(), this::usedBytes);
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
     * The region that the pool lies in.
     *
     * @return as given.
     */
    public Window window()
    {
        return region;
    }

    /**
     * The pool's size.
     *
     * @return bytes of all its parts; of those that are being retired only what is held still.
     */
    public long length()
    {
        return (long)arenas.units() << BlockSize.UNIT_SHIFT;
    }

    /**
     * The pool's memory, index 0 being its first byte. Blocks lie at {@link PoolClient#indexOf(long)}.
     *
     * @return the region from the pool's first byte on, valid until the pool is closed.
     */
    public UnsafeBuffer view()
    {
        return view;
    }

    /**
     * Zero some bytes of the pool by copying zeros, which takes a quarter of the time that the JVM's own filling does.
     *
     * @param index  of the first byte in {@link #view()}.
     * @param length bytes.
     * @throws IndexOutOfBoundsException if the view has no such part and bounds checks are on.
     */
    public void clear(final int index, final int length)
    {
        for (int done = 0; done < length; done += ZEROS.length)
        {
            view.putBytes(index + done, ZEROS, 0, Math.min(ZEROS.length, length - done));
        }
    }

    /**
     * Let a device in without limits, with every address right for it.
     *
     * @param client the device's name, for messages and reports.
     * @return to be closed before the pool.
     * @throws IllegalStateException if the pool is closed, or 131,071 clients are open in this process.
     */
    public PoolClient<Block> open(final String client)
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
     * @throws IllegalStateException    if the pool is closed, or 131,071 clients are open in this process.
     * @throws IllegalArgumentException if so much can not be reserved now.
     */
    public PoolClient<Block> open(final String client, final ClientLimits limits, final AddressRules rules)
    {
        return open(client, limits, rules, Block::new);
    }

    /**
     * Let a device in that keeps something about each of its blocks.
     *
     * @param client  the device's name, for messages and reports.
     * @param limits  how much it may have.
     * @param rules   which addresses it can use.
     * @param factory makes one more of the device's kind of blocks; called without a lock.
     * @param <B>     that kind.
     * @return to be closed before the pool.
     * @throws IllegalStateException    if the pool is closed, or 131,071 clients are open in this process.
     * @throws IllegalArgumentException if so much can not be reserved now.
     */
    public synchronized <B extends Block> PoolClient<B> open(
        final String client,
        final ClientLimits limits,
        final AddressRules rules,
        final Supplier<? extends B> factory)
    {
        requireOpen();
        final PoolClient<B> opened = new PoolClient<>(this, client, limits, rules, factory);
        boolean isReserved = ledger.open(opened.account());
        if (!isReserved)
        {
            reclaim();
            isReserved = ledger.open(opened.account());
        }
        if (!isReserved)
        {
            opened.end();
            throw new IllegalArgumentException("not enough is free to be reserved: pool=" + name + ", client=" +
                client + ", reserve=" + limits.reserve() + ", free=" + freeBytes());
        }
        clients.add(opened);
        return opened;
    }

    /**
     * Add a part of the region to the pool.
     *
     * @param partOffset of its first byte in the region, a multiple of {@link Extent#ALIGNMENT} behind the pool's first
     *                   byte.
     * @param length     bytes, a positive multiple of {@link Extent#ALIGNMENT}; the pool must not span more than
     *                   {@link #MAX_LENGTH} then.
     * @throws IllegalArgumentException  if a number is out of its range or somebody has some of the part.
     * @throws IndexOutOfBoundsException if the region has no such part.
     * @throws IllegalStateException     if the pool is closed.
     */
    public synchronized void grow(final long partOffset, final int length)
    {
        requireOpen();
        addPart(partOffset, length);
        GrowthEvent.emit(name, length, length());
        waiters.signal();
    }

    /**
     * Take an extent out of the pool: nothing new is handed out of it, and once all of it is free it leaves the pool
     * and can be added again or used otherwise. Call it until it returns 0.
     *
     * @param partOffset of the extent's first byte in the pool, as an offset in the region.
     * @return bytes of it that are held still; 0 when it is gone.
     * @throws IllegalArgumentException if no extent of the pool begins there.
     * @throws IllegalStateException    if what is left could not keep what is reserved, or the pool is closed; nothing
     *                                  changes then. What is held in the extent fills no reserve: its bytes go with
     *                                  it.
     */
    public synchronized long retire(final long partOffset)
    {
        requireOpen();
        final Arena arena = arenas.beginningAt(partOffset);
        final boolean begins = !arena.isRetired();
        if (begins)
        {
            ledger.beginDrain();
        }
        clients.forEach(PoolClient::drainAll);
        if (begins && !arena.retire(clients))
        {
            ledger.endDrain();
            throw new IllegalStateException("reserves need this extent: pool=" + name + ", offset=" + partOffset +
                ", free=" + freeBytes());
        }
        final int held = arena.units() - arena.freeUnits();
        if (0 == held)
        {
            arenas.remove(arena);
            ledger.endDrain();
            region.users().unclaim(user(), partOffset);
            GrowthEvent.emit(name, -(long)arena.units() << BlockSize.UNIT_SHIFT, length());
        }
        return (long)held << BlockSize.UNIT_SHIFT;
    }

    /**
     * The name of a byte of the pool in a descriptor.
     *
     * @param index in {@link #view()}.
     * @return its bus address.
     * @throws IndexOutOfBoundsException if the region has no such byte.
     */
    public long busAddress(final int index)
    {
        return region.busAddress(offset + index);
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
        long bytes = 0;
        for (final PoolClient<?> client : clients)
        {
            bytes += client.usedBytes();
        }
        return bytes;
    }

    /**
     * The most bytes that were in use at one time. Exact for one client on one thread; a peak that several make
     * together may be missed by what was hot before it.
     *
     * @return bytes, in whole blocks.
     */
    public long highWaterBytes()
    {
        return highWater.get() << BlockSize.UNIT_SHIFT;
    }

    /**
     * Who has blocks.
     *
     * @return the clients with most bytes first; hot blocks do not count.
     */
    public List<Refusal.Holder> holders()
    {
        return clients.stream()
            .map(client -> new Refusal.Holder(client.name(), client.usedBytes()))
            .filter(holder -> holder.bytes() > 0)
            .sorted(Comparator.comparingLong(Refusal.Holder::bytes).reversed())
            .toList();
    }

    /**
     * Whether less than an eighth of the pool is free, somebody waits for space, or an extent is being retired or
     * somebody closed. Then freed blocks join the free runs at once.
     *
     * @return true if so.
     */
    public boolean isTight()
    {
        return 0 == ledger.hotUnits();
    }

    /**
     * The pool's figures. Slow: locks each client's stripes and each arena in its turn.
     *
     * @return a snapshot; exact when nobody allocates.
     */
    public PoolStatistics statistics()
    {
        final List<ClientStatistics> figures = clients.stream().map(PoolClient::statistics).toList();
        final long used = figures.stream().mapToLong(ClientStatistics::used).sum();
        final long hot = figures.stream().mapToLong(ClientStatistics::hot).sum();
        // They are of as many moments as there are clients and arenas.
        final long length = Math.max(length(), used + hot);
        final long run = Math.min(length - used - hot, (long)arenas.largestRun() << BlockSize.UNIT_SHIFT);
        return new PoolStatistics(name, length, used, hot, highWaterBytes(), run, metadataBytes(), figures);
    }

    /**
     * Walk over the pool's memory, to draw it or to see how its free bytes lie.
     *
     * @return a walk at its beginning, to be closed unless it is gone to its end.
     */
    public PoolWalk walk()
    {
        return arenas.walk();
    }

    /**
     * Let the region go, and end the clients; a second call does nothing. Clients get nothing any more then.
     *
     * @throws IllegalStateException naming who still holds blocks; then the pool stays open, and nobody notices that
     *                               this was tried.
     */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            end(false);
        }
    }

    /**
     * Let the region go although blocks are held, because a peer that does not answer will never be known to be done
     * with them. Nothing of this process may use the pool or a mapping in it afterwards; the next step is to close the
     * region. A second call does nothing.
     */
    public synchronized void abandon()
    {
        if (!closed)
        {
            end(true);
        }
    }

    /**
     * Whether the pool was closed or abandoned: its memory is not to be touched any more.
     *
     * @return true from then on.
     */
    public boolean isClosed()
    {
        return closed;
    }

    private void end(final boolean evenIfHeld)
    {
        ledger.beginDrain();
        try
        {
            // From here on nothing becomes hot: it would be handed out in memory that is unmapped.
            clients.forEach(PoolClient::drainAll);
            if (!ledger.closeAll(evenIfHeld))
            {
                throw new IllegalStateException("pool is in use: name=" + name + ", bytes=" +
                    (ledger.heldUnits() << BlockSize.UNIT_SHIFT) + ", holders=" + holders());
            }
        }
        finally
        {
            ledger.endDrain();
        }
        closed = true;
        registration.close();
        region.users().release(user());
        clients.forEach(PoolClient::end);
    }

    @Override
    public String toString()
    {
        return "pool " + name + " (" + length() + " bytes)";
    }

    /** The code of the reason for which a request that found no run is refused. */
    int reason(final PoolClient<?> client, final int units, final long alignMask, final long low)
    {
        return reasons.of(client, units, alignMask, low);
    }

    /** Something was given back. */
    void signalWaiters()
    {
        if (!waiters.isEmpty())
        {
            waiters.signal();
        }
    }

    /**
     * Let every hot block join the free runs.
     */
    void reclaim()
    {
        clients.forEach(PoolClient::reclaim);
    }

    void remove(final PoolClient<?> client)
    {
        clients.remove(client);
    }

    /** What to throw at a client that is closed, by itself or with the pool. */
    IllegalStateException closed(final PoolClient<?> client)
    {
        return new IllegalStateException(closed ? "pool is closed: name=" + name :
            "client is closed: client=" + client.name() + ", pool=" + name);
    }

    /**
     * The name of the client whose handle a number could be.
     *
     * @return null if nobody's.
     */
    String ownerOf(final long block)
    {
        for (final PoolClient<?> client : clients)
        {
            if (client.isOwn(block))
            {
                return client.name();
            }
        }
        return null;
    }

    ArenaSet arenas()
    {
        return arenas;
    }

    PoolLedger ledger()
    {
        return ledger;
    }

    SpaceQueue waiters()
    {
        return waiters;
    }

    /**
     * Bring the high-water mark up to date.
     *
     * @return how many units are missing to a new one.
     */
    long lookAtHighWater()
    {
        final long used = usedBytes() >> BlockSize.UNIT_SHIFT;
        return highWater.accumulateAndGet(used, Math::max) - used;
    }

    Refusal explain(final PoolClient<?> client, final int asked, final int alignMask, final long low)
    {
        reclaim();
        return reasons.explain(client, asked, alignMask, low);
    }

    private void addPart(final long partOffset, final int length)
    {
        arenas.add(user(), partOffset, length);
        ledger.grow(length >> BlockSize.UNIT_SHIFT);
    }

    private long metadataBytes()
    {
        return arenas.metadataBytes() + clients.stream().mapToLong(PoolClient::metadataBytes).sum();
    }

    private long freeBytes()
    {
        return ledger.unreservedUnits() << BlockSize.UNIT_SHIFT;
    }

    private void requireOpen()
    {
        if (closed)
        {
            throw new IllegalStateException("pool is closed: name=" + name);
        }
    }

    private String user()
    {
        return "pool " + name;
    }
}
