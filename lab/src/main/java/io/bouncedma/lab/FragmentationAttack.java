/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.IntArrayList;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Rounds of attacks in the manner of Robson (Bounds for some functions concerning dynamic storage allocation, Journal
 * of the ACM 21, 1974): whatever is free lies in holes that are too small for what comes next.
 * <ol>
 * <li>Comb: fill with small mappings, end every second.</li>
 * <li>Press: ask for mappings of twice to eight times the size for the bytes that are free, with small ones in
 * between.</li>
 * <li>Pin: end the large ones and the comb, but for a few small ones that live for rounds.</li>
 * <li>Ask for mappings of sixteen times the size for all that is free.</li>
 * </ol>
 */
final class FragmentationAttack
{
    private static final int MIN_SMALL = 64;
    private static final int MAX_SMALL = 16 * 1024;
    /** At least so many of the smallest make up the limit: a comb has teeth. */
    private static final int MIN_TEETH = 64;
    private static final int MAX_LARGE = 256 * 1024;
    /** A round's comb takes about this part of all maps, so that there is more than one round. */
    private static final int ROUNDS = 16;
    private static final int PRESS_FACTOR = 8;
    private static final int FINAL_FACTOR = 16;
    private static final int PIN_EVERY = 4;
    private static final int KEEP_EVERY = 32;
    /** Part of the limit that pinned ones may hold. */
    private static final int PINNED_PART = 8;

    private final WorkloadRecorder recorder;
    private final Deque<Integer> pinned = new ArrayDeque<>();
    private long pinnedBytes;

    private FragmentationAttack(final WorkloadRecorder recorder)
    {
        this.recorder = recorder;
    }

    static void generate(final WorkloadRecorder recorder)
    {
        final FragmentationAttack attack = new FragmentationAttack(recorder);
        final long wanted = recorder.limit() / Math.max(1, recorder.left() / ROUNDS);
        final long most = Math.min(MAX_SMALL, recorder.limit() / MIN_TEETH);
        final int base = Integer.highestOneBit((int)Math.clamp(wanted, MIN_SMALL, most));
        while (recorder.left() > 0)
        {
            attack.round(base << recorder.random().nextInt(3));
        }
    }

    private void round(final int small)
    {
        final IntArrayList comb = new IntArrayList();
        while (recorder.fits(small))
        {
            comb.addInt(map(small));
        }
        for (int i = 0; i < comb.size(); i += 2)
        {
            recorder.unmap(comb.getInt(i));
        }
        final IntArrayList large = press(small);
        unmapAll(large);
        for (int i = 1; i < comb.size(); i += 2)
        {
            if (i % KEEP_EVERY == 1)
            {
                pin(comb.getInt(i));
            }
            else
            {
                recorder.unmap(comb.getInt(i));
            }
        }
        unpin();
        final IntArrayList largest = new IntArrayList();
        final int bytes = Math.min(small * FINAL_FACTOR, MAX_LARGE);
        while (recorder.fits(bytes))
        {
            largest.addInt(map(bytes));
        }
        unmapAll(largest);
    }

    private IntArrayList press(final int small)
    {
        final IntArrayList large = new IntArrayList();
        int bytes = large(small);
        while (recorder.fits(bytes))
        {
            large.addInt(map(bytes));
            if (0 == large.size() % PIN_EVERY && recorder.fits(small))
            {
                pin(map(small));
            }
            bytes = large(small);
        }
        return large;
    }

    private int large(final int small)
    {
        return Math.min(small * recorder.random().nextInt(2, PRESS_FACTOR + 1), MAX_LARGE);
    }

    private int map(final int bytes)
    {
        return recorder.map(bytes, recorder.direction(), recorder.pageOffset(bytes));
    }

    private void pin(final int mapping)
    {
        pinned.add(mapping);
        pinnedBytes += recorder.bytes(mapping);
    }

    /**
     * Let the oldest go until those that stay hold no more than their part.
     */
    private void unpin()
    {
        while (pinnedBytes > recorder.limit() / PINNED_PART)
        {
            final int oldest = pinned.remove();
            pinnedBytes -= recorder.bytes(oldest);
            recorder.unmap(oldest);
        }
    }

    private void unmapAll(final IntArrayList mappings)
    {
        for (int i = 0; i < mappings.size(); i++)
        {
            recorder.unmap(mappings.getInt(i));
        }
    }
}
