/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What every ring has, whatever its format and the role played on it: its features and its end.
 */
abstract class Ring
{
    /** No chain, no slot. */
    static final int NONE = -1;
    static final int IDX_MASK = 0xffff;

    private final RingAreas areas;
    private final Features features;
    private final int size;
    private final boolean hasEventIndex;
    private final boolean isInOrder;
    private long batches;
    private long notifications;
    private boolean isNotificationOwed;
    private String broken;

    Ring(final Features negotiated, final RingAreas areas)
    {
        if (areas.format() != RingFormat.of(negotiated))
        {
            throw new IllegalArgumentException("areas are of another format than the features say: format=" +
                areas.format() + ", features=" + negotiated);
        }
        this.areas = areas;
        features = negotiated.and(Features.RING);
        size = areas.size();
        hasEventIndex = negotiated.has(FeatureBits.EVENT_IDX);
        isInOrder = negotiated.has(FeatureBits.IN_ORDER);
    }

    /**
     * How large the ring is.
     *
     * @return descriptors.
     */
    public final int size()
    {
        return size;
    }

    /**
     * Where the ring lies.
     *
     * @return its areas.
     */
    public final RingAreas areas()
    {
        return areas;
    }

    /**
     * What the ring has done so far. Any thread may ask.
     *
     * @return the figures.
     */
    public abstract RingStatistics statistics();

    final RingStatistics statistics(
        final RingStatistics.Role role,
        final long ended,
        final long begun,
        final int free,
        final long overclaims,
        final long faults)
    {
        // Published, then wanted: read the other way round, so that no more are wanted than published.
        final long wanted = notifications;
        return new RingStatistics(
            role, areas.format(), size, features, begun, ended, free, batches, wanted, overclaims, faults);
    }

    /**
     * Go on where another object was. It may have died, or been left, before it rang for what it published, and the
     * other side sleeps on an event that is passed: the next publish notifies, whatever it publishes.
     */
    final void oweNotification()
    {
        isNotificationOwed = true;
    }

    /**
     * Publish nothing.
     *
     * @return whether the other side is to be notified all the same.
     */
    final boolean publishedNothing()
    {
        if (!isNotificationOwed)
        {
            return false;
        }
        isNotificationOwed = false;
        return true;
    }

    /**
     * Count what the other side sees now.
     *
     * @param isWanted whether it wants to be notified.
     * @return whether it is to be.
     */
    final boolean published(final boolean isWanted)
    {
        batches++;
        final boolean isDue = publishedNothing() || isWanted;
        if (isDue)
        {
            notifications++;
        }
        return isDue;
    }

    final boolean hasEventIndex()
    {
        return hasEventIndex;
    }

    final boolean isInOrder()
    {
        return isInOrder;
    }

    final RingException broken(final String message)
    {
        broken = message;
        return new RingException(message);
    }

    final boolean isWorking()
    {
        return null == broken;
    }

    final void requireWorking()
    {
        if (null != broken)
        {
            throw new RingException("ring is dead: " + broken);
        }
    }
}
