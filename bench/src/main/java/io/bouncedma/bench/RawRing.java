/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The least that two sides can pass through shared memory in the shape of a split ring: descriptors of 16 bytes and an
 * index, an entry of 8 bytes and an index back. Nothing is checked, nothing is asked for, nothing is remembered but the
 * positions.
 */
final class RawRing implements AutoCloseable
{
    private static final int DESCRIPTOR = 16;
    private static final int ENTRY = 8;
    private static final int SLOTS = BenchRing.SIZE;
    private static final int ENTRIES_OFFSET = SLOTS * DESCRIPTOR;
    private static final int SENT_OFFSET = ENTRIES_OFFSET + SLOTS * ENTRY;
    /** On a cache line of its own, as the other side writes it. */
    private static final int ANSWERED_OFFSET = SENT_OFFSET + 2 * 64;

    private final BenchWindow window = new BenchWindow();
    private final UnsafeBuffer memory = window.raw;
    private final Sender sender = new Sender();
    private final Receiver receiver = new Receiver();

    RawRing()
    {
    }

    /** Whether there is room for one more. */
    boolean hasRoom(final int descriptors)
    {
        return (sender.sent - sender.taken + 1) * descriptors <= SLOTS;
    }

    void send(final int descriptors)
    {
        final UnsafeBuffer shared = memory;
        for (int i = 0; i < descriptors; i++)
        {
            final int at = (sender.slot & SLOTS - 1) * DESCRIPTOR;
            shared.putLong(at, sender.slot);
            shared.putLong(at + Long.BYTES, descriptors - 1 - i);
            sender.slot++;
        }
        sender.sent++;
        shared.putIntRelease(SENT_OFFSET, sender.sent);
    }

    /** Whether there was something to receive: descriptors up to the one that none follows. */
    boolean receive()
    {
        final UnsafeBuffer shared = memory;
        if (shared.getIntVolatile(SENT_OFFSET) == receiver.received)
        {
            return false;
        }
        long sum = 0;
        long following;
        do
        {
            final int at = (receiver.slot & SLOTS - 1) * DESCRIPTOR;
            following = shared.getLong(at + Long.BYTES);
            sum += shared.getLong(at) + following;
            receiver.slot++;
        }
        while (following > 0);
        receiver.sum = sum;
        receiver.received++;
        return true;
    }

    void answer()
    {
        memory.putLong(ENTRIES_OFFSET + (receiver.received - 1 & SLOTS - 1) * ENTRY, receiver.sum);
        memory.putIntRelease(ANSWERED_OFFSET, receiver.received);
    }

    /** The next answer, or less than zero if there is none. */
    long take()
    {
        if (memory.getIntVolatile(ANSWERED_OFFSET) == sender.taken)
        {
            return -1;
        }
        final long answer = memory.getLong(ENTRIES_OFFSET + (sender.taken & SLOTS - 1) * ENTRY);
        sender.taken++;
        return answer;
    }

    @Override
    public void close()
    {
        window.close();
    }

    /** Keeps what one thread writes off the cache line of what the other one does. */
    private abstract static class Padded
    {
        long p0;
        long p1;
        long p2;
        long p3;
        long p4;
        long p5;
        long p6;
        long p7;
        long p8;
        long p9;
        long p10;
        long p11;
        long p12;
        long p13;
        long p14;
        long p15;
    }

    /** What only the sending thread touches. */
    private static final class Sender extends Padded
    {
        private int slot;
        private int sent;
        private int taken;
    }

    /** What only the receiving thread touches. */
    private static final class Receiver extends Padded
    {
        private int slot;
        private int received;
        private long sum;
    }
}
