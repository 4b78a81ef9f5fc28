/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingSnapshot;
import io.bouncedma.virtio.RingStatistics;

/**
 * Stands between a device and its ring.
 */
class RingProxy implements DeviceRing
{
    private final DeviceRing ring;

    RingProxy(final DeviceRing ring)
    {
        this.ring = ring;
    }

    @Override
    public int size()
    {
        return ring.size();
    }

    @Override
    public RingAreas areas()
    {
        return ring.areas();
    }

    @Override
    public int inFlight()
    {
        return ring.inFlight();
    }

    @Override
    public boolean poll(final DescriptorChain chain)
    {
        return ring.poll(chain);
    }

    @Override
    public boolean holds(final long busAddress, final long length)
    {
        return ring.holds(busAddress, length);
    }

    @Override
    public void complete(final DescriptorChain chain, final int written)
    {
        ring.complete(chain, written);
    }

    @Override
    public boolean publish()
    {
        return ring.publish();
    }

    @Override
    public boolean enableKicks()
    {
        return ring.enableKicks();
    }

    @Override
    public void disableKicks()
    {
        ring.disableKicks();
    }

    @Override
    public RingStatistics statistics()
    {
        return ring.statistics();
    }

    @Override
    public void stopTaking()
    {
        ring.stopTaking();
    }

    @Override
    public RingSnapshot rewound()
    {
        return ring.rewound();
    }

    @Override
    public RingSnapshot settle()
    {
        return ring.settle();
    }

    @Override
    public RingSnapshot snapshot()
    {
        return ring.snapshot();
    }
}
