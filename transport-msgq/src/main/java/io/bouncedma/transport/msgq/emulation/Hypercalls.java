/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Fd;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.List;

/**
 * What one VM can call: directly in the hypervisor's process, or over a socket. One thread at a time.
 */
interface Hypercalls extends AutoCloseable
{
    /** {@link #receive}: set in the result if the queue is not empty after it. Lengths are below. */
    int NOT_EMPTY = 1 << 16;

    /**
     * What attaching gives.
     *
     * @param description of the VM.
     * @param fds         owned by the receiver, in the order that the description tells.
     */
    record Attachment(VmDescription description, List<Fd> fds)
    {
    }

    Attachment attach();

    /**
     * Put a message into a queue.
     *
     * @param label  of the queue.
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length bytes.
     * @return 1 if the queue is not full after it, 0 if it is, or a negative error of {@link Hypercall}.
     */
    int send(int label, DirectBuffer buffer, int offset, int length);

    /**
     * Take a message out of a queue.
     *
     * @param label  of the queue.
     * @param buffer to fill.
     * @param offset of the first byte to fill.
     * @param room   bytes.
     * @return its length in bytes, with {@link #NOT_EMPTY} set if there is another one, or a negative error of
     * {@link Hypercall}.
     */
    int receive(int label, MutableDirectBuffer buffer, int offset, int room);

    /**
     * Share with the other VM that is there now.
     *
     * @return the window, then the VM's end of each doorbell, owned by the receiver; empty if nothing changed.
     */
    List<Fd> renew();

    void ready();

    /**
     * What becomes readable when the hypervisor dies.
     *
     * @return a descriptor to poll, or null if it can not die alone.
     */
    Fd fd();

    /**
     * Detach.
     */
    @Override
    void close();
}
