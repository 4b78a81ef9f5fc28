/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pools that a device is bound to, by number for handles that are out, and in the order in which it tries them.
 * Binds itself to pools that are registered later; a pool that was unregistered stays known for its live mappings.
 */
final class PoolBindings
{
    static final int MAX_BINDINGS = 1 << PoolClient.USER_BITS;
    /** The number of what is in no pool of its own: a zero-copy mapping. */
    static final int ZERO_COPY = MAX_BINDINGS - 1;

    private final DmaPolicy policy;
    private final PoolSet pools;
    private volatile PoolBinding[] byNumber = new PoolBinding[0];
    private PoolBinding[] byChoice = new PoolBinding[0];
    /** Written last, so that who sees it sees the tables of it. */
    private volatile int version = -1;

    PoolBindings(final DmaPolicy policy)
    {
        this.policy = policy;
        pools = policy.pools();
        refresh();
    }

    /**
     * The bindings to registered pools, first choice first.
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

    PoolBinding[] all()
    {
        return byNumber;
    }

    private synchronized void refresh()
    {
        final int now = pools.version();
        final List<PoolBinding> known = new ArrayList<>(List.of(byNumber));
        final List<PoolBinding> chosen = new ArrayList<>();
        try
        {
            for (final BouncePool pool : policy.candidates())
            {
                chosen.add(bindingTo(pool, known));
            }
        }
        catch (final RuntimeException e)
        {
            // Nobody would ever give back what these reserve.
            known.subList(byNumber.length, known.size()).forEach(binding -> binding.client().close());
            throw e;
        }
        byNumber = known.toArray(new PoolBinding[0]);
        byChoice = chosen.toArray(new PoolBinding[0]);
        version = now;
    }

    private PoolBinding bindingTo(final BouncePool pool, final List<PoolBinding> known)
    {
        for (final PoolBinding binding : known)
        {
            if (binding.client().pool() == pool)
            {
                return binding;
            }
        }
        if (ZERO_COPY == known.size())
        {
            throw new IllegalStateException("device has used too many pools: device=" + policy.device() + ", pools=" +
                Arrays.toString(byNumber) + ", maximum=" + ZERO_COPY);
        }
        final PoolClient<MappingRecord> client = pool.open(
            policy.device(), policy.limits(pool.name()), policy.rules(), MappingRecord::new);
        final PoolBinding binding = new PoolBinding(
            client, known.size(), pool.view(), pool.view().addressOffset());
        known.add(binding);
        return binding;
    }
}
