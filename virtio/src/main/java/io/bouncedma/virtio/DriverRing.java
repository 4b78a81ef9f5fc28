/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What the driver role does with a ring: make chains of buffers available, take them back when they are used.
 * <p>
 * One thread at a time. Nothing here allocates.
 */
public interface DriverRing
{
    /** {@link #add}: not enough free descriptors. */
    int FULL = -1;

    /**
     * How large the ring is.
     *
     * @return descriptors.
     */
    int size();

    /**
     * How many descriptors are free.
     *
     * @return zero to {@link #size()}.
     */
    int freeDescriptors();

    /**
     * How many chains the device has, or has used and nobody has polled yet.
     *
     * @return zero to {@link #size()}.
     */
    int inFlight();

    /**
     * Put a chain into the ring; the device does not see it before {@link #publish()}.
     *
     * @param addresses bus addresses of its elements, those that the device reads before those that it writes.
     * @param lengths   bytes of each element, greater than zero.
     * @param readable  how many elements the device reads.
     * @param writable  how many elements it writes; at least one in all.
     * @param token     given back by {@link #token()} when the chain is used.
     * @return zero or more, or {@link #FULL}.
     * @throws IllegalArgumentException if an element has no length, there is none, or there are more than the ring has
     *                                  descriptors.
     */
    int add(long[] addresses, int[] lengths, int readable, int writable, long token);

    /**
     * Let the device see what was added.
     *
     * @return true if the device wants to be kicked for it.
     */
    boolean publish();

    /**
     * Take the next used chain; {@link #token()} and {@link #written()} then tell about it.
     *
     * @return false if there is none.
     * @throws RingException if the device claims what can not be: the ring is dead and every later call throws too.
     */
    boolean poll();

    /**
     * The token of the chain that {@link #poll()} took.
     *
     * @return as given to {@link #add}.
     */
    long token();

    /**
     * How many bytes the device says it wrote into the chain that {@link #poll()} took, but never more than the chain
     * has: real devices claim more (virtqueue length rule, virtio 1.4, section 2.7.8.2). No proof that it wrote them.
     *
     * @return bytes from the start of the writable part.
     */
    int written();

    /**
     * Ask for interrupts, when there is nothing left to poll.
     *
     * @return false if chains were used meanwhile: poll again instead of waiting.
     */
    boolean enableInterrupts();

    /**
     * Ask for no interrupts. A hint: some may still come.
     */
    void disableInterrupts();
}
