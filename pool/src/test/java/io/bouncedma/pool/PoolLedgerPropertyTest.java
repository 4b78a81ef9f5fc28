/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Who has how much, after each of many random steps, against a model that counts all of it anew from the blocks that
 * are out.
 */
class PoolLedgerPropertyTest
{
    private static final int SEEDS = 20;
    private static final int STEPS = 400;
    private static final int CLIENTS = 4;

    private record Block(int number, int units, Arena arena, Client client)
    {
    }

    /** A client as the model knows it. */
    private static final class Client
    {
        private final long quota;
        private final long reserve;
        private final Account account;
        private boolean open;
        private long peak;
        private final long[] peaks = new long[SizeClass.COUNT];

        private Client(final long quota, final long reserve)
        {
            this.quota = quota;
            this.reserve = reserve;
            account = new Account(new ClientLimits(quota << BlockSize.UNIT_SHIFT, reserve << BlockSize.UNIT_SHIFT));
        }
    }

    private final PieceTable pieces = new PieceTable();
    private final PoolLedger ledger = new PoolLedger();
    private final List<Arena> serving = new ArrayList<>();
    private final List<Arena> leaving = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private SplittableRandom random;
    private int arenas;
    private int stripes;
    private int drains;
    private boolean waiting;
    private boolean roomy;
    private long peak;

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldCountAsTheModel(final long seed)
    {
        random = new SplittableRandom(seed);
        grow();
        for (int i = 0; i < CLIENTS; i++)
        {
            clients.add(open());
        }
        for (int step = 0; step < STEPS; step++)
        {
            // Waves, so that the pool is roomy at times and full at others.
            final int growth = 0 == (step / 50 & 1) ? 14 : 7;
            final int what = random.nextInt(28);
            if (what < growth)
            {
                allocate(clients.get(random.nextInt(CLIENTS)));
            }
            else if (what < 22)
            {
                free();
            }
            else
            {
                change(what);
            }
            check();
        }
        while (!blocks.isEmpty())
        {
            free();
            check();
        }
        assertTrue(ledger.closeAll(false));
        assertEquals(0, ledger.hotUnits());
        assertEquals(PoolLedger.CLOSED, ledger.refusal(clients.getFirst().account, 1));
    }

    private void change(final int what)
    {
        switch (what)
        {
            case 22 -> grow();
            case 23 -> retire();
            case 24 -> replace(random.nextInt(CLIENTS));
            case 25 ->
            {
                final int more = random.nextInt(-stripes, 4);
                ledger.stripes(more);
                stripes += more;
            }
            case 26 ->
            {
                waiting = random.nextInt(3) == 0;
                ledger.waiting(waiting);
            }
            default -> drain();
        }
    }

    private void drain()
    {
        if (drains > 0)
        {
            ledger.endDrain();
            drains--;
        }
        else
        {
            ledger.beginDrain();
            drains++;
        }
    }

    private void grow()
    {
        if (arenas - leaving.size() < 12)
        {
            final long length = 8L + random.nextInt(40);
            final Arena arena = new Arena(pieces, arenas++, 0, 0, 0, length << BlockSize.UNIT_SHIFT);
            clients.forEach(client -> client.account.reach(arenas));
            serving.add(arena);
            ledger.grow(length);
        }
    }

    private void retire()
    {
        final Arena arena = serving.get(random.nextInt(serving.size()));
        final List<Arena> rest = serving.stream().filter(each -> each != arena).toList();
        final boolean retires = free(rest) - kept(rest) >= 0;
        assertEquals(retires, ledger.retire(arena, accounts()));
        if (retires)
        {
            arena.retire();
            serving.remove(arena);
            leaving.add(arena);
        }
        if (serving.isEmpty())
        {
            grow();
        }
    }

    private void replace(final int at)
    {
        final Client client = clients.get(at);
        final boolean holds = held(client, null) > 0;
        assertEquals(!holds, ledger.close(client.account));
        if (!holds)
        {
            client.open = false;
            assertEquals(PoolLedger.CLOSED, ledger.refusal(client.account, 1));
            clients.set(at, open());
        }
    }

    private Client open()
    {
        final long reserve = random.nextBoolean() ? 0 : random.nextInt(30);
        final Client client = new Client(Math.max(1, reserve) + random.nextInt(60), reserve);
        client.account.reach(arenas);
        final long common = common();
        client.open = reserve <= common;
        assertEquals(client.open, ledger.open(client.account));
        assertEquals(client.open ? common - reserve : common, ledger.unreservedUnits());
        return client;
    }

