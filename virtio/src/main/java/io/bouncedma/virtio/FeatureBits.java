/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The feature bits that are not a device type's own (virtio 1.4, section 6).
 */
public final class FeatureBits
{
    /** Both ends of a split ring publish how far they have seen: never in a standard, see {@link PublishedIndices}. */
    public static final int PUBLISH_INDICES = 24;
    /** Descriptors may refer to a table of descriptors. */
    public static final int INDIRECT_DESC = 28;
    /** Each side names the event that it wants to be notified of. */
    public static final int EVENT_IDX = 29;
    /** Not a legacy device. Mandatory here. */
    public static final int VERSION_1 = 32;
    /**
     * The device reaches only what the platform lets it reach, by the addresses that the platform gives (section 6.1).
     * Mandatory here: a device that sees nothing but a window can not work without.
     */
    public static final int ACCESS_PLATFORM = 33;
    /** Packed rings. */
    public static final int RING_PACKED = 34;
    /** Buffers are used in the order in which they were made available. */
    public static final int IN_ORDER = 35;
    /** The device needs barriers as for hardware. */
    public static final int ORDER_PLATFORM = 36;
    /** A kick carries the ring's progress. */
    public static final int NOTIFICATION_DATA = 38;
    /** One queue can be reset alone. */
    public static final int RING_RESET = 40;

    private FeatureBits()
    {
    }
}
