/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.transport.msgq.MessageReceiver;
import io.bouncedma.transport.msgq.MessageSender;
import io.bouncedma.virtio.VirtioException;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One end of a message queue in a VM.
 */
final class VmMessageQueue implements MessageSender, MessageReceiver
{
    private final Hypercalls hypercalls;
    private final WakeEvent edge;
    private final int label;
    private final boolean isSender;
    private final int maxMessageSize;
    private long messages;

    VmMessageQueue(
        final Hypercalls hypercalls,
        final WakeEvent edge,
        final int label,
        final boolean isSender,
        final int maxMessageSize)
    {
        this.hypercalls = hypercalls;
        this.edge = edge;
        this.label = label;
        this.isSender = isSender;
        this.maxMessageSize = maxMessageSize;
    }

    @Override
    public int maxMessageSize()
    {
        return maxMessageSize;
    }

    @Override
    public int send(final DirectBuffer buffer, final int offset, final int length)
    {
        final int result = hypercalls.send(label, buffer, offset, length);
        if (result >= 0)
        {
            messages++;
            return result > 0 ? SENT : SENT_LAST;
        }
        return switch (-result)
        {
            case Hypercall.MSGQUEUE_FULL -> FULL;
            case Hypercall.ARGUMENT_SIZE -> MessageSender.TOO_BIG;
            default -> throw unexpected("send", result);
        };
    }

    @Override
    public int receive(final MutableDirectBuffer buffer, final int offset)
    {
        // A hypercall is dear: without an edge to not-empty since the last message there is nothing to take.
        if (!edge.isPending())
        {
            return EMPTY;
        }
        final int result = hypercalls.receive(label, buffer, offset, buffer.capacity() - offset);
        if (result >= 0)
        {
            messages++;
            if (0 == (result & Hypercalls.NOT_EMPTY))
            {
                edge.done();
            }
            return result & ~Hypercalls.NOT_EMPTY;
        }
        return switch (-result)
        {
            case Hypercall.MSGQUEUE_EMPTY ->
            {
                edge.done();
                yield EMPTY;
            }
            case Hypercall.ADDR_OVERFLOW -> MessageReceiver.TOO_BIG;
            default -> throw unexpected("receive", result);
        };
    }

    @Override
    public long sent()
    {
        return isSender ? messages : 0;
    }

    @Override
    public long received()
    {
        return isSender ? 0 : messages;
    }

    boolean isSender()
    {
        return isSender;
    }

    long messages()
    {
        return messages;
    }

    private VirtioException unexpected(final String call, final int result)
    {
        return new VirtioException("hypervisor refuses a message queue call: call=" + call + ", label=" + label +
            ", error=" + -result);
    }
}
