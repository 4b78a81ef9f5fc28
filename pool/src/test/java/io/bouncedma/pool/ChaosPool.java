/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * One life of a pool in a {@link ChaosSlot}, from open to close or abandon, and its clients.
 */
final class ChaosPool
{
    static final int CLIENTS = 4;

    private static final int PAGE_MASK = 4095;
    private static final AddressRules[] RULES = {
        AddressRules.NONE, AddressRules.NONE, AddressRules.withMinAlignMask(PAGE_MASK),
        new AddressRules(0, 0xffff, -1), new AddressRules(511, 0xfff, -1)};

    final ChaosSlot slot;
    final BouncePool pool;
    final AtomicReferenceArray<Client> clients = new AtomicReferenceArray<>(CLIENTS);
    /** Whoever is polite takes nothing of it any more, so that it gets empty. */
    volatile boolean closing;
    /** Set when its close or abandon has returned. */
    volatile boolean closed;
    /** Only a pool that may be abandoned: nobody may be inside of it then. */
    private final ReentrantReadWriteLock use;

    ChaosPool(final ChaosSlot slot, final BouncePool pool, final boolean mayBeAbandoned)
    {
        this.slot = slot;
        this.pool = pool;
        use = mayBeAbandoned ? new ReentrantReadWriteLock() : null;
    }

    /** A client and what has to be known of it. */
    static final class Client
    {
        final ChaosPool home;
        final PoolClient client;
        final long addressMask;
        volatile boolean closing;
        /** Set when its close has returned. */
        volatile boolean closed;

        Client(final ChaosPool home, final PoolClient client)
        {
            this.home = home;
            this.client = client;
            addressMask = client.rules().minAlignMask();
        }
    }

    /**
     * Begin to use the pool.
     *
     * @return false if it was abandoned: then whatever of it one has is void.
     */
    boolean enter()
    {
        if (null == use)
        {
            return true;
        }
        use.readLock().lock();
        if (closed)
        {
            use.readLock().unlock();
            return false;
        }
        return true;
    }

    void exit()
    {
        if (null != use)
        {
            use.readLock().unlock();
        }
    }

    boolean mayBeAbandoned()
    {
        return null != use;
    }

    void abandon(final Runnable afterwards)
    {
        use.writeLock().lock();
        try
        {
            pool.abandon();
            closed = true;
            afterwards.run();
        }
        finally
        {
            use.writeLock().unlock();
        }
    }

    /**
     * Open a client in a free place, if nothing keeps it from that.
     */
    void openClient(final SplittableRandom random)
    {
        final int place = random.nextInt(CLIENTS);
        final Client before = clients.get(place);
        if (null != before && !before.closed)
        {
            return;
        }
        final long quota = random.nextInt(4) == 0 ? 1L << 12 + random.nextInt(8) : Long.MAX_VALUE;
        final long reserve = random.nextInt(4) == 0 ? Math.min(quota, 1L << 6 + random.nextInt(11)) : 0;
        try
        {
            final PoolClient opened = pool.open(
                "client" + place, new ClientLimits(quota, reserve), RULES[random.nextInt(RULES.length)]);
            if (!clients.compareAndSet(place, before, new Client(this, opened)))
            {
                opened.close();
            }
        }
        catch (final IllegalArgumentException e)
        {
            Chaos.require(e.getMessage().contains("reserve"), () -> "open: " + e);
        }
        catch (final IllegalStateException e)
        {
            Chaos.require(e.getMessage().contains("closed") && (closing || closed), () -> "open: " + e);
        }
    }

    /**
     * Say that a client is to be closed.
     */
    void closeClient(final SplittableRandom random)
    {
        final Client client = clients.get(random.nextInt(CLIENTS));
        if (null != client)
        {
            client.closing = true;
        }
    }

    /**
     * Close the clients that are to be closed and have nothing any more.
     */
    void closeMarked()
    {
        for (int place = 0; place < CLIENTS; place++)
        {
            final Client client = clients.get(place);
            if (null != client && client.closing && !client.closed)
            {
                tryClose(client);
            }
        }
    }

    private static void tryClose(final Client client)
    {
        try
        {
            client.client.close();
            client.closed = true;
        }
        catch (final IllegalStateException e)
        {
            Chaos.require(e.getMessage().contains("has blocks"), () -> "close: " + e);
        }
    }

    @Override
    public String toString()
    {
        return pool + (closed ? ", closed" : closing ? ", closing" : "");
    }
}
