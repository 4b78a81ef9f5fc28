/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import io.bouncedma.lab.sizing.DeviceDemand.Blocks;
import io.bouncedma.lab.sizing.DeviceDemand.Chains;
import io.bouncedma.lab.sizing.DeviceDemand.Element;
import io.bouncedma.lab.sizing.DeviceDemand.Life;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Devices whose queues are full, as a trace: coherent memory first, then every queue is filled to its depth; then
 * queues complete some chains at a time, as after an interrupt, and are filled again at once, until every chain has
 * been made anew on average, and of few ones each so often that more time changes nothing. Nothing is unmapped at the
 * end.
 */
public final class QueueWorkload
{
    /** The most mappings that live at one time: what is replayed within seconds. */
    public static final int MAX_LIVE = 1 << 20;

    /** How often each chain is made on average, if there are many: to fill the queues, and once more. */
    private static final int TURNS = 2;
    /** Chains that end at least: with few in flight it takes longer until the worst order of them has come. */
    private static final int LEAST = 8192;
    /** Chains that one queue completes at a time. */
    private static final int MAX_BATCH = 32;
    private static final int MAX_PAUSE = 20;
    /** Small buffers come from slabs, whose objects lie at multiples of this. */
    private static final int SLAB_ALIGNMENT = 16;

    private final Trace.Builder builder;
    private final SplittableRandom random;
    private final List<Queue> queues = new ArrayList<>();
    private long clock;

    /** One queue: the handles of its chains, and which is the oldest. */
    private static final class Queue
    {
        private final int device;
        private final Chains chains;
        private final long[][] handles;
        private int oldest;

        Queue(final int device, final Chains chains)
        {
            this.device = device;
            this.chains = chains;
            handles = new long[chains.depth()][chains.elements().size()];
        }
    }

    private QueueWorkload(final String name, final long seed)
    {
        builder = new Trace.Builder(name);
        random = new SplittableRandom(seed);
    }

    /**
     * Make the trace.
     *
     * @param name    of the trace.
     * @param devices whose queues are full, by different names.
     * @param seed    of the order in which chains end; the same arguments give the same trace everywhere.
     * @return the trace, with the devices by their names.
     * @throws IllegalArgumentException if there are more than {@link #MAX_LIVE} mappings at a time.
     */
    public static Trace generate(final String name, final List<DeviceDemand> devices, final long seed)
    {
        requireLive(devices);
        final QueueWorkload workload = new QueueWorkload(name, seed);
        devices.forEach(workload::open);
        workload.fill();
        workload.run();
        return workload.builder.build();
    }

    /**
     * Check that a trace can be made, before the devices are looked at one by one.
     *
     * @param devices as of {@link #generate}.
     * @throws IllegalArgumentException if there are more than {@link #MAX_LIVE} mappings at a time.
     */
    public static void requireLive(final List<DeviceDemand> devices)
    {
        final long live = devices.stream().mapToLong(DeviceDemand::mappings).sum();
        if (live > MAX_LIVE)
        {
            throw new IllegalArgumentException("at most " + MAX_LIVE + " mappings can be live at a time here: " +
                "mappings=" + live + "; give fewer queues or less depth, or shorter requests");
        }
    }

    private void open(final DeviceDemand demand)
    {
        final int device = builder.device(demand.name());
        for (final Blocks blocks : demand.coherent())
        {
            for (int i = 0; i < blocks.count(); i++)
            {
                builder.map(now(), blocks.bytes(), TraceDirection.COHERENT, 0, device);
            }
        }
        for (final Chains chains : demand.chains())
        {
            for (int i = 0; i < chains.queues(); i++)
            {
                queues.add(new Queue(device, chains));
            }
        }
    }

    private void fill()
    {
        for (final Queue queue : queues)
        {
            for (final long[] chain : queue.handles)
            {
                map(queue, chain);
            }
        }
    }

    private void run()
    {
        // Each queue turns over as often as others: so often it is drawn as it has chains.
        final List<Queue> moving = queues.stream().filter(queue -> Life.STANDING != queue.chains.life()).toList();
        final int[] ends = new int[moving.size()];
        int total = 0;
        for (int i = 0; i < ends.length; i++)
        {
            total += moving.get(i).handles.length;
            ends[i] = total;
        }
        for (long left = Math.max(LEAST, (long)(TURNS - 1) * total); left > 0 && total > 0;)
        {
            final int drawn = random.nextInt(total);
            int at = Arrays.binarySearch(ends, drawn + 1);
            at = at < 0 ? ~at : at;
            left -= turn(moving.get(at));
        }
    }

    /** End some chains of a queue and make as many anew; how many. */
    private int turn(final Queue queue)
    {
        final int depth = queue.handles.length;
        final int count = random.nextInt(1, Math.min(depth, MAX_BATCH) + 1);
        for (int i = 0; i < count; i++)
        {
            final int at = (queue.oldest + i) % depth;
            if (Life.ANY_ORDER == queue.chains.life())
            {
                swap(queue.handles, at, (at + random.nextInt(depth - i)) % depth);
            }
            unmap(queue.handles[at]);
        }
        for (int i = 0; i < count; i++)
        {
            map(queue, queue.handles[queue.oldest]);
            queue.oldest = (queue.oldest + 1) % depth;
        }
        return count;
    }

    private static void swap(final long[][] chains, final int one, final int other)
    {
        final long[] chain = chains[one];
        chains[one] = chains[other];
        chains[other] = chain;
    }

    private void map(final Queue queue, final long[] chain)
    {
        final List<Element> elements = queue.chains.elements();
        for (int i = 0; i < chain.length; i++)
        {
            final Element element = elements.get(i);
            chain[i] = builder.map(now(), element.bytes(), element.direction(), pageOffset(element.bytes()),
                queue.device);
        }
    }

    /** Linux unmaps the table first, then the rest in order ({@code detach_buf_split}). */
    private void unmap(final long[] chain)
    {
        builder.unmap(now(), chain[chain.length - 1]);
        for (int i = 0; i < chain.length - 1; i++)
        {
            builder.unmap(now(), chain[i]);
        }
    }

    private int pageOffset(final int bytes)
    {
        return bytes >= Trace.PAGE_SIZE ? 0 : random.nextInt(Trace.PAGE_SIZE / SLAB_ALIGNMENT) * SLAB_ALIGNMENT;
    }

    private long now()
    {
        clock += random.nextInt(1, MAX_PAUSE + 1);
        return clock;
    }
}
