/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one thread of a {@link PoolLifecycleTest} does, and what it checks at each step. A thread does a part of the
 * work and leaves what it holds to the next one, so that threads come and go as pools do.
 */
final class ChaosWorker
{
    private static final int MOST_HELD = 16;
    private static final int LONGEST = 1 << 15;
    private static final int UNIT_MASK = 63;
    private static final int WAIT_NANOS = 50_000;
    private static final int POLITE = 64;

    private final Chaos chaos;
    private final SplittableRandom random;
    private final List<Chaos.Held> held = new ArrayList<>();
    private final long[] before = new long[ChaosSlot.EXTENTS];
    private long stamp;
    private Chaos.Held stale;

    ChaosWorker(final Chaos chaos, final SplittableRandom random)
    {
        this.chaos = chaos;
        this.random = random;
        stamp = random.nextLong();
    }

    void step()
    {
        final int kind = random.nextInt(100);
        if (kind < 1)
        {
            chaos.slots[random.nextInt(Chaos.SLOTS)].change(random);
        }
        else if (kind < 50)
        {
            allocateOrFree();
        }
        else if (kind < 88)
        {
            freeOne();
        }
        else if (kind < 94)
        {
            exchange();
        }
        else if (kind < 97)
        {
            duel();
        }
        else
        {
            tryStale();
        }
    }

    /** Give everything back: what this one holds, and what waits for anybody. */
    void freeAll()
    {
        while (!held.isEmpty())
        {
            free(held.removeLast());
        }
    }

    void freeExchanged()
    {
        for (int i = 0; i < chaos.exchange.length(); i++)
        {
            free(chaos.exchange.getAndSet(i, null));
        }
        for (int i = 0; i < chaos.duels.length(); i++)
        {
            fight(chaos.duels.getAndSet(i, null));
        }
    }

    private void allocateOrFree()
    {
        if (held.size() >= MOST_HELD)
        {
            freeOne();
            return;
        }
        final ChaosPool.Client client = anyClient();
        if (null == client)
        {
            return;
        }
        final ChaosPool pool = client.home;
        final ChaosSlot slot = pool.slot;
        for (int i = 0; i < before.length; i++)
        {
            before[i] = slot.extent(i);
        }
        if (pool.enter())
        {
            try
            {
                allocate(slot, client);
            }
            finally
            {
                pool.exit();
            }
        }
    }

    private void allocate(final ChaosSlot slot, final ChaosPool.Client client)
    {
        final boolean wasClosed = client.closed || client.home.closed;
        final int length = length();
        final int mask = random.nextInt(4) == 0 ? (1 << random.nextInt(13)) - 1 : (int)client.addressMask;
        final int low = random.nextInt(4096);
        final boolean waits = random.nextInt(64) == 0;
        final long handle;
        try
        {
            handle = waits ? client.client.allocate(length, mask, low, random.nextInt(WAIT_NANOS)) :
                client.client.allocate(length, mask, low);
        }
        catch (final IllegalStateException e)
        {
            Chaos.require(e.getMessage().contains("closed") &&
                (client.closing || client.home.closing || client.home.closed), () -> "allocate: " + e);
            return;
        }
        Chaos.require(!wasClosed,
            () -> "served by what was closed: " + client.client + " of " + client.home);
        if (handle < 0)
        {
            Refusal.Reason.of(handle);
            return;
        }
        final Chaos.Held block =
            new Chaos.Held(client, handle, slot.offset + client.client.indexOf(handle), BlockSize.of(length), ++stamp);
        check(slot, block, mask, low);
        held.add(block);
    }

    private void check(final ChaosSlot slot, final Chaos.Held block, final int mask, final int low)
    {
        final PoolClient client = block.client().client;
        final long offset = block.offset();
        final int size = block.length();
        final int extent = (int)(offset - slot.offset) / ChaosSlot.EXTENT;
        Chaos.require(offset >= slot.offset && offset + size <= slot.offset + ChaosSlot.LENGTH &&
            extent == (offset + size - 1 - slot.offset) / ChaosSlot.EXTENT, () -> "not in one extent: " + block);
        Chaos.require(chaos.occupancy.claim(offset, size), () -> "is another one's, too: " + block);
        final long state = slot.extent(extent);
        Chaos.require(ChaosSlot.ABSENT != (state & ChaosSlot.LIFE), () -> "in an extent that is gone: " + block);
        Chaos.require(state != before[extent] || ChaosSlot.RETIRING != (state & ChaosSlot.LIFE),
            () -> "in an extent that was being retired before: " + block);
        final long bus = client.busAddress(block.handle());
        Chaos.require(chaos.window.offsetOf(bus) == offset, () -> "bus address 0x" + Long.toHexString(bus) + ": " +
            block);
        final int own = Math.min(UNIT_MASK + 1, Integer.lowestOneBit(size));
        Chaos.require(0 == ((bus ^ low) & mask & -own) && 0 == (bus & own - 1),
            () -> "address is wrong: mask=" + mask + ", low=" + low + ", bus=0x" + Long.toHexString(bus));
        final long boundary = client.rules().boundaryMask();
        Chaos.require(boundary < 0 || (bus & boundary) + size - 1 <= boundary, () -> "crosses a boundary: " + block);
        final int first = (int)offset;
        final int last = first + size - Long.BYTES;
        Chaos.require(!client.pool().scrubsOnFree() || 0 == (chaos.view.getLong(first) | chaos.view.getLong(last) |
            chaos.view.getLong(first + (random.nextInt(size) & -Long.BYTES))), () -> "not scrubbed: " + block);
        chaos.view.putLong(first, block.stamp());
        chaos.view.putLong(last, ~block.stamp());
    }

