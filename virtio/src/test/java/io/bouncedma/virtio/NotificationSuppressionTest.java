/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Virtio 1.4, section 2.7.7 and 2.7.10, without EVENT_IDX: each side may ask the other for quiet, and looks once more
 * after it asked for noise again.
 */
final class NotificationSuppressionTest
{
    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final RingPair ring = new RingPair(shared, 8);

    @AfterEach
    void close()
    {
        ring.close();
        shared.close();
    }

    @Test
    void shouldKickUnlessTheDeviceAsksForQuiet()
    {
        assertTrue(publishOne());
        ring.device.disableKicks();
        assertEquals(1, ring.usedFlags());
        assertFalse(publishOne());
        takeAll();
        assertTrue(ring.device.enableKicks());
        assertEquals(0, ring.usedFlags());
        assertTrue(publishOne());
    }

    @Test
    void shouldInterruptUnlessTheDriverAsksForQuiet()
    {
        publishOne();
        assertTrue(takeAll());
        ring.driver.disableInterrupts();
        assertEquals(1, ring.availFlags());
        publishOne();
        assertFalse(takeAll());
        pollAll();
        assertTrue(ring.driver.enableInterrupts());
        assertEquals(0, ring.availFlags());
        publishOne();
        assertTrue(takeAll());
    }

    @Test
    void shouldNoticeChainsThatCameInWhileKicksWereOff()
    {
        ring.device.disableKicks();
        assertFalse(ring.device.poll(ring.chain));
        // Between the last look and the wish for kicks: nobody kicks for this one.
        assertFalse(publishOne());
        assertFalse(ring.device.enableKicks());
        assertTrue(takeAll());
        assertTrue(ring.device.enableKicks());
    }

    @Test
    void shouldNoticeChainsThatWereUsedWhileInterruptsWereOff()
    {
        publishOne();
        ring.driver.disableInterrupts();
        assertFalse(ring.driver.poll());
        assertFalse(takeAll());
        assertFalse(ring.driver.enableInterrupts());
        pollAll();
        assertTrue(ring.driver.enableInterrupts());
    }

    @Test
    void shouldHeedNoOtherFlagOfThePeer()
    {
        ring.usedFlags(0xfffe);
        assertTrue(publishOne());
        ring.availFlags(0xfffe);
        assertTrue(takeAll());
        ring.usedFlags(0xffff);
        assertFalse(publishOne());
        ring.availFlags(0xffff);
        assertFalse(takeAll());
    }

    private boolean publishOne()
    {
        ring.add(1, 0, 16, 0);
        return ring.driver.publish();
    }

    private boolean takeAll()
    {
        while (ring.device.poll(ring.chain))
        {
            ring.device.complete(ring.chain, 0);
        }
        return ring.device.publish();
    }

    private void pollAll()
    {
        int polled = 0;
        while (ring.driver.poll())
        {
            polled++;
        }
        assertTrue(polled > 0);
    }
}
