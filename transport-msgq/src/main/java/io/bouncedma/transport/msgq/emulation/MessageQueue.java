/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One message queue inside the hypervisor, with Gunyah's semantics: one direction, whole messages copied in and out, a
 * bounded number of them, and two events that are edges on the count. Not-empty comes when the count reaches one, or
 * with a pushed message; not-full when a receive makes the first room in a full queue. Thread-safe.
 */
public final class MessageQueue
{
    /** {@link #send}: done. */
    public static final int OK = Hypercall.OK;
    /** {@link #send}: empty or longer than a message can be. */
    public static final int ARGUMENT_SIZE = Hypercall.ARGUMENT_SIZE;
    /** {@link #receive}: the first message is longer than the room for it, and stays. */
    public static final int ADDR_OVERFLOW = Hypercall.ADDR_OVERFLOW;
    /** {@link #receive}: no message waits. */
    public static final int MSGQUEUE_EMPTY = Hypercall.MSGQUEUE_EMPTY;
    /** {@link #send}: no room. */
    public static final int MSGQUEUE_FULL = Hypercall.MSGQUEUE_FULL;

    /** The longest message that any queue takes, in bytes (Gunyah's implementation limit). */
    public static final int MAX_MESSAGE_SIZE = 1023;
    /** The most messages that any queue holds (Gunyah's implementation limit). */
    public static final int MAX_DEPTH = 255;

    private final int maxMessageSize;
    private final int depth;
    private final Runnable notEmpty;
    private final Runnable notFull;
    private final UnsafeBuffer messages;
    private final int[] lengths;
    private int first;
    private int count;

    /**
     * Create an empty queue.
     *
     * @param maxMessageSize bytes, 1 to {@link #MAX_MESSAGE_SIZE}.
     * @param depth          messages, 1 to {@link #MAX_DEPTH}.
     * @param notEmpty       interrupts the receiver.
     * @param notFull        interrupts the sender.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public MessageQueue(
        final int maxMessageSize, final int depth, final Runnable notEmpty, final Runnable notFull)
    {
        if (maxMessageSize < 1 || maxMessageSize > MAX_MESSAGE_SIZE || depth < 1 || depth > MAX_DEPTH)
        {
            throw new IllegalArgumentException("need a message size of 1 to " + MAX_MESSAGE_SIZE +
                " and a depth of 1 to " + MAX_DEPTH + ": maxMessageSize=" + maxMessageSize + ", depth=" + depth);
        }
        this.maxMessageSize = maxMessageSize;
        this.depth = depth;
        this.notEmpty = notEmpty;
        this.notFull = notFull;
        messages = new UnsafeBuffer(new byte[maxMessageSize * depth]);
        lengths = new int[depth];
    }

    /**
     * Put a message in.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length bytes.
     * @param isPush whether to interrupt the receiver even if messages wait already.
     * @return {@link #OK}, {@link #ARGUMENT_SIZE} or {@link #MSGQUEUE_FULL}.
     */
    public synchronized int send(final DirectBuffer buffer, final int offset, final int length, final boolean isPush)
    {
        if (length < 1 || length > maxMessageSize)
        {
            return ARGUMENT_SIZE;
        }
        if (count == depth)
        {
            return MSGQUEUE_FULL;
        }
        final int slot = (first + count) % depth;
        messages.putBytes(slot * maxMessageSize, buffer, offset, length);
        lengths[slot] = length;
        count++;
        if (1 == count || isPush)
        {
            notEmpty.run();
        }
        return OK;
    }

    /**
     * Take the first message out.
     *
     * @param buffer to fill.
     * @param offset of the first byte to fill.
     * @param room   bytes.
     * @return the length of the message in bytes, or the negative of {@link #ADDR_OVERFLOW} or
     * {@link #MSGQUEUE_EMPTY}.
     */
    public synchronized int receive(final MutableDirectBuffer buffer, final int offset, final int room)
    {
        if (0 == count)
        {
            return -MSGQUEUE_EMPTY;
        }
        if (lengths[first] > room)
        {
            return -ADDR_OVERFLOW;
        }
        final int length = lengths[first];
        buffer.putBytes(offset, messages, first * maxMessageSize, length);
        first = (first + 1) % depth;
        count--;
        if (depth - 1 == count)
        {
            notFull.run();
        }
        return length;
    }

    /**
     * Drop every message.
     */
    public synchronized void flush()
    {
        first = 0;
        count = 0;
    }

    /**
     * Whether a message would be taken.
     *
     * @return true if there is room.
     */
    public synchronized boolean isNotFull()
    {
        return count < depth;
    }

    /**
     * Whether a message waits.
     *
     * @return true if one does.
     */
    public synchronized boolean isNotEmpty()
    {
        return count > 0;
    }
}
