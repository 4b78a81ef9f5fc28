/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.IntArrayQueue;

import java.util.SplittableRandom;

/**
 * A network driver that keeps its receive ring full of buffers and sends frames in between. Receive buffers are used in
 * the order of the ring; sent frames are reclaimed in order, some at a time.
 */
final class NetworkFrames
{
    private static final int RX_SMALL = 1526;
    private static final int RX_LARGE = 1536;
    private static final int TX_MIN = 54;
    private static final int TX_MAX = 2048;
    /** Of so many frames one is more than an acknowledgement. */
    private static final int TX_DATA_ONES = 3;
    private static final int TX_BURST = 8;
    /** The ring may take all live bytes but this part, and this part of all maps may go into filling it. */
    private static final int PART = 4;

    private final WorkloadRecorder recorder;
    private final SplittableRandom random;
    private final int[] ring;
    private final IntArrayQueue sent = new IntArrayQueue();
    private final long sentLimit;
    private long sentBytes;

    private NetworkFrames(final WorkloadRecorder recorder)
    {
        this.recorder = recorder;
        random = recorder.random();
        final long fitting = (recorder.limit() - recorder.limit() / PART) / RX_LARGE;
        ring = new int[(int)Math.min(fitting, recorder.left() / PART + 1)];
        sentLimit = recorder.limit() - (long)ring.length * RX_LARGE;
    }

    static void generate(final WorkloadRecorder recorder)
    {
        new NetworkFrames(recorder).run();
    }

    private void run()
    {
        for (int i = 0; i < ring.length; i++)
        {
            ring[i] = receive();
        }
        int next = 0;
        while (recorder.left() > 0)
        {
            if (random.nextBoolean())
            {
                recorder.unmap(ring[next]);
                ring[next] = receive();
                next = (next + 1) % ring.length;
            }
            else
            {
                send(0 == random.nextInt(TX_DATA_ONES) ? random.nextInt(TX_MIN, TX_MAX + 1) : TX_MIN);
            }
        }
    }

    private int receive()
    {
        final int bytes = random.nextBoolean() ? RX_SMALL : RX_LARGE;
        return recorder.map(bytes, TraceDirection.FROM_DEVICE, recorder.pageOffset(bytes));
    }

    private void send(final int bytes)
    {
        if (0 == random.nextInt(TX_BURST))
        {
            reclaim(random.nextInt(1, 2 * TX_BURST + 1));
        }
        while (sentBytes + bytes > sentLimit)
        {
            reclaim(1);
        }
        sent.addInt(recorder.map(bytes, TraceDirection.TO_DEVICE, recorder.pageOffset(bytes)));
        sentBytes += bytes;
    }

    private void reclaim(final int most)
    {
        for (int i = 0; i < most && !sent.isEmpty(); i++)
        {
            final int mapping = sent.removeInt();
            sentBytes -= recorder.bytes(mapping);
            recorder.unmap(mapping);
        }
    }
}
