/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the front-end's IOMMU allows the device ("IOMMU support"): addresses of the device's own space, by ranges. What
 * is not known is asked for, once, and meanwhile the ring waits. One thread.
 */
final class Iotlb implements BusMemory
{
    /** Ranges to remember: more than a guest has buffers in flight. If there are more, all are asked for again. */
    static final int MAX_ENTRIES = 4096;
    /** More than all rings ask at a time: a front-end that never answers gets no further ones. */
    private static final int MAX_QUESTIONS = 1024;

    private final GuestMemory memory;
    private final BackendChannel channel;
    /** By address. They do not overlap. */
    private final IotlbMessage[] entries = new IotlbMessage[MAX_ENTRIES];
    private int count;
    /** Questions that are not answered yet, oldest first: one a ring at most. */
    private final List<Question> asked = new ArrayList<>();
    /** Answers that are still to come before those to {@link #asked}: to questions of a driver that is gone. */
    private int lateAnswers;
    /** What the front-end had no answer to, until somebody looks there again. */
    private final List<IotlbMessage> refused = new ArrayList<>();
    private IotlbMessage last;

    private static final class Question
    {
        private final IotlbMessage miss;
        /** Whether what was asked for has come; it may have been taken back again since. */
        private boolean isGranted;

        private Question(final IotlbMessage miss)
        {
            this.miss = miss;
        }
    }

    Iotlb(final GuestMemory memory, final BackendChannel channel)
    {
        this.memory = memory;
        this.channel = channel;
    }

    /**
     * The front-end allows a range.
     *
     * @param update any values.
     * @throws ProtocolException if no range is like that.
     */
    void update(final IotlbMessage update)
    {
        require(update);
        remove(update.iova(), update.size());
        if (MAX_ENTRIES == count)
        {
            clear();
        }
        final int at = firstBehind(update.iova());
        System.arraycopy(entries, at, entries, at + 1, count - at);
        entries[at] = update;
        count++;
        refused.removeIf((miss) -> grants(update, miss));
        asked.forEach((question) -> question.isGranted |= grants(update, question.miss));
        if (!channel.asksForReplies())
        {
            // The update is the answer, also if it allows less than was asked for.
            asked.stream().filter((question) -> has(update, question.miss.iova()) && !question.isGranted)
                .forEach((question) -> refuse(question.miss));
            asked.removeIf((question) -> has(update, question.miss.iova()));
        }
    }

    /**
     * Whether an update would take something back: it says something else of an address that is allowed.
     *
     * @param update any values.
     */
    boolean isReplacing(final IotlbMessage update)
    {
        for (int i = 0; i < count; i++)
        {
            final IotlbMessage entry = entries[i];
            if ((has(entry, update.iova()) || has(update, entry.iova())) &&
                (entry.iova() - entry.userAddress() != update.iova() - update.userAddress() ||
                    0 != (entry.permission() & ~update.permission())))
            {
                return true;
            }
        }
        return false;
    }

    /**
     * The front-end takes a range back.
     *
     * @param invalidation any values; of a size of zero everything is meant.
     */
    void invalidate(final IotlbMessage invalidation)
    {
        if (0 == invalidation.size())
        {
            clear();
        }
        else
        {
            remove(invalidation.iova(), invalidation.size());
        }
    }

    /**
     * The front-end is done with the oldest question.
     *
     * @param value 0 if it has sent an update before, otherwise nothing is there. Who says 0 and has not allowed what
     *              was asked for would be asked again without end, so that counts as nothing too.
     */
    void answered(final long value)
    {
        if (lateAnswers > 0)
        {
            lateAnswers--;
        }
        else if (!asked.isEmpty())
        {
            final Question oldest = asked.removeFirst();
            if (0 != value || !oldest.isGranted)
            {
                refuse(oldest.miss);
            }
        }
    }

    private void refuse(final IotlbMessage miss)
    {
        if (MAX_QUESTIONS == refused.size())
        {
            // Of rings that have gone: nobody looks there again.
            refused.removeFirst();
        }
        refused.add(miss);
    }

