/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What the device role knows about the chains that it took, by entry: a number of the ring's own, below its size.
 */
final class TakenChains
{
    private static final int NOTHING = -1;
    private static final int TAKEN = -2;

    /** By entry: {@link #NOTHING}, {@link #TAKEN}, or given back with so many bytes written. */
    private final int[] state;
    /** Entries in the order in which they were taken, for a ring that gives them back in that order. */
    private final int[] order;
    /** By entry: how many were taken before; of one that was given back and forgotten, how many were with it. */
    private final long[] sequence;
    private int oldest;
    private int count;
    private long ended;
    private long begun;
    private long forgotten;
    /** How many of those that were forgotten the driver can see. */
    private long shown;

    TakenChains(final int size)
    {
        state = new int[size];
        Arrays.fill(state, NOTHING);
        order = new int[size];
        sequence = new long[size];
    }

    /** How many are not given back. */
    int inFlight()
    {
        return (int)(begun - ended);
    }

    /** How many were taken ever. */
    long begun()
    {
        return begun;
    }

    /** How many of them were given back. */
    long ended()
    {
        return ended;
    }

    /** Whether an entry is taken, or given back and not shown: the driver can not have seen it come back. */
    boolean has(final int entry)
    {
        return NOTHING != state[entry] || sequence[entry] > shown;
    }

    /** Whether an entry is taken and not given back. */
    boolean isHeld(final int entry)
    {
        return TAKEN == state[entry];
    }

    void begin(final int entry)
    {
        state[entry] = TAKEN;
        sequence[entry] = begun;
        begun++;
        final int last = oldest + count;
        order[last < order.length ? last : last - order.length] = entry;
        count++;
    }

    /**
     * Note what was written.
     *
     * @return false if the entry is not taken or given back already.
     */
    boolean give(final int entry, final int written)
    {
        if (TAKEN != state[entry])
        {
            return false;
        }
        state[entry] = written;
        ended++;
        return true;
    }

    /** Forget an entry whose used entry is written. */
    void end(final int entry)
    {
        state[entry] = NOTHING;
        forgotten++;
        sequence[entry] = forgotten;
        count--;
        oldest = oldest + 1 == order.length ? 0 : oldest + 1;
    }

    /** The driver sees all that were forgotten. */
    void show()
    {
        shown = forgotten;
    }

    /**
     * The entry that is due if they end in order.
     *
     * @return less than zero if it is not given back.
     */
    int nextInOrder()
    {
        return 0 == count || state[order[oldest]] < 0 ? NOTHING : order[oldest];
    }

    int written(final int entry)
    {
        return state[entry];
    }

    /**
     * The entries that are not used, in the order in which they were taken. Allocates: for snapshots.
     */
    List<Integer> taken()
    {
        final List<Integer> entries = new ArrayList<>();
        for (int entry = 0; entry < state.length; entry++)
        {
            if (NOTHING != state[entry])
            {
                entries.add(entry);
            }
        }
        entries.sort(Comparator.comparingLong((entry) -> sequence[entry]));
        return entries;
    }

    /** How many were given back that can not be seen by the driver yet, as they wait for others. */
    int waiting()
    {
        return count - inFlight();
    }
}
