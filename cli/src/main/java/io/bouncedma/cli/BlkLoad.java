/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkCompletion;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Keeps one queue busy: as many requests in flight as it may, each from a private buffer of its own, and measures how
 * long each takes from the submission to the completion. One thread at a time. Allocates nothing for a request.
 */
final class BlkLoad
{
    private static final long HIGHEST_NS = TimeUnit.HOURS.toNanos(1);
    private static final int DIGITS = 3;
    private static final int PERCENT = 100;

    private final BlkQueue queue;
    private final Plan plan;
    private final long firstBlock;
    private final long blocks;
    private final SplittableRandom random;
    private final Histogram latencies = new Histogram(HIGHEST_NS, DIGITS);
    private final BlkCompletion completion = this::complete;
    private final UnsafeBuffer[] buffers;
    private final long[] submittedNs;
    private final long[] sectors;
    private final int[] free;
    private int freeCount;
    private long sequence;
    private long block;
    private boolean isRead;
    private boolean isChosen;
    private long submitted;
    private long reads;
    private long waits;
    private int failedStatus;
    private long failedSector;

    /**
     * What to do.
     *
     * @param size        bytes of a request.
     * @param depth       requests in flight.
     * @param isRandom    whether they go anywhere, or one behind the other.
     * @param readPercent how many of a hundred read.
     */
    record Plan(int size, int depth, boolean isRandom, int readPercent)
    {
    }

    /**
     * Prepare a load.
     *
     * @param queue      for this load alone.
     * @param plan       what to do.
     * @param firstBlock of the disk, in requests' sizes, that this load may touch.
     * @param blocks     how many.
     * @param seed       of where random requests go, of the mix, and of what is written.
     */
    BlkLoad(final BlkQueue queue, final Plan plan, final long firstBlock, final long blocks, final long seed)
    {
        this.queue = queue;
        this.plan = plan;
        this.firstBlock = firstBlock;
        this.blocks = blocks;
        random = new SplittableRandom(seed);
        buffers = new UnsafeBuffer[plan.depth()];
        submittedNs = new long[plan.depth()];
        sectors = new long[plan.depth()];
        free = new int[plan.depth()];
        for (int i = 0; i < plan.depth(); i++)
        {
            final byte[] bytes = new byte[plan.size()];
            random.nextBytes(bytes);
            buffers[i] = new UnsafeBuffer(bytes);
            free[freeCount++] = i;
        }
    }

    /**
     * Run until a time or for a number of requests, whichever is first, and until all of them are done.
     *
     * @param endNs    by {@link System#nanoTime()}: nothing is submitted later.
     * @param requests at most.
     * @param stop     asked between two: true to submit no more.
     * @throws FailureException if the device fails a request.
     */
    void run(final long endNs, final long requests, final BooleanSupplier stop)
    {
        while (true)
        {
            boolean isBusy = false;
            while (freeCount > 0 && submitted < requests && BlkProtocol.STATUS_OK == failedStatus &&
                System.nanoTime() - endNs < 0 && !stop.getAsBoolean())
            {
                if (BlkQueue.BUSY == submit())
                {
                    waits++;
                    isBusy = true;
                    break;
                }
            }
            // With nothing in flight others have the pool: then this let some time pass.
            if (0 == queue.awaitCompletions(completion) && !isBusy)
            {
                break;
            }
        }
        if (BlkProtocol.STATUS_OK != failedStatus)
        {
            throw new FailureException("device failed a request of " + plan.size() + " bytes at sector " +
                failedSector + ": " + BlkProtocol.statusName(failedStatus));
        }
    }

    /** Forget what was measured so far. */
    void restart()
    {
        latencies.reset();
        submitted = 0;
        reads = 0;
        waits = 0;
    }

    private int submit()
    {
        if (!isChosen)
        {
            // What could not be submitted is what is submitted next: a full pool does not change the load.
            isChosen = true;
            block = firstBlock + (plan.isRandom() ? random.nextLong(blocks) : sequence++ % blocks);
            isRead = random.nextInt(PERCENT) < plan.readPercent();
        }
        final int slot = free[freeCount - 1];
        final long sector = block * (plan.size() / BlkProtocol.SECTOR_SIZE);
        submittedNs[slot] = System.nanoTime();
        sectors[slot] = sector;
        final int result = isRead ?
            queue.submitRead(sector, buffers[slot], 0, plan.size(), slot) :
            queue.submitWrite(sector, buffers[slot], 0, plan.size(), slot);
        if (BlkQueue.SUBMITTED == result)
        {
            freeCount--;
            submitted++;
            reads += isRead ? 1 : 0;
            isChosen = false;
        }
        return result;
    }

    private void complete(final long tag, final int status)
    {
        final int slot = (int)tag;
        latencies.recordValue(Math.clamp(System.nanoTime() - submittedNs[slot], 0, HIGHEST_NS));
        free[freeCount++] = slot;
        if (BlkProtocol.STATUS_OK != status)
        {
            failedStatus = status;
            failedSector = sectors[slot];
        }
    }

    /** How long requests took, in nanoseconds. */
    Histogram latencies()
    {
        return latencies;
    }

    /** Requests that read. */
    long reads()
    {
        return reads;
    }

    /** How often a request had to wait for room in the ring or in the pool. */
    long waits()
    {
        return waits;
    }
}
