/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests as Linux's virtio-blk maps them: header, data, status and the table of indirect descriptors; and unmaps
 * them: the table first, then the rest in order.
 */
final class BlockRequests
{
    private static final int HEADER = 16;
    private static final int STATUS = 1;
    /** Three descriptors of 16 bytes. */
    private static final int TABLE = 48;
    private static final int PAGE = Trace.PAGE_SIZE;
    private static final int MAX_DATA_PAGES = 64;
    /** Of so many requests one has a length that is no power of two. */
    private static final int ODD_ONES = 4;

    private BlockRequests()
    {
    }

    static void generate(final WorkloadRecorder recorder)
    {
        final SplittableRandom random = recorder.random();
        final List<int[]> inFlight = new ArrayList<>();
        final LiveTarget target = new LiveTarget(recorder);
        final int maxPages = (int)Math.min(MAX_DATA_PAGES, recorder.limit() / PAGE - 1);
        while (recorder.left() > 0)
        {
            target.drift();
            final int data = Math.min(maxPages, pages(random)) * PAGE;
            while (!inFlight.isEmpty() && target.exceededWith(HEADER + data + STATUS + TABLE))
            {
                complete(recorder, takeAny(inFlight, random));
            }
            inFlight.add(submit(recorder, data));
        }
    }

    /**
     * Map what a request consists of; the last of a trace may be a torso.
     */
    private static int[] submit(final WorkloadRecorder recorder, final int data)
    {
        final TraceDirection direction = recorder.direction();
        final int headerOffset = recorder.pageOffset(HEADER);
        final int[] mappings = new int[Math.min(4, recorder.left())];
        for (int i = 0; i < mappings.length; i++)
        {
            mappings[i] = switch (i)
            {
                case 0 -> recorder.map(HEADER, TraceDirection.TO_DEVICE, headerOffset);
                case 1 -> recorder.map(data, direction, 0);
                // The status byte lies behind the header, in struct virtblk_req.
                case 2 -> recorder.map(STATUS, TraceDirection.FROM_DEVICE, (headerOffset + HEADER) % PAGE);
                default -> recorder.map(TABLE, TraceDirection.TO_DEVICE, recorder.pageOffset(TABLE));
            };
        }
        return mappings;
    }

    private static void complete(final WorkloadRecorder recorder, final int[] mappings)
    {
        recorder.unmap(mappings[mappings.length - 1]);
        for (int i = 0; i < mappings.length - 1; i++)
        {
            recorder.unmap(mappings[i]);
        }
    }

    private static int[] takeAny(final List<int[]> inFlight, final SplittableRandom random)
    {
        final int index = random.nextInt(inFlight.size());
        final int[] taken = inFlight.get(index);
        final int[] last = inFlight.removeLast();
        if (taken != last)
        {
            inFlight.set(index, last);
        }
        return taken;
    }

    private static int pages(final SplittableRandom random)
    {
        return 0 == random.nextInt(ODD_ONES) ?
            random.nextInt(1, MAX_DATA_PAGES + 1) :
            1 << random.nextInt(Integer.numberOfTrailingZeros(MAX_DATA_PAGES) + 1);
    }
}
