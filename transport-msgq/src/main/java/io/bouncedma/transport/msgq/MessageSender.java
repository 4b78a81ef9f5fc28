/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import org.agrona.DirectBuffer;

/**
 * The sending end of a message queue: one direction, short messages, copied whole by the hypervisor, a bounded number
 * of them waiting. Two queues make a conversation. One thread at a time.
 */
public interface MessageSender
{
    /** {@link #send}: the message is in the queue, and there is room for another one. */
    int SENT = 1;
    /** {@link #send}: the message is in the queue, which is full now. */
    int SENT_LAST = 0;
    /** {@link #send}: the queue is full; try again after its edge to not-full, which wakes this VM. */
    int FULL = -1;
    /** {@link #send}: the message is empty or longer than {@link #maxMessageSize()}. */
    int TOO_BIG = -2;

    /**
     * How long a message can be.
     *
     * @return bytes; 240 on Gunyah's Linux.
     */
    int maxMessageSize();

    /**
     * Send a message. Never waits for room.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length bytes.
     * @return {@link #SENT}, {@link #SENT_LAST}, {@link #FULL} or {@link #TOO_BIG}.
     * @throws io.bouncedma.virtio.PeerGoneException if the hypervisor is gone.
     */
    int send(DirectBuffer buffer, int offset, int length);

    /**
     * How many messages the queue has taken.
     *
     * @return a number that grows.
     */
    long sent();
}
