/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.status.CountersManager;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Shows the figures of some pools in a {@link CountersFile}, ten times a second, so that whoever bounces through them
 * does not have to: a duty cycle costs the pool's users nothing but a moment of each lock. What others count is shown
 * beside them.
 * <p>
 * An agent, to be run by an {@code AgentRunner} on a thread of its own or by the process's own loop. One thread.
 */
public final class PoolMonitor implements Agent, AutoCloseable
{
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int POOL_TYPE = 1;
    private static final int CLIENT_TYPE = 2;
    private static final int CLASS_TYPE = 3;
    private static final int OTHER_TYPE = 4;

    private final PoolSet pools;
    private final List<CounterSource> others;
    private final CountersFile file;
    private final CountersManager counters;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Set<String> shown = new HashSet<>();
    private final int[] picture = new int[CountersFile.PICTURE_PARTS];
    private long next = System.nanoTime();
    private boolean closed;

    /**
     * Make the file.
     *
     * @param path   of the file; it stays when this is closed. A counters file that is there is replaced, nothing else.
     * @param pools  to watch; those registered later are watched, too, up to 16.
     * @param others to show behind the pools, in this order.
     * @throws IOException if the file can not be made, or there is no room for all of it.
     */
    public PoolMonitor(final Path path, final PoolSet pools, final CounterSource... others) throws IOException
    {
        this.pools = pools;
        this.others = List.of(others);
        file = CountersFile.create(path);
        counters = file.manager();
    }

    @Override
    public int doWork()
    {
        final long now = System.nanoTime();
        if (now - next < 0)
        {
            return 0;
        }
        next = now + INTERVAL_NANOS;
        publish();
        return 1;
    }

    @Override
    public String roleName()
    {
        return "pool-monitor";
    }

    @Override
    public void onClose()
    {
        close();
    }

    /**
     * Bring the file up to date now. What belongs to a pool or client that is gone is taken out.
     */
    public void publish()
    {
        shown.clear();
        int number = 0;
        for (final BouncePool pool : pools.pools())
        {
            publish(pool.statistics());
            if (number < CountersFile.MAX_PICTURES)
            {
                final long span = pool.usage(picture);
                file.picture(number++, pool.name(), span, picture);
            }
        }
        file.clearPictures(number);
        for (final CounterSource other : others)
        {
            other.show((label, value) -> set(OTHER_TYPE, label, value));
        }
        freeOthers();
        file.published();
    }

    /**
     * Let the file go; a second call does nothing.
     */
    @Override
    public void close()
    {
        if (!closed)
        {
            closed = true;
            file.close();
        }
    }

    private void publish(final PoolStatistics pool)
    {
        final String name = "pool " + pool.name() + ": ";
        set(POOL_TYPE, name + "bytes", pool.length());
        set(POOL_TYPE, name + "used bytes", pool.used());
        set(POOL_TYPE, name + "hot bytes", pool.hot());
        set(POOL_TYPE, name + "free bytes", pool.free());
        set(POOL_TYPE, name + "high-water bytes", pool.highWater());
        set(POOL_TYPE, name + "largest free run bytes", pool.largestRun());
        set(POOL_TYPE, name + "fragmentation per mille", Math.round(1000 * pool.fragmentation()));
        set(POOL_TYPE, name + "metadata bytes", pool.metadataBytes());
        final Set<String> names = new HashSet<>();
        for (final ClientStatistics client : pool.clients())
        {
            publish(name + "client " + unique(client.name(), names) + ": ", client);
        }
    }

    private void publish(final String name, final ClientStatistics client)
    {
        set(CLIENT_TYPE, name + "used bytes", client.used());
        set(CLIENT_TYPE, name + "hot bytes", client.hot());
        set(CLIENT_TYPE, name + "high-water bytes", client.highWater());
        set(CLIENT_TYPE, name + "quota bytes", client.limits().quota());
        set(CLIENT_TYPE, name + "reserve bytes", client.limits().reserve());
        set(CLIENT_TYPE, name + "allocations", client.allocations());
        set(CLIENT_TYPE, name + "frees", client.frees());
        set(CLIENT_TYPE, name + "bounced to device bytes", client.bytesToDevice());
        set(CLIENT_TYPE, name + "bounced from device bytes", client.bytesFromDevice());
        publishRefusals(CLIENT_TYPE, name, client.refusals());
        for (final SizeClassStatistics sizeClass : client.classes())
        {
            final String label = name + "blocks from " + sizeClass.smallest() + ": ";
            set(CLASS_TYPE, label + "held bytes", sizeClass.held());
            set(CLASS_TYPE, label + "high-water bytes", sizeClass.highWater());
            set(CLASS_TYPE, label + "allocations", sizeClass.allocations());
            publishRefusals(CLASS_TYPE, label, sizeClass.refusals());
        }
    }

    private void publishRefusals(final int type, final String name, final List<Long> refusals)
    {
        for (final Refusal.Reason reason : Refusal.Reason.values())
        {
            set(type, name + "refused " + reason, refusals.get(reason.ordinal()));
        }
    }

    /**
     * Clients may have equal names, and their figures must not be mixed: the second is called {@code name (2)}.
     */
    private static String unique(final String name, final Set<String> names)
    {
        String result = name;
        for (int number = 2; !names.add(result); number++)
        {
            result = name + " (" + number + ")";
        }
        return result;
    }

    private void freeOthers()
    {
        ids.entrySet().removeIf(entry ->
        {
            final boolean isGone = !shown.contains(entry.getKey());
            if (isGone)
            {
                counters.free(entry.getValue());
            }
            return isGone;
        });
    }

    private void set(final int type, final String label, final long value)
    {
        Integer id = ids.get(label);
        if (null == id)
        {
            if (ids.size() == CountersFile.MAX_COUNTERS)
            {
                // Pools and clients that came late are not shown; those that are stay right.
                return;
            }
            id = counters.allocate(label, type);
            ids.put(label, id);
        }
        shown.add(label);
        counters.setCounterValue(id, value);
    }
}
