/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What somebody finds in a ring who is neither end, and in which the ends may have written anything.
 */
class RingImageTest
{
    private static final Features PUBLISHING = Features.MANDATORY.with(FeatureBits.PUBLISH_INDICES);

    @Test
    void shouldRefuseAChainOfMoreBytesThanAnyHas()
    {
        try (TestRegion shared = TestRegion.ofOffsets(1 << 16))
        {
            final CoherentBuffer buffer = shared.dma.allocateCoherent(RingFormat.SPLIT.totalLength(4), 64);
            final OrderedMemory desc = new OrderedMemory(buffer.memory());
            try (DriverRing driver = Rings.driver(PUBLISHING, 4, 0, buffer))
            {
                final long[] addresses = {shared.region.busAddress(shared.free), shared.region.busAddress(shared.free)};
                driver.add(addresses, new int[]{1, 1}, 0, 2, 0);
                driver.publish();
                assertEquals(2, PublishedIndices.ofDriver(PUBLISHING, driver.areas()).chains().get(0).writable());
                // As unsigned numbers they are two thirds of what 32 bits hold, each.
                desc.store32(SplitRingLayout.descOffset(0) + SplitRingLayout.LEN_OFFSET, 0xaaaa_aaaa);
                desc.store32(SplitRingLayout.descOffset(1) + SplitRingLayout.LEN_OFFSET, 0xaaaa_aaaa);
                final String message = assertThrows(IllegalArgumentException.class,
                    () -> PublishedIndices.ofDriver(PUBLISHING, driver.areas())).getMessage();
                assertTrue(message.contains("bytes=5726623060"), message);
            }
        }
    }
}