    /** One that is open, but from time to time one that is to be closed, for that must go on nevertheless. */
    private ChaosPool.Client anyClient()
    {
        for (int i = 0; i < ChaosPool.CLIENTS * Chaos.SLOTS; i++)
        {
            final ChaosPool pool = chaos.slots[random.nextInt(Chaos.SLOTS)].pool;
            final ChaosPool.Client client =
                null == pool ? null : pool.clients.get(random.nextInt(ChaosPool.CLIENTS));
            if (null != client && (!isClosing(client) || random.nextInt(POLITE) == 0))
            {
                return client;
            }
        }
        return null;
    }

    private static boolean isClosing(final ChaosPool.Client client)
    {
        return client.closing || client.home.closing;
    }

    private void freeOne()
    {
        if (held.isEmpty())
        {
            return;
        }
        int at = random.nextInt(held.size());
        // What keeps something from closing goes first, or all would wait for the last few.
        for (int i = 0; i < held.size() && !isClosing(held.get(at).client()); i++)
        {
            at = (at + 1) % held.size();
        }
        free(held.remove(at));
    }

    private void free(final Chaos.Held block)
    {
        if (null == block || !block.client().home.enter())
        {
            return;
        }
        try
        {
            letGo(block);
            final PoolClient client = block.client().client;
            switch (random.nextInt(3))
            {
                case 0 -> client.free(block.handle());
                case 1 -> Chaos.require(client.tryFree(block.handle(), 1, 2), () -> "not freed: " + block);
                default ->
                {
                    Chaos.require(client.tryRetire(block.handle()), () -> "not retired: " + block);
                    client.recycle(block.handle(), 1, 2);
                }
            }
            stale = block;
        }
        finally
        {
            block.client().home.exit();
        }
    }

    /** Look whether somebody else wrote into a block that is about to be given back. */
    private void letGo(final Chaos.Held block)
    {
        final int first = (int)block.offset();
        final int last = first + block.length() - Long.BYTES;
        final long found = chaos.view.getLong(first);
        final long atEnd = chaos.view.getLong(last);
        Chaos.require(found == block.stamp() && atEnd == ~block.stamp(), () -> "somebody else wrote into " + block +
            ": " + Long.toHexString(found) + ' ' + Long.toHexString(atEnd));
        Chaos.require(chaos.occupancy.release(first, block.length()), () -> "was not held: " + block);
    }

    /** Leave a block for another thread, and take what one has left here: a thread that has none only takes. */
    private void exchange()
    {
        final Chaos.Held given = held.isEmpty() ? null : held.removeLast();
        final Chaos.Held taken = chaos.exchange.getAndSet(random.nextInt(chaos.exchange.length()), given);
        if (null != taken)
        {
            held.add(taken);
        }
    }

    private void duel()
    {
        final int place = random.nextInt(chaos.duels.length());
        final Chaos.Duel other = chaos.duels.getAndSet(place, null);
        if (null != other)
        {
            fight(other);
        }
        else if (!held.isEmpty())
        {
            final Chaos.Held block = held.removeLast();
            if (block.client().home.enter())
            {
                try
                {
                    letGo(block);
                }
                finally
                {
                    block.client().home.exit();
                }
                final Chaos.Duel duel = new Chaos.Duel(block);
                if (!chaos.duels.compareAndSet(place, null, duel))
                {
                    duel.ended.incrementAndGet();
                }
                fight(duel);
            }
        }
    }

    private static void fight(final Chaos.Duel duel)
    {
        if (null == duel || !duel.held.client().home.enter())
        {
            return;
        }
        try
        {
            if (duel.held.client().client.tryFree(duel.held.handle(), 0, 0))
            {
                duel.wins.incrementAndGet();
            }
            if (2 == duel.ended.incrementAndGet())
            {
                Chaos.require(1 == duel.wins.get(), () -> "freed " + duel.wins.get() + " times: " + duel.held);
            }
        }
        finally
        {
            duel.held.client().home.exit();
        }
    }

    private void tryStale()
    {
        if (null != stale && stale.client().home.enter())
        {
            try
            {
                final PoolClient client = stale.client().client;
                Chaos.require(!client.has(stale.handle()) && !client.tryFree(stale.handle(), 0, 0) &&
                    !client.tryRetire(stale.handle()), () -> "lives again: " + stale);
            }
            finally
            {
                stale.client().home.exit();
            }
        }
    }

    /** Many of a few sizes, some of any size, few long ones. */
    private int length()
    {
        return switch (random.nextInt(16))
        {
            case 0 -> 1 + random.nextInt(LONGEST);
            case 1, 2, 3 -> 1 + random.nextInt(4096);
            case 4, 5, 6, 7 -> 4096;
            default -> UNIT_MASK + 1 << random.nextInt(4);
        };
    }
}