    /**
     * Forget everything: the driver is gone. What was asked for it is answered all the same, in the order in which it
     * was asked ("IOMMU support"), and that is no answer to what the next one asks.
     */
    void reset()
    {
        clear();
        lateAnswers += channel.isOpen() && channel.asksForReplies() ? asked.size() : 0;
        asked.clear();
        refused.clear();
    }

    /** The questions went to another channel, where nobody answers them any more: they are to be asked anew. */
    void channelReplaced()
    {
        lateAnswers = 0;
        asked.clear();
        refused.clear();
    }

    @Override
    public Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        final int permission = isWritable ? IotlbMessage.WRITE : IotlbMessage.READ;
        if (Long.compareUnsigned(busAddress + length - 1, busAddress) < 0)
        {
            return Translation.NOT_FOUND;
        }
        long at = busAddress;
        long left = length;
        while (left > 0)
        {
            if (!find(at) || 0 == (last.permission() & permission))
            {
                return ask(at, permission);
            }
            final long offset = at - last.iova();
            final long run = Math.min(left, last.size() - offset);
            final Translation found =
                memory.byUserAddress().translate(last.userAddress() + offset, run, isWritable, to);
            if (Translation.FOUND != found)
            {
                return found;
            }
            at += run;
            left -= run;
        }
        return Translation.FOUND;
    }

    @Override
    public void written(final MemorySegment bytes, final long offset, final long length)
    {
        memory.written(bytes, offset, length);
    }

    private Translation ask(final long iova, final int permission)
    {
        if (refused.removeIf((miss) -> isOf(miss, iova, permission)) || !channel.isOpen() ||
            asked.size() >= MAX_QUESTIONS)
        {
            return Translation.NOT_FOUND;
        }
        if (asked.stream().noneMatch((question) -> isOf(question.miss, iova, permission)))
        {
            final IotlbMessage miss = new IotlbMessage(iova, 0, 0, permission, IotlbMessage.MISS);
            asked.add(new Question(miss));
            channel.iotlb(miss);
        }
        return Translation.NOT_YET;
    }

    private boolean find(final long iova)
    {
        if (null != last && has(last, iova))
        {
            return true;
        }
        final int before = firstBehind(iova) - 1;
        if (before < 0 || !has(entries[before], iova))
        {
            return false;
        }
        last = entries[before];
        return true;
    }

    /** The index of the first entry that begins behind an address. */
    private int firstBehind(final long iova)
    {
        int low = 0;
        int high = count;
        while (low < high)
        {
            final int middle = low + high >>> 1;
            if (Long.compareUnsigned(entries[middle].iova(), iova) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    private void remove(final long iova, final long size)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            final IotlbMessage entry = entries[i];
            if (!has(entry, iova) && Long.compareUnsigned(entry.iova() - iova, size) >= 0)
            {
                entries[kept] = entry;
                kept++;
            }
        }
        Arrays.fill(entries, kept, count, null);
        count = kept;
        last = null;
    }

    private void clear()
    {
        Arrays.fill(entries, 0, count, null);
        count = 0;
        last = null;
    }

    private static boolean isOf(final IotlbMessage miss, final long iova, final int permission)
    {
        return miss.iova() == iova && miss.permission() == permission;
    }

    private static boolean grants(final IotlbMessage update, final IotlbMessage miss)
    {
        return has(update, miss.iova()) && 0 == (miss.permission() & ~update.permission());
    }

    private static boolean has(final IotlbMessage entry, final long iova)
    {
        return Long.compareUnsigned(iova - entry.iova(), entry.size()) < 0;
    }

    private static void require(final IotlbMessage update)
    {
        // CVE-2026-74713: a range that wraps.
        if (0 == update.size() || Long.compareUnsigned(update.iova() + update.size() - 1, update.iova()) < 0 ||
            Long.compareUnsigned(update.userAddress() + update.size() - 1, update.userAddress()) < 0)
        {
            throw new ProtocolException("range of the IOTLB can not be: " + update);
        }
    }

    @Override
    public String toString()
    {
        return "IOTLB of " + count + " ranges";
    }
}
