/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What the driver role does with a ring: make chains of buffers available, take them back when they are used.
 * <pre>
 * add, add, ... publish -> kick if it says so         poll, poll, ... until false -> enableInterrupts -> wait
 * </pre>
 * One thread at a time. Nothing here allocates but {@link #statistics()} and {@link #snapshot()}.
 */
public interface DriverRing extends AutoCloseable
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
     * Where the ring lies.
     *
     * @return its areas.
     */
    RingAreas areas();

    /**
     * How many descriptors are free.
     *
     * @return zero to {@link #size()}.
     */
    int freeDescriptors();

    /**
     * Whether a chain could be added now. With INDIRECT_DESC it may take a single descriptor.
     *
     * @param elements of the chain.
     * @return false if {@link #add} would say {@link #FULL}.
     */
    boolean hasRoom(int elements);

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
     * @return zero or more, the chain's id in the ring, or {@link #FULL}.
     * @throws IllegalArgumentException if an element has no length, there is none, or there are more than the ring has
     *                                  descriptors.
     * @throws RingException            if the ring is dead.
     */
    int add(long[] addresses, int[] lengths, int readable, int writable, long token);

    /**
     * Let the device see what was added.
     *
     * @return true if something was and the device wants to be kicked for it; the first time after a restart in any
     * case, as a kick may have died with the object before.
     * @throws RingException if the ring is dead.
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
     * With IN_ORDER a device need not say it of each chain: then it is all that the chain has (section 2.7.9).
     *
     * @return bytes from the start of the writable part.
     */
    int written();

    /**
     * How often the device claimed to have written more than a chain had.
     *
     * @return a number that grows.
     */
    long overclaims();

    /**
     * Ask for interrupts, when there is nothing left to poll.
     *
     * @return false if chains were used meanwhile: poll again instead of waiting.
     * @throws RingException if the ring is dead.
     */
    boolean enableInterrupts();

    /**
     * Ask for no interrupts. A hint: some may still come. Does nothing if the ring is dead.
     */
    void disableInterrupts();

    /**
     * What a kick carries with NOTIFICATION_DATA beside the queue's number (virtio 1.4, section 2.9): where the ring
     * goes on behind what is published.
     *
     * @return 16 bits: the available index of a split ring; of a packed one the offset of the next descriptor and the
     * wrap counter in the highest bit.
     */
    int next();

    /**
     * What the ring has done so far. Any thread may ask; an object that goes on from a snapshot begins at its chains in
     * flight.
     *
     * @return the figures.
     */
    RingStatistics statistics();

    /**
     * The ring's state, to go on with it in another place: {@link Rings#resumeDriver}.
     *
     * @return a value that shares nothing with the ring.
     * @throws IllegalStateException if something was added and not published yet, or with IN_ORDER a batch was polled
     *                               in part: poll until there is nothing left.
     * @throws RingException         if the ring is dead.
     */
    RingSnapshot snapshot();

    /**
     * Give the ring's memory back, if it is the ring's own. The device must have been reset. What would touch the ring
     * afterwards throws a {@link RingException}.
     */
    @Override
    void close();
}
