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
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pools that a device is bound to, by tag for handles that are out, and in the order in which it tries them.
 * Binds itself to pools that are registered later; a pool that was unregistered stays known for its live mappings, and
 * is left at the next change of the set after the last of them.
 * <p>
 * A pool that can not be bound is passed over until the set changes, and that is recorded once: the others serve. It is
 * closed, or has not free what is to be reserved of it; the latter is thrown at who makes a device.
 */
final class PoolBindings
{
    /** Versions that no set has. */
    private static final int NEW = -1;
    private static final int STALE = -2;
    private static final int CLOSED = -3;

    private final DmaPolicy policy;
    private final PoolSet pools;
    private volatile BindingTable table = BindingTable.EMPTY;
    /** Written behind the table: who maps by a choice that is new finds the mapping's pool there. */
    private volatile PoolBinding[] byChoice = new PoolBinding[0];
    /** Why. */
    private Map<BouncePool, String> passedOver = Map.of();
    private DmaStatistics left = new DmaStatistics(0, 0, 0, 0, 0);
    /** Written last, so that who sees it sees the tables of it. */
    private volatile int version = NEW;

    PoolBindings(final DmaPolicy policy)
    {
        this.policy = policy;
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

    /** The set that the pools are registered in. */
    PoolSet pools()
    {
        return pools;
    }

    /**
     * Whether what was refused is to be tried again: a pool came or went meanwhile, or the pools seemed to be closed
     * only because somebody tried to close the device, which was refused.
     *
     * @param choices that were tried. Who waits for its turn in them finds out by itself.
     * @param result  the code of a reason, or {@link PoolBinding#CLOSED}.
     * @throws IllegalStateException if the device is closed.
     */
    boolean areOthers(final PoolBinding[] choices, final long result)
    {
        if (choices.length > 0 && choices[0].isInLine())
        {
            return false;
        }
        if (PoolBinding.CLOSED != result)
        {
            return choices != choices();
        }
        // Once nobody is closing it.
        synchronized (this)
        {
            final PoolBinding[] now = choices();
            boolean areOthers = now != choices;
            for (final PoolBinding binding : now)
            {
                areOthers |= !binding.isGone();
            }
            return areOthers;
        }
    }

    /**
     * The binding that a mapping is in.
     *
     * @return null if there is none.
     */
    PoolBinding of(final long mapping)
    {
        return table.of(mapping);
    }

    /**
     * Whether memory outside the heap may be that of a block which the device has: of a pool that is not registered any
     * more, too.
     *
     * @param address of its first byte in this process.
     */
    boolean overlap(final long address, final int length)
    {
        for (final PoolBinding binding : table.all())
        {
            if (address < binding.address() + binding.segment().byteSize() &&
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
        return passedOver.entrySet().stream()
            .map(each -> "pool is passed over until the set of pools changes: pool=" + each.getKey().name() + ": " +
                each.getValue())
            .toList();
    }

    boolean isClosed()
    {
        return CLOSED == version;
    }

    /** What is held in pools that are open; of the others nobody will ever give back anything. */
    synchronized long usedBytes()
    {
        long bytes = 0;
        for (final PoolBinding binding : table.all())
        {
            bytes += binding.isGone() ? 0 : binding.client().usedBytes();
        }
        return bytes;
    }

    /**
     * What was bounced, and blocks taken and freed, in all pools that the device ever had.
     */
    synchronized DmaStatistics statistics()
    {
        DmaStatistics sum = left;
        for (final PoolBinding binding : table.all())
        {
            sum = plus(sum, binding.client());
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
        final List<PoolBinding> closed = new ArrayList<>();
        for (final PoolBinding binding : table.all())
        {
            if (!binding.tryLeave())
            {
                // Another thread has taken a block meanwhile. Those that are left are bound again when wanted.
                closed.forEach(this::forget);
                version = STALE;
                throw new IllegalStateException("device has live mappings: device=" + policy.device() + ", pool=" +
                    binding.client().pool().name() + ", bytes=" + binding.client().usedBytes());
            }
            closed.add(binding);
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
        final Map<BouncePool, PoolBinding> known = new IdentityHashMap<>();
        for (final PoolBinding binding : table.all())
        {
            known.put(binding.client().pool(), binding);
        }
        // First choice first, then those that are bound for what is mapped there still.
        final Set<PoolBinding> bound = new LinkedHashSet<>();
        final Map<BouncePool, String> refused = new LinkedHashMap<>();
        for (final BouncePool pool : candidates)
        {
            try
            {
                if (!known.containsKey(pool) || known.get(pool).isGone())
                {
                    known.put(pool, bindTo(pool));
                }
                bound.add(known.get(pool));
            }
            catch (final IllegalStateException e)
            {
                refused.put(pool, e.getMessage());
            }
            catch (final IllegalArgumentException e)
            {
                if (NEW == version)
                {
                    // Nobody would ever give back what these reserve.
                    bound.forEach(binding -> binding.client().close());
                    throw e;
                }
                refused.put(pool, e.getMessage());
            }
        }
        final PoolBinding[] choices = bound.toArray(new PoolBinding[0]);
        bound.addAll(known.values());
        table = new BindingTable(bound);
        byChoice = choices;
        report(refused);
        version = now;
    }

    /** Tell of pools that are passed over: of each once, until it is not any more. */
    private void report(final Map<BouncePool, String> refused)
    {
        refused.forEach((pool, reason) ->
        {
            if (!passedOver.containsKey(pool))
            {
                PassedOverEvent.emit(policy.device(), pool.name(), reason);
            }
        });
        passedOver = refused;
    }

    /** Leave pools that are not registered any more, so that what is reserved is for others. */
    private void leave(final List<BouncePool> candidates)
    {
        final Set<BouncePool> registered = Collections.newSetFromMap(new IdentityHashMap<>());
        registered.addAll(candidates);
        for (final PoolBinding binding : table.all())
        {
            if (!registered.contains(binding.client().pool()) && binding.tryLeave())
            {
                forget(binding);
            }
        }
    }

    /** Take a closed client out of the table, but not what it has counted. */
    private void forget(final PoolBinding binding)
    {
        left = plus(left, binding.client());
        table = table.without(binding);
    }

    private PoolBinding bindTo(final BouncePool pool)
    {
        return new PoolBinding(pool.open(policy.device(), policy.limits(pool.name()), policy.rules()));
    }

    private static DmaStatistics plus(final DmaStatistics sum, final PoolClient client)
    {
        final ClientStatistics figures = client.statistics();
        return new DmaStatistics(sum.maps() + figures.allocations(), sum.unmaps() + figures.frees(), 0,
            sum.bytesToDevice() + figures.bytesToDevice(), sum.bytesFromDevice() + figures.bytesFromDevice());
    }
}
