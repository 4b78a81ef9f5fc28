/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Both ends of a message queue in memory.
 */
final class MemoryQueue implements MessageSender, MessageReceiver
{
    private static final int DEPTH = 4;

    final Deque<byte[]> messages = new ArrayDeque<>();

    @Override
    public int maxMessageSize()
    {
        return 240;
    }

    @Override
    public int send(final DirectBuffer buffer, final int offset, final int length)
    {
        if (DEPTH == messages.size())
        {
            return FULL;
        }
        final byte[] message = new byte[length];
        buffer.getBytes(offset, message);
        messages.addLast(message);
        return DEPTH == messages.size() ? SENT_LAST : SENT;
    }

    @Override
    public int receive(final MutableDirectBuffer buffer, final int offset)
    {
        if (messages.isEmpty())
        {
            return EMPTY;
        }
        final byte[] message = messages.removeFirst();
        buffer.putBytes(offset, message);
        return message.length;
    }

    @Override
    public long sent()
    {
        return 0;
    }

    @Override
    public long received()
    {
        return 0;
    }
}
