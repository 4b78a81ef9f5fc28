/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pools that a device is bound to, by number for handles that are out, and in the order in which it tries them.
 * Binds itself to pools that are registered later; a pool that was unregistered stays known for its live mappings.
 */
final class PoolBindings
{
    static final int MAX_BINDINGS = 1 << 6;

    private final DmaPolicy policy;
    private volatile PoolBinding[] byNumber = new PoolBinding[0];
    private volatile PoolBinding[] byChoice = new PoolBinding[0];
    private volatile int version = -1;

    PoolBindings(final DmaPolicy policy)
    {
        this.policy = policy;
        refresh();
    }

    /**
     * The bindings to registered pools, first choice first.
     */
    PoolBinding[] choices()
    {
        if (version != policy.pools().version())
        {
            refresh();
        }
        return byChoice;
    }

    /**
     * A binding by its number.
     *
     * @return null if there is none.
     */
    PoolBinding get(final int number)
    {
        final PoolBinding[] table = byNumber;
        return number < table.length ? table[number] : null;
    }

    PoolBinding[] all()
    {
        return byNumber;
    }

    private synchronized void refresh()
    {
        final int now = policy.pools().version();
        final List<PoolBinding> known = new ArrayList<>(List.of(byNumber));
        final List<PoolBinding> chosen = new ArrayList<>();
        for (final BouncePool pool : policy.candidates())
        {
            chosen.add(bindingTo(pool, known));
        }
        byNumber = known.toArray(new PoolBinding[0]);
        byChoice = chosen.toArray(new PoolBinding[0]);
        version = now;
    }

    private PoolBinding bindingTo(final BouncePool pool, final List<PoolBinding> known)
    {
        for (final PoolBinding binding : known)
        {
            if (binding.client.pool() == pool)
            {
                return binding;
            }
        }
        if (MAX_BINDINGS - 1 == known.size())
        {
            throw new IllegalStateException("device has used too many pools: device=" + policy.device() + ", pools=" +
                Arrays.toString(byNumber) + ", maximum=" + (MAX_BINDINGS - 1));
        }
        final PoolClient client = pool.open(policy.device(), policy.limits(pool.name()), policy.rules());
        final PoolBinding binding = new PoolBinding(client, known.size());
        known.add(binding);
        return binding;
    }
}
