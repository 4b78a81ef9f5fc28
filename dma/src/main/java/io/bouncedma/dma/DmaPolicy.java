/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolSet;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a device is to use its pools: settings for {@link DmaDevice#DmaDevice(DmaPolicy)}, which reads them once.
 */
public final class DmaPolicy
{
    private final String device;
    private final PoolSet pools;
    private final Map<String, ClientLimits> limits = new HashMap<>();
    private List<String> order;
    private AddressRules rules = AddressRules.NONE;
    private boolean debug = Boolean.getBoolean("bounce.dma.debug");

    /**
     * A policy that uses every pool of a set in the set's order, without limits.
     *
     * @param device the device's name, for messages and reports.
     * @param pools  that it may use; pools registered later are used, too.
     */
    public DmaPolicy(final String device, final PoolSet pools)
    {
        this.device = Objects.requireNonNull(device, "device");
        this.pools = Objects.requireNonNull(pools, "pools");
    }

    /**
     * Use only some pools, in an order of the device's own.
     *
     * @param names of the pools, the first choice first; one that is not registered is passed over until it is.
     * @return this.
     */
    public DmaPolicy order(final String... names)
    {
        order = List.of(names);
        return this;
    }

    /**
     * Limit what the device may have of a pool.
     *
     * @param pool   the pool's name.
     * @param limits its quota and its reserve there.
     * @return this.
     */
    public DmaPolicy limits(final String pool, final ClientLimits limits)
    {
        this.limits.put(pool, limits);
        return this;
    }

    /**
     * Say which bus addresses the device can use.
     *
     * @param rules for all its mappings and coherent buffers.
     * @return this.
     */
    public DmaPolicy rules(final AddressRules rules)
    {
        this.rules = Objects.requireNonNull(rules, "rules");
        return this;
    }

    /**
     * Watch for misuse that costs too much to look for always, see {@link DmaDebug}. The default is the system property
     * {@code bounce.dma.debug}.
     *
     * @param on whether to watch.
     * @return this.
     */
    public DmaPolicy debug(final boolean on)
    {
        debug = on;
        return this;
    }

    String device()
    {
        return device;
    }

    PoolSet pools()
    {
        return pools;
    }

    AddressRules rules()
    {
        return rules;
    }

    boolean debug()
    {
        return debug;
    }

    ClientLimits limits(final String pool)
    {
        return limits.getOrDefault(pool, ClientLimits.NONE);
    }

    /**
     * The registered pools that the device may use, first choice first.
     */
    List<BouncePool> candidates()
    {
        final List<BouncePool> registered = List.copyOf(pools.pools());
        if (null == order)
        {
            return registered;
        }
        return order.stream()
            .flatMap(name -> registered.stream().filter(pool -> pool.name().equals(name)))
            .toList();
    }
}