    private void allocate(final Client client)
    {
        final int units = 1 + random.nextInt(12);
        assertEquals(refusal(client, units), ledger.refusal(client.account, units));
        if (0 != ledger.refusal(client.account, units))
        {
            return;
        }
        for (final Arena arena : serving)
        {
            final int number = arena.take(units, AddressRules.NONE, 0, 0);
            if (PieceTable.NIL != number)
            {
                ledger.charge(client.account, arena, units, units);
                blocks.add(new Block(number, units, arena, client));
                client.peak = Math.max(client.peak, held(client, null));
                final int sizeClass = SizeClass.of(units);
                client.peaks[sizeClass] = Math.max(client.peaks[sizeClass], held(client, sizeClass));
                peak = Math.max(peak, blocks.stream().mapToLong(Block::units).sum());
                return;
            }
        }
    }

    private void free()
    {
        if (!blocks.isEmpty())
        {
            final Block block = blocks.remove(random.nextInt(blocks.size()));
            block.arena.give(block.number);
            ledger.credit(block.client.account, block.arena, block.units);
        }
    }

    private void check()
    {
        final long units = units();
        final long free = free(serving);
        roomy |= free > units / 4;
        final boolean tight = free < units / 8 || waiting || drains > 0;
        assertEquals(tight ? 0 : units / 8 / Math.max(1, stripes), ledger.hotUnits());
        if (random.nextInt(3) == 0)
        {
            assertEquals(!roomy || free >= units / 8, ledger.isSwept());
            if (!ledger.isSwept())
            {
                ledger.sweptAll();
                roomy = false;
            }
        }
        assertEquals(common(), ledger.unreservedUnits());
        assertEquals(blocks.stream().mapToLong(Block::units).sum(), ledger.heldUnits());
        assertEquals(peak, ledger.peak());
        for (final Client client : clients)
        {
            final Account account = client.account;
            assertEquals(mostFor(client), ledger.mostFor(account));
            assertEquals(Math.min(common() + unfilled(client, serving), client.quota - held(client, null)),
                ledger.freeFor(account));
            assertEquals(held(client, null), account.held());
            assertEquals(client.peak, account.peak());
            for (int sizeClass = 0; sizeClass < 5; sizeClass++)
            {
                assertEquals(held(client, sizeClass), account.held(sizeClass));
                assertEquals(client.peaks[sizeClass], account.peak(sizeClass));
            }
            serving.forEach(arena -> assertEquals(heldIn(client, List.of(arena)), account.heldIn(arena)));
        }
    }

    private int refusal(final Client client, final int units)
    {
        if (!client.open)
        {
            return PoolLedger.CLOSED;
        }
        final boolean tooLarge = units > mostFor(client);
        if (held(client, null) + units > client.quota)
        {
            return (tooLarge ? Refusal.Reason.TOO_LARGE : Refusal.Reason.QUOTA).code();
        }
        return units <= common() + unfilled(client, serving) ? 0 :
            (tooLarge ? Refusal.Reason.TOO_LARGE : Refusal.Reason.EXHAUSTED).code();
    }

    private long mostFor(final Client client)
    {
        final long others = clients.stream().filter(other -> other != client && other.open)
            .mapToLong(other -> other.reserve).sum();
        return Math.min(client.quota, units() - others);
    }

    private long common()
    {
        return free(serving) - kept(serving);
    }

    /** What is kept for those who do not have all of their reserve yet. */
    private long kept(final Collection<Arena> in)
    {
        return clients.stream().filter(client -> client.open).mapToLong(client -> unfilled(client, in)).sum();
    }

    private long unfilled(final Client client, final Collection<Arena> in)
    {
        return Math.max(0, client.reserve - heldIn(client, in));
    }

    private long units()
    {
        return serving.stream().mapToLong(Arena::units).sum();
    }

    private long free(final Collection<Arena> in)
    {
        return in.stream().mapToLong(Arena::units).sum() -
            blocks.stream().filter(block -> in.contains(block.arena)).mapToLong(Block::units).sum();
    }

    private long heldIn(final Client client, final Collection<Arena> in)
    {
        return blocks.stream().filter(block -> block.client == client && in.contains(block.arena))
            .mapToLong(Block::units).sum();
    }

    private long held(final Client client, final Integer sizeClass)
    {
        return blocks.stream().filter(block -> block.client == client &&
            (null == sizeClass || sizeClass == SizeClass.of(block.units))).mapToLong(Block::units).sum();
    }

    private List<Account> accounts()
    {
        return clients.stream().map(client -> client.account).toList();
    }
}
