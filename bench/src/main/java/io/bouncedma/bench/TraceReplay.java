/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.DmaPolicy;
import io.bouncedma.lab.Trace;
import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A trace in a pool of its own, replayed by the library or by bare copies.
 * <p>
 * {@link #bounce} maps and unmaps each row. {@link #copy} copies what the rows say must be copied, in their order,
 * between the originals and the places that the pool gave them in the last {@link #bounce}: into the pool where a map
 * is to the device, out of it where an unmap is from the device. It clears nothing, looks for no place and keeps no
 * books. Both read the rows and keep what each mapping has in an array, which costs them the same.
 */
final class TraceReplay implements AutoCloseable
{
    /** Of a trace with more devices, those with the same mask are one: a process can not have any number of clients. */
    private static final int MAX_DEVICES = 64;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final String name;
    private final TraceRows rows;
    private final byte[] memory;
    private final BenchWindow window;
    private final UnsafeBuffer pool;
    /** By the trace's number. */
    private final DmaDevice[] devices;
    /** By mapping: what a map gave, 0 if it is not mapped. */
    private final long[] handles;
    /** By row: where the pool put it. */
    private final int[] targets;
    /** By mapping: where it is. */
    private final int[] places;

    /**
     * Make a pool.
     *
     * @param of         trace and masks.
     * @param rows       of it.
     * @param memory     for the originals, as long as the rows need it or longer.
     * @param poolLength bytes, a multiple of 4096.
     */
    TraceReplay(final BenchTrace of, final TraceRows rows, final byte[] memory, final int poolLength)
    {
        final Trace trace = of.trace();
        name = trace.name();
        this.rows = rows;
        this.memory = memory;
        window = new BenchWindow(poolLength);
        pool = window.poolMemory();
        devices = devices(of, PoolSet.of(window.pool));
        handles = new long[trace.peakLiveMappings()];
        places = new int[trace.peakLiveMappings()];
        targets = new int[rows.size()];
    }

    private static DmaDevice[] devices(final BenchTrace of, final PoolSet pools)
    {
        final List<String> names = of.trace().devices();
        final Map<Object, DmaDevice> made = new HashMap<>();
        return names.stream().map(each ->
        {
            final int mask = of.masks().of(each);
            return made.computeIfAbsent(names.size() > MAX_DEVICES ? mask : each, key -> new DmaDevice(
                new DmaPolicy("bench " + key, pools).rules(AddressRules.withMinAlignMask(mask)).debug(false)));
        }).toArray(DmaDevice[]::new);
    }

    /**
     * Map and unmap what the rows say.
     *
     * @return nanoseconds of CPU time.
     * @throws TraceRefusedException if the pool has no room; nothing is mapped then.
     */
    long bounce()
    {
        int done = 0;
        final long begin = cpu();
        while (done < rows.size() && doRow(done))
        {
            done++;
        }
        final long nanos = cpu() - begin;
        end(done);
        return nanos;
    }

    /**
     * Copy what the rows say.
     *
     * @return nanoseconds of CPU time.
     */
    long copy()
    {
        final long begin = cpu();
        for (int i = 0; i < rows.size(); i++)
        {
            copyRow(i);
        }
        return cpu() - begin;
    }

    /**
     * Do as {@link #bounce}, and note how long each call took.
     *
     * @param to nanoseconds by the clock, with those of one reading of it.
     */
    void bounce(final Histogram to)
    {
        int done = 0;
        boolean good = true;
        while (done < rows.size() && good)
        {
            final long begin = System.nanoTime();
            good = doRow(done);
            to.recordValue(Math.min(System.nanoTime() - begin, to.getHighestTrackableValue()));
            done += good ? 1 : 0;
        }
        end(done);
    }

    /**
     * Do as {@link #bounce}, and look how long each call took.
     *
     * @return nanoseconds of CPU time of the longest, with those of one reading of it, which is a system call.
     */
    long longestBounce()
    {
        int done = 0;
        long longest = 0;
        long begin = cpu();
        while (done < rows.size() && doRow(done))
        {
            final long end = cpu();
            longest = Math.max(longest, end - begin);
            begin = end;
            done++;
        }
        end(done);
        return longest;
    }

    /**
     * Do as {@link #copy}, and look how long each row took.
     *
     * @return as {@link #longestBounce}.
     */
    long longestCopy()
    {
        long longest = 0;
        long begin = cpu();
        for (int i = 0; i < rows.size(); i++)
        {
            copyRow(i);
            final long end = cpu();
            longest = Math.max(longest, end - begin);
            begin = end;
        }
        return longest;
    }

    private long cpu()
    {
        return threads.getCurrentThreadCpuTime();
    }

    TraceRows rows()
    {
        return rows;
    }

    /** Bytes that the library says that it has copied, both ways. */
    long bounced()
    {
        return Arrays.stream(devices).distinct().map(DmaDevice::statistics)
            .mapToLong(each -> each.bytesToDevice() + each.bytesFromDevice()).sum();
    }

    long poolLength()
    {
        return window.pool.length();
    }

    private boolean doRow(final int i)
    {
        final int mapping = rows.mapping(i);
        final DmaDevice device = devices[rows.device(i)];
        if (rows.isMap(i))
        {
            final long handle = device.map(memory, rows.original(i), rows.length(i), rows.direction(i));
            handles[mapping] = handle;
            if (handle < 0)
            {
                return false;
            }
            targets[i] = (int)(device.busAddress(handle) - BenchWindow.RAW_LENGTH);
        }
        else
        {
            device.unmap(handles[mapping]);
            handles[mapping] = 0;
        }
        return true;
    }

    private void copyRow(final int i)
    {
        final int mapping = rows.mapping(i);
        final Direction direction = rows.direction(i);
        if (rows.isMap(i))
        {
            places[mapping] = targets[i];
            if (direction.isToDevice())
            {
                pool.putBytes(targets[i], memory, rows.original(i), rows.length(i));
            }
        }
        else if (direction.isFromDevice())
        {
            pool.getBytes(places[mapping], memory, rows.original(i), rows.length(i));
        }
    }

    /**
     * End what the rows leave mapped, without a copy, so that the next time begins as this one did.
     *
     * @param done how many rows were done; the next one was refused if there is one.
     */
    private void end(final int done)
    {
        final String refused = done < rows.size() ? refused(done) : null;
        // Backwards: of the maps with this number the last one is the one that lives.
        for (int i = done - 1; i >= 0; i--)
        {
            final int mapping = rows.mapping(i);
            if (rows.isMap(i) && handles[mapping] > 0)
            {
                devices[rows.device(i)].unmap(handles[mapping], 0);
            }
            handles[mapping] = 0;
        }
        if (null != refused)
        {
            throw new TraceRefusedException(refused);
        }
    }

    private String refused(final int i)
    {
        final Refusal.Reason reason = Refusal.Reason.of(handles[rows.mapping(i)]);
        handles[rows.mapping(i)] = 0;
        return "a pool of " + poolLength() + " bytes refuses " + rows.length(i) + " bytes in row " + (i + 1) + " of " +
            rows.size() + " of trace " + name + ": " + devices[rows.device(i)].explain(rows.length(i)) +
            (reason.isForGood() ? ", for good" : "");
    }

    @Override
    public void close()
    {
        for (final DmaDevice device : devices)
        {
            device.close();
        }
        window.close();
    }
}
