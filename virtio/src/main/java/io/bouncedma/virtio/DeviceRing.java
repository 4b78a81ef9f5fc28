/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What the device role does with a ring: take the chains that the driver made available, use them, give them back, in
 * any order.
 * <pre>
 * poll, ... complete, ... publish -> notify if it says so         poll says false -> enableKicks -> wait
 * </pre>
 * One thread at a time.
 */
public interface DeviceRing
{
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
     * How many chains were taken and not given back.
     *
     * @return zero to {@link #size()}.
     */
    int inFlight();

    /**
     * Take the next available chain. After a restart those come first that were in flight.
     *
     * @param chain filled with it; a chain that is malformed has a {@link DescriptorChain#fault()} and is to be
     *              completed with nothing written, but for an error in its {@link AnswerByte} if it is made for one.
     * @return false if there is none.
     * @throws RingException if the driver claims what can not be, or a chain that is to be answered has no byte for it
     *                       that can be reached: the ring is dead and every later call throws too.
     */
    boolean poll(DescriptorChain chain);

    /**
     * Whether the device has a chain with bytes in a range of bus addresses: it may use them until it gives that chain
     * back or drops it. For whoever takes a translation back.
     *
     * @param busAddress of the range, any value.
     * @param length     of the range in bytes, as an unsigned number; zero for all addresses.
     * @return true if so.
     */
    boolean holds(long busAddress, long length);

    /**
     * Give a chain back; the driver does not see it before {@link #publish()}. With IN_ORDER it sees it only when all
     * that were taken before are given back too.
     *
     * @param chain   taken with {@link #poll}.
     * @param written bytes written from the start of its writable part, at most {@link DescriptorChain#writable()};
     *                what {@link DescriptorChain#answer} said, if the chain is made for an answer.
     * @throws IllegalArgumentException if the chain has not so many bytes.
     * @throws IllegalStateException    if the chain was given back already, or is to be answered and was not.
     * @throws RingException            if the ring is dead.
     */
    void complete(DescriptorChain chain, int written);

    /**
     * Let the driver see what was completed.
     *
     * @return true if something was and the driver wants an interrupt for it; the first time after a restart in any
     * case, as an interrupt may have died with the object before.
     * @throws RingException if the ring is dead.
     */
    boolean publish();

    /**
     * Ask for kicks, when there is nothing left to take.
     *
     * @return false if chains were made available meanwhile, or some that were in flight before a restart are still to
     * be polled: take them instead of waiting.
     * @throws RingException if the ring is dead.
     */
    boolean enableKicks();

    /**
     * Ask for no kicks. A hint: some may still come. Does nothing if the ring is dead.
     */
    void disableKicks();

    /**
     * What the ring has done so far. Any thread may ask; an object that goes on from a snapshot begins at its chains in
     * flight.
     *
     * @return the figures.
     */
    RingStatistics statistics();

    /**
     * Take nothing new from now on: {@link #poll} gives only what was in flight before a restart and was not polled
     * yet. For a stop that lets the device finish.
     */
    void stopTaking();

    /**
     * The ring's state as if what is in flight had not been taken, for a device that begins there with nothing in
     * flight, as {@link VringBase} has it. That one takes the same chains again, and no other.
     *
     * @return null if there is no such state: something was given back that was taken behind what is in flight, or the
     * driver wrote over the chains.
     * @throws IllegalStateException if something was completed and not published yet.
     * @throws RingException         if the ring is dead.
     */
    RingSnapshot rewound();

    /**
     * Let the driver see what was completed, also of a ring that is dead, and say where another device begins that does
     * nothing again of it: at the {@link #rewound} state if there is one, otherwise behind all that was taken.
     *
     * @return a value that shares nothing with the ring, with nothing in flight.
     */
    RingSnapshot settle();

    /**
     * The ring's state, to go on with it in another place: {@link Rings#resumeDevice}.
     *
     * @return a value that shares nothing with the ring. With IN_ORDER, what was given back and waits for others is in
     * flight: the driver has not seen it.
     * @throws IllegalStateException if something was completed and not published yet.
     * @throws RingException         if the ring is dead.
     */
    RingSnapshot snapshot();
}
