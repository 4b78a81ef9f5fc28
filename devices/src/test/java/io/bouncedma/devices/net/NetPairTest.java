/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Poller;
import io.bouncedma.virtio.Features;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A cable between two devices, whose drivers come and go.
 */
class NetPairTest
{
    private static final int SLOTS = 4;

    @Test
    void shouldHaveNoRoomWhenAllSlotsAreFullAndAgainWhenOneIsRead()
    {
        try (NetPair cable = cable(1))
        {
            final NetPort left = cable.left(0);
            final NetPort right = cable.right(0);
            right.start(Features.NONE);
            for (int i = 0; i < SLOTS; i++)
            {
                assertTrue(send(left, 20 + i));
            }
            assertNull(left.claim());
            assertEquals(20, right.receive().length());
            assertNull(left.claim(), "the frame that is looked at keeps its slot");
            assertEquals(21, right.receive().length());
            assertTrue(send(left, 24));
            for (int i = 2; i <= SLOTS; i++)
            {
                assertEquals(20 + i, right.receive().length());
            }
            assertNull(right.receive());
            assertNull(right.receive());
            assertNotNull(left.claim());
        }
    }

    @Test
    void shouldLoseWhatIsSentToNobodyAndWhatNobodyRead()
    {
        try (NetPair cable = cable(1))
        {
            final NetPort left = cable.left(0);
            final NetPort right = cable.right(0);
            assertFalse(send(left, 20), "nobody is there");
            right.start(Features.NONE);
            assertNull(right.receive());
            for (int i = 0; i < SLOTS; i++)
            {
                assertTrue(send(left, 20));
            }
            right.stop();
            assertFalse(send(left, 20), "lost, and not in the way");
            right.start(Features.NONE);
            assertNull(right.receive(), "what came before is not for this driver");
            assertTrue(send(left, 30));
            assertEquals(30, right.receive().length());
            right.close();
            assertFalse(send(left, 20));
        }
    }

    @Test
    void shouldWakeWhoWaitsAlsoForWhatCameJustBefore()
    {
        try (NetPair cable = cable(1))
        {
            final NetPort right = cable.right(0);
            final Poller poller = new Poller();
            poller.add(right.fd());
            right.start(Features.NONE);
            assertTrue(send(cable.left(0), 20));
            cable.left(0).flush();
            assertEquals(0, poller.poll(0), "nobody waits, so nobody is woken");
            right.prepareToWait();
            assertEquals(1, poller.poll(0));
            assertEquals(20, right.receive().length());
            assertEquals(0, poller.poll(0));
        }
    }

    @Test
    void shouldBringFramesOfAllQueuesToADriverThatUsesOne()
    {
        try (NetPair cable = cable(3))
        {
            cable.right(0).start(Features.NONE);
            cable.right(1).start(Features.NONE);
            for (int i = 0; i < 3; i++)
            {
                assertTrue(send(cable.left(i), 20 + i));
            }
            assertEquals(20, cable.right(0).receive().length());
            assertEquals(21, cable.right(1).receive().length());
            assertEquals(22, cable.right(0).receive().length());
        }
    }

    @Test
    void shouldRefuseACableThatCanNotBe()
    {
        assertThrows(IllegalArgumentException.class, () -> new NetPair("x", 0, 4, 1500, Features.NONE));
        assertThrows(IllegalArgumentException.class, () -> new NetPair("x", 1, 3, 1500, Features.NONE));
        final IllegalArgumentException e = assertThrows(
            IllegalArgumentException.class, () -> new NetPair("x", 1, 4, 67, Features.NONE));
        assertTrue(e.getMessage().contains("mtu=67"), e::getMessage);
        assertThrows(IllegalArgumentException.class, () -> new NetFrame(NetProtocol.FRAME_MAX + 1));
    }

    private static NetPair cable(final int queues)
    {
        return new NetPair("cable", queues, SLOTS, NetProtocol.USUAL_MTU, Features.NONE);
    }

    private static boolean send(final NetPort port, final int length)
    {
        final NetFrame frame = port.claim();
        frame.length(length);
        return port.send();
    }
}
