/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import org.agrona.MutableDirectBuffer;

/**
 * The receiving end of a message queue. The hypervisor wakes this VM only when the queue becomes not-empty, so after
 * each wake-up it is emptied to the last message. One thread at a time.
 */
public interface MessageReceiver
{
    /** {@link #receive}: no message waits. */
    int EMPTY = -1;
    /** {@link #receive}: the first message does not fit into the buffer; it stays in the queue. */
    int TOO_BIG = -2;

    /**
     * How long a message can be.
     *
     * @return bytes.
     */
    int maxMessageSize();

    /**
     * Take the first message. Never waits for one.
     *
     * @param buffer to fill.
     * @param offset of the first byte to fill; what is behind it is the room for the message.
     * @return the length of the message in bytes, {@link #EMPTY} or {@link #TOO_BIG}.
     * @throws io.bouncedma.virtio.PeerGoneException if the hypervisor is gone.
     */
    int receive(MutableDirectBuffer buffer, int offset);

    /**
     * How many messages were received.
     *
     * @return a number that grows.
     */
    long received();
}
