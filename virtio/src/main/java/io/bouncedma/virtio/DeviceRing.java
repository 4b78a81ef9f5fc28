/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What the device role does with a ring: take the chains that the driver made available, use them, give them back.
 * <p>
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
     * Take the next available chain.
     *
     * @param chain filled with it; a chain that is malformed has a {@link DescriptorChain#fault()} and is to be
     *              completed with nothing written.
     * @return false if there is none.
     * @throws RingException if the driver claims what can not be: the ring is dead and every later call throws too.
     */
    boolean poll(DescriptorChain chain);

    /**
     * Give a chain back; the driver does not see it before {@link #publish()}.
     *
     * @param chain   taken with {@link #poll}.
     * @param written bytes written from the start of its writable part, at most {@link DescriptorChain#writable()}.
     */
    void complete(DescriptorChain chain, int written);

    /**
     * Let the driver see what was completed.
     *
     * @return true if the driver wants an interrupt for it.
     */
    boolean publish();

    /**
     * Ask for kicks, when there is nothing left to take.
     *
     * @return false if chains were made available meanwhile: take them instead of waiting.
     */
    boolean enableKicks();

    /**
     * Ask for no kicks. A hint: some may still come.
     */
    void disableKicks();
}
