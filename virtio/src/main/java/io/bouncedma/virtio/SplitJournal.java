/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.OrderedMemory;

import java.util.ArrayList;
import java.util.List;

/**
 * The journal of a split ring. All fields are little-endian; an entry is a chain's head.
 * <pre>
 * features u64 | version u16 | desc_num u16 | last_batch_head u16 | used_idx u16
 * desc_num * { inflight u8 | padding 5 * u8 | next u16 | counter u64 }
 * </pre>
 * Taken: counter, inflight. Used: each into the list that begins at last_batch_head; the ring's index; inflight of
 * each; used_idx. So a ring whose index is ahead of used_idx says how much of the list is no longer in flight.
 */
final class SplitJournal extends InFlightJournal
{
    static final int LAST_BATCH_HEAD_OFFSET = 12;
    static final int USED_IDX_OFFSET = 14;
    static final int NEXT_OFFSET = 6;

    private static final int STATES_OFFSET = 16;
    private static final int STATE_LENGTH = 16;
    private static final int COUNTER_OFFSET = 8;

    private int lastBatchHead;
    private int usedIdx;

    SplitJournal(final int size, final OrderedMemory memory)
    {
        super(RingFormat.SPLIT, size, memory);
    }

    static int length(final int size)
    {
        return STATES_OFFSET + STATE_LENGTH * size;
    }

    static long stateOffset(final int head)
    {
        return STATES_OFFSET + (long)head * STATE_LENGTH;
    }

    /** Note that a chain is taken, before anything is done for it. */
    void taken(final int head)
    {
        final long at = stateOffset(head);
        memory.store64(at + COUNTER_OFFSET, nextCounter());
        OrderedMemory.storeFence();
        memory.store8(at, 1);
        OrderedMemory.storeFence();
    }

    @Override
    void requireAt(final RingAreas areas, final RingSnapshot snapshot)
    {
        final int ringIdx = areas.device().loadAcquire16(SplitRingLayout.AREA_IDX_OFFSET);
        if (ringIdx != snapshot.used())
        {
            // Begun with 0 on a ring further on, it would end chains that are in flight (SPDK issue 3766).
            throw new IllegalArgumentException("ring is not where its journal is to begin: used.idx=" + ringIdx +
                ", expected=" + snapshot.used());
        }
    }

    @Override
    void requireUnused(final RingAreas areas)
    {
        // A ring whose index is 0 is as good as new.
    }

    @Override
    void fill(final RingSnapshot snapshot)
    {
        memory.store16(USED_IDX_OFFSET, snapshot.used());
        long counter = 0;
        for (final RingSnapshot.Chain chain : snapshot.chains())
        {
            final long at = stateOffset(chain.id());
            memory.store64(at + COUNTER_OFFSET, counter);
            memory.store8(at, 1);
            counter++;
        }
    }

    @Override
    RingSnapshot restore(final RingAreas areas)
    {
        usedIdx = areas.device().loadAcquire16(SplitRingLayout.AREA_IDX_OFFSET);
        lastBatchHead = memory.load16(LAST_BATCH_HEAD_OFFSET);
        final boolean[] isInFlight = new boolean[size()];
        final long[] counters = new long[size()];
        boolean any = false;
        for (int head = 0; head < size(); head++)
        {
            isInFlight[head] = 0 != memory.load8(stateOffset(head));
            counters[head] = memory.load64(stateOffset(head) + COUNTER_OFFSET);
            any |= isInFlight[head];
        }
        final int ahead = usedIdx - memory.load16(USED_IDX_OFFSET) & Ring.IDX_MASK;
        if (any)
        {
            endLastBatch(ahead, isInFlight);
        }
        final List<Integer> heads = new ArrayList<>();
        for (int head = 0; head < size(); head++)
        {
            if (isInFlight[head])
            {
                heads.add(head);
            }
        }
        final List<RingSnapshot.Chain> chains = inOrder(heads, counters).stream()
            .map((head) -> new RingSnapshot.Chain(head, 1, 0, 0, List.of(), List.of())).toList();
        // Nothing is written before all is checked.
        for (int head = 0; head < size(); head++)
        {
            memory.store8(stateOffset(head), isInFlight[head] ? 1 : 0);
        }
        OrderedMemory.storeFence();
        memory.store16(USED_IDX_OFFSET, usedIdx);
        return new RingSnapshot(
            RingFormat.SPLIT, size(), usedIdx + chains.size() & Ring.IDX_MASK, usedIdx, chains);
    }

    @Override
    int headOf(final int entry)
    {
        return entry;
    }

    @Override
    void link(final int[] heads, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            memory.store16(stateOffset(heads[i]) + NEXT_OFFSET, lastBatchHead);
            lastBatchHead = heads[i];
        }
        OrderedMemory.storeFence();
        memory.store16(LAST_BATCH_HEAD_OFFSET, lastBatchHead);
    }

    @Override
    void unlink(final int[] heads, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            memory.store8(stateOffset(heads[i]), 0);
        }
        OrderedMemory.storeFence();
        usedIdx = usedIdx + count & Ring.IDX_MASK;
        memory.store16(USED_IDX_OFFSET, usedIdx);
        OrderedMemory.storeFence();
    }

    /** The driver sees that these are used, and some may still be marked as in flight. */
    private void endLastBatch(final int length, final boolean[] isInFlight)
    {
        if (length > size())
        {
            throw new IllegalArgumentException("ring is further than a batch ahead of its journal: used.idx=" +
                usedIdx + ", ahead=" + length + ", size=" + size());
        }
        final boolean[] seen = new boolean[size()];
        int head = lastBatchHead;
        for (int i = 0; i < length; i++)
        {
            requireNew(seen, head, "last batch");
            isInFlight[head] = false;
            head = memory.load16(stateOffset(head) + NEXT_OFFSET);
        }
    }
}
