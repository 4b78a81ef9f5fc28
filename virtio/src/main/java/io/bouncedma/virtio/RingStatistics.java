/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What a ring has done so far, as seen by one role. Any thread may ask a ring for it at any time: the ring's own thread
 * counts without atomics, so what another thread sees may be a moment old, and one figure older than the next.
 *
 * @param role            that is played on the ring.
 * @param format          of the ring.
 * @param size            descriptors.
 * @param features        of {@link Features#RING} that both sides have.
 * @param begun           chains that were added, or that the device took.
 * @param ended           of those, chains that were polled as used, or that the device gave back.
 * @param freeDescriptors that the driver can add now; the device's side leaves it 0.
 * @param batches         how often something was published.
 * @param notifications   how often the other side wanted to be notified of that: kicks, or interrupts.
 * @param overclaims      how often the device claimed to have written more than a chain had; the device's side leaves
 *                        it 0.
 * @param faults          chains that were malformed; the driver's side leaves it 0.
 */
public record RingStatistics(
    Role role,
    RingFormat format,
    int size,
    Features features,
    long begun,
    long ended,
    int freeDescriptors,
    long batches,
    long notifications,
    long overclaims,
    long faults)
{
    /** Which end of a ring. */
    public enum Role
    {
        /** Makes buffers available. */
        DRIVER,
        /** Uses them. */
        DEVICE
    }

    /**
     * How many chains are on their way.
     *
     * @return zero or more.
     */
    public long inFlight()
    {
        return begun - ended;
    }

    /**
     * How often something was published and the other side did not want to be notified.
     *
     * @return zero or more.
     */
    public long suppressed()
    {
        return batches - notifications;
    }
}
