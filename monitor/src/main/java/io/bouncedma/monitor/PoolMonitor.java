/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientStatistics;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.PoolStatistics;
import io.bouncedma.pool.PoolWalk;
import io.bouncedma.pool.SizeClassStatistics;
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
 * does not have to. What others count is shown beside them.
 * <p>
 * The pictures of the pools are drawn in between, at most ten times a second and at most {@link PoolWalk#SLICE} blocks
 * and free runs in a millisecond: one of a pool of 100,000 takes about a second, and whoever allocates meanwhile never
 * waits for more than one such slice, which is some microseconds.
 * <p>
 * An agent, to be run by an {@code AgentRunner} on a thread of its own or by the process's own loop; a duty cycle that
 * comes less than a thousand times a second draws less. One thread.
 */
public final class PoolMonitor implements Agent, AutoCloseable
{
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SLICE_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final PoolSet pools;
    private final List<CounterSource> others;
    private final CountersFile file;
    private final CountersManager counters;
    private final Map<Label, Counter> shown = new HashMap<>();
    private final PoolPictures pictures = new PoolPictures();
    private long next = System.nanoTime();
    private long nextSlice = next;
    private long publication;
    private boolean wasCut;
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
        final boolean isDue = now - next >= 0;
        if (isDue && !wasCut && pictures.isDone())
        {
            pictures.begin(pools.pools());
        }
        final boolean draws = now - nextSlice >= 0 && !pictures.isDone();
        if (draws)
        {
            nextSlice = now + SLICE_INTERVAL_NANOS;
            pictures.slice();
        }
        if (isDue)
        {
            next = now + INTERVAL_NANOS;
            show();
        }
        return draws || isDue ? 1 : 0;
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
     * Bring the file up to date now, with new pictures of all pools, which takes as long as they have blocks and free
     * runs. What belongs to a pool or client that is gone is taken out. After somebody cut the file it is not touched
     * any more: that is told of once.
     *
     * @throws IllegalStateException if somebody cut the file, at the first call that finds that.
     */
    public void publish()
    {
        pictures.begin(pools.pools());
        while (!pictures.isDone())
        {
            pictures.slice();
        }
        show();
    }

    /** Bring the file up to date, with the pictures that there are. */
    private void show()
    {
        if (wasCut)
        {
            return;
        }
        try
        {
            showAll();
            OrderedMemory.awaitFault();
        }
        catch (final InternalError e)
        {
            wasCut = true;
            throw new IllegalStateException("counters file was cut short, and is not written any more: file=" + file,
                e);
        }
    }

    private void showAll()
    {
        publication++;
        int number = 0;
        final Set<String> names = new HashSet<>();
        for (final BouncePool pool : pools.pools())
        {
            final String name = CounterSubject.unique(pool.name(), names);
            show(name, pool.statistics());
            final PoolPicture picture = pictures.of(pool);
            if (null != picture)
            {
                file.picture(number++, name, picture.span(), picture.used());
            }
        }
        file.clearPictures(number);
        for (final CounterSource other : others)
        {
            other.show(this::set);
        }
        freeTheGone();
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
            pictures.close();
            file.close();
        }
    }

    private void show(final String name, final PoolStatistics pool)
    {
        final CounterSubject subject = new CounterSubject("pool " + name, List.of(name));
        set(subject, PoolMetrics.LENGTH, pool.length());
        set(subject, PoolMetrics.USED, pool.used());
        set(subject, PoolMetrics.HOT, pool.hot());
        set(subject, PoolMetrics.FREE, pool.free());
        set(subject, PoolMetrics.HIGH_WATER, pool.highWater());
        set(subject, PoolMetrics.LARGEST_RUN, pool.largestRun());
        set(subject, PoolMetrics.FRAGMENTATION, Math.round(
            PoolMetrics.FRAGMENTATION.family().unit().scale() * pool.fragmentation()));
        set(subject, PoolMetrics.METADATA, pool.metadataBytes());
        final Set<String> names = new HashSet<>();
        for (final ClientStatistics client : pool.clients())
        {
            show(name, CounterSubject.unique(client.name(), names), client);
        }
    }

    private void show(final String pool, final String name, final ClientStatistics client)
    {
        final String heading = "pool " + pool + ": client " + name;
        final CounterSubject subject = new CounterSubject(heading, List.of(pool, name));
        set(subject, PoolMetrics.CLIENT_USED, client.used());
        set(subject, PoolMetrics.CLIENT_HOT, client.hot());
        set(subject, PoolMetrics.CLIENT_HIGH_WATER, client.highWater());
        set(subject, PoolMetrics.CLIENT_QUOTA, client.limits().quota());
        set(subject, PoolMetrics.CLIENT_RESERVE, client.limits().reserve());
        set(subject, PoolMetrics.CLIENT_ALLOCATIONS, client.allocations());
        set(subject, PoolMetrics.CLIENT_FREES, client.frees());
        set(subject, PoolMetrics.CLIENT_TO_DEVICE, client.bytesToDevice());
        set(subject, PoolMetrics.CLIENT_FROM_DEVICE, client.bytesFromDevice());
        setAll(subject, PoolMetrics.CLIENT_REFUSALS, client.refusals());
        for (final SizeClassStatistics sizeClass : client.classes())
        {
            final CounterSubject blocks = new CounterSubject(heading + ": blocks from " + sizeClass.smallest(),
                List.of(pool, name, Long.toString(sizeClass.smallest())));
            set(blocks, PoolMetrics.CLASS_HELD, sizeClass.held());
            set(blocks, PoolMetrics.CLASS_HIGH_WATER, sizeClass.highWater());
            set(blocks, PoolMetrics.CLASS_ALLOCATIONS, sizeClass.allocations());
            setAll(blocks, PoolMetrics.CLASS_REFUSALS, sizeClass.refusals());
        }
    }

    private void setAll(final CounterSubject subject, final List<Metric> metrics, final List<Long> values)
    {
        for (int i = 0; i < metrics.size(); i++)
        {
            set(subject, metrics.get(i), values.get(i));
        }
    }

    private void freeTheGone()
    {
        shown.values().removeIf((counter) ->
        {
            final boolean isGone = publication != counter.publication;
            if (isGone)
            {
                counters.free(counter.id);
            }
            return isGone;
        });
    }

    private void set(final CounterSubject subject, final Metric metric, final long value)
    {
        final Label label = new Label(subject.heading(), metric.title());
        Counter counter = shown.get(label);
        if (null == counter)
        {
            if (shown.size() == CountersFile.MAX_COUNTERS)
            {
                // Pools and clients that came late are not shown; those that are stay right.
                return;
            }
            counter = new Counter(counters.allocate(
                label.heading + ": " + label.title, metric.id(), (key) -> CounterKey.write(key, subject.values())));
            shown.put(label, counter);
        }
        counter.publication = publication;
        counters.setCounterValue(counter.id, value);
    }

    /** What tells a counter from all others. */
    private record Label(String heading, String title)
    {
    }

    /** A counter of the file, and when it was last told of. */
    private static final class Counter
    {
        private final int id;
        private long publication;

        private Counter(final int id)
        {
            this.id = id;
        }
    }
}
