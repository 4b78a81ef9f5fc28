/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientStatistics;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The pools that a device is bound to, by number for handles that are out, and in the order in which it tries them.
 * Binds itself to pools that are registered later; a pool that was unregistered stays known for its live mappings, and
 * is left at the next change of the set after the last of them.
 * <p>
 * A pool that is registered later and can not be bound, because it is closed or has not free what is to be reserved of
 * it, is passed over until the set changes: the others serve.
 */
final class PoolBindings
{
    static final int MAX_BINDINGS = 1 << PoolClient.USER_BITS;
    /** The number of what is in no pool of its own: a zero-copy mapping. */
    static final int ZERO_COPY = MAX_BINDINGS - 1;

    /** Versions that no set has. */
    private static final int NEW = -1;
    private static final int STALE = -2;
    private static final int CLOSED = -3;

    private final DmaPolicy policy;
    private final PoolSet pools;
    private final LongAdder undone;
    /** With null in the place of a pool that was left. */
    private volatile PoolBinding[] byNumber = new PoolBinding[0];
    private PoolBinding[] byChoice = new PoolBinding[0];
    private List<String> passedOver = List.of();
    private DmaStatistics left = new DmaStatistics(0, 0, 0, 0, 0);
    /** Written last, so that who sees it sees the tables of it. */
    private volatile int version = NEW;

    /**
     * @param undone counts the blocks that were given back before anything was mapped.
     */
    PoolBindings(final DmaPolicy policy, final LongAdder undone)
    {
        this.policy = policy;
        this.undone = undone;
        pools = policy.pools();
        refresh();
    }

    /**
     * The bindings to registered pools, first choice first.
     *
     * @return the same array as long as the set does not change.
     * @throws IllegalStateException if the device is closed.
     */
    PoolBinding[] choices()
    {
        if (version != pools.version())
        {
            refresh();
        }
        return byChoice;
    }

    /**
     * The binding that a mapping is in.
     *
     * @return null if there is none.
     */
    PoolBinding of(final long mapping)
    {
        final PoolBinding[] table = byNumber;
        final int number = (int)(mapping >>> PoolClient.USER_SHIFT) & MAX_BINDINGS - 1;
        if (0 == number && table.length > 0)
        {
            // Most devices use one pool, and a branch is guessed where a look-up would have to wait for the handle.
            return table[0];
        }
        return number < table.length ? table[number] : null;
    }

    /**
     * Whether memory outside the heap may be that of a block which the device has: of a pool that is not registered any
     * more, too.
     *
     * @param address of its first byte in this process.
     */
    boolean overlap(final long address, final int length)
    {
        for (final PoolBinding binding : byNumber)
        {
            if (null != binding && address < binding.address() + binding.view().capacity() &&
                binding.address() < address + length)
            {
                return true;
            }
        }
        return false;
    }

    /**
     * Why registered pools are not among the choices.
     *
     * @return one line each.
     */
    synchronized List<String> passedOver()
    {
        return passedOver;
    }

    synchronized long usedBytes()
    {
        long bytes = 0;
        for (final PoolBinding binding : byNumber)
        {
            bytes += null == binding ? 0 : binding.client().usedBytes();
        }
        return bytes;
    }

    /**
     * What was bounced, and blocks taken and freed, in all pools that the device ever had.
     */
    synchronized DmaStatistics statistics()
    {
        DmaStatistics sum = left;
        for (final PoolBinding binding : byNumber)
        {
            sum = null == binding ? sum : plus(sum, binding.client());
        }
        return sum;
    }

    /**
     * Leave all pools for good; a second call does nothing. What is in {@link #of} stays, to tell late users.
     *
     * @throws IllegalStateException if a block is taken; the bindings go on then.
     */
    synchronized void close()
    {
        final PoolBinding[] table = byNumber;
        for (int i = 0; i < table.length; i++)
        {
            if (null != table[i] && !table[i].tryLeave())
            {
                // Another thread has taken a block meanwhile. Those that are left are bound again when wanted.
                for (int closed = 0; closed < i; closed++)
                {
                    forget(closed);
                }
                version = STALE;
                throw new IllegalStateException("device has live mappings: device=" + policy.device() + ", pool=" +
                    table[i].client().pool().name() + ", bytes=" + table[i].client().usedBytes());
            }
        }
        byChoice = new PoolBinding[0];
        version = CLOSED;
    }

    private synchronized void refresh()
    {
        if (CLOSED == version)
        {
            throw new IllegalStateException("device is closed: device=" + policy.device());
        }
        final int now = pools.version();
        final List<BouncePool> candidates = policy.candidates();
        leave(candidates);
        final PoolBinding[] table = Arrays.copyOf(byNumber, ZERO_COPY);
        final List<PoolBinding> chosen = new ArrayList<>();
        final List<String> refused = new ArrayList<>();
        for (final BouncePool pool : candidates)
        {
            try
            {
                chosen.add(bindingTo(pool, table));
            }
            catch (final IllegalArgumentException | IllegalStateException e)
            {
                if (NEW == version)
                {
                    // Nobody would ever give back what these reserve.
                    chosen.forEach(binding -> binding.client().close());
                    throw e;
                }
                refused.add("pool is passed over until the set of pools changes: pool=" + pool.name() + ": " +
                    e.getMessage());
            }
        }
        int count = table.length;
        while (count > 0 && null == table[count - 1])
        {
            count--;
        }
        byNumber = Arrays.copyOf(table, count);
        byChoice = chosen.toArray(new PoolBinding[0]);
        passedOver = List.copyOf(refused);
        version = now;
    }

    /** Leave pools that are not registered any more, so that their places, and what is reserved, are for others. */
    private void leave(final List<BouncePool> candidates)
    {
        for (int i = 0; i < byNumber.length; i++)
        {
            final PoolBinding binding = byNumber[i];
            if (null != binding && !candidates.contains(binding.client().pool()) && binding.tryLeave())
            {
                forget(i);
            }
        }
    }

    /** Take a closed client out of the tables, but not what it has counted. */
    private void forget(final int number)
    {
        if (null == byNumber[number])
        {
            return;
        }
        left = plus(left, byNumber[number].client());
        final PoolBinding[] table = byNumber.clone();
        table[number] = null;
        byNumber = table;
    }

    private PoolBinding bindingTo(final BouncePool pool, final PoolBinding[] table)
    {
        int free = -1;
        for (int i = table.length - 1; i >= 0; i--)
        {
            if (null == table[i])
            {
                free = i;
            }
            else if (table[i].client().pool() == pool)
            {
                return table[i];
            }
        }
        if (free < 0)
        {
            throw new IllegalStateException("device has mappings in too many pools: device=" + policy.device() +
                ", maximum=" + ZERO_COPY);
        }
        final PoolClient<MappingRecord> client = pool.open(
            policy.device(), policy.limits(pool.name()), policy.rules(), MappingRecord::new);
        table[free] = new PoolBinding(client, free, undone);
        return table[free];
    }

    private static DmaStatistics plus(final DmaStatistics sum, final PoolClient<?> client)
    {
        final ClientStatistics figures = client.statistics();
        return new DmaStatistics(sum.maps() + figures.allocations(), sum.unmaps() + figures.frees(), 0,
            sum.bytesToDevice() + figures.bytesToDevice(), sum.bytesFromDevice() + figures.bytesFromDevice());
    }
}
