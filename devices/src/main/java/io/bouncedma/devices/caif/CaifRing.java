/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.memory.Window;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;

/**
 * Where the ring lies that an end sends on: all that the other end must be told, by whatever way they have for it.
 *
 * @param features of the ring, the same at both ends.
 * @param size     descriptors.
 * @param desc     bus address of the descriptor area.
 * @param driver   bus address of the driver area.
 * @param device   bus address of the device area.
 */
public record CaifRing(Features features, int size, long desc, long driver, long device)
{
    static CaifRing of(final Features features, final RingAreas areas)
    {
        return new CaifRing(
            features, areas.size(), areas.descAddress(), areas.driverAddress(), areas.deviceAddress());
    }

    RingAreas in(final Window memory)
    {
        return RingAreas.at(RingFormat.of(features), size, memory, desc, driver, device);
    }
}
