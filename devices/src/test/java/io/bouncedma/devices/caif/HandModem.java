/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Rings;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The device role on the host's ring, played by hand: packets are given back one by one, in any order.
 */
final class HandModem
{
    private final DeviceRing ring;
    private final Deque<DescriptorChain> taken = new ArrayDeque<>();

    /**
     * Take all that the host has sent so far, which the pair's modem has not.
     */
    HandModem(final CaifPair pair)
    {
        final CaifRing where = pair.host.ring();
        ring = Rings.device(where.features(), where.in(pair.hostMemory.asPeerSeesIt));
        DescriptorChain chain = new DescriptorChain();
        while (ring.poll(chain))
        {
            taken.add(chain);
            chain = new DescriptorChain();
        }
    }

    void complete()
    {
        ring.complete(taken.removeFirst(), 0);
        ring.publish();
    }

    void completeLast()
    {
        ring.complete(taken.removeLast(), 0);
        ring.publish();
    }
}
