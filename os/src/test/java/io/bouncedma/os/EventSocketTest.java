/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A call that waits would wait for ever here: nobody else does anything. */
@ExtendWith(OwnThread.class)
class EventSocketTest
{
    private final List<EventSocket> ends = EventSocket.pair();
    private final EventSocket own = ends.getFirst();
    private final EventSocket peer = ends.getLast();

    @AfterEach
    void closeEnds()
    {
        ends.forEach(EventSocket::close);
    }

    @Test
    void shouldAddSignalsUp()
    {
        assertEquals(0, own.drain());
        peer.signal();
        peer.signal();
        assertTrue(isReadable(own));
        assertEquals(2, own.drain());
        assertEquals(0, own.drain());
        assertFalse(isReadable(own));
        assertFalse(isReadable(peer));
    }

    /** What an eventfd is blocked by: a peer that fills it and lets it wait. */
    @Test
    void shouldNotWaitWhateverThePeerFillsAndSets()
    {
        PassableFds.setBlocking(own.fd());
        PassableFds.setBlocking(peer.fd());
        assertEquals(0, own.drain());
        for (int i = 0; i < 10_000; i++)
        {
            own.signal();
            peer.signal();
        }
        long taken = 0;
        for (long drained = own.drain(); drained > 0; drained = own.drain())
        {
            taken += drained;
        }
        assertTrue(taken > 0 && taken < 10_000, "taken=" + taken);
        assertFalse(isReadable(own));
        // Full as the other direction is, a drained one signals again.
        peer.signal();
        assertEquals(1, own.drain());
    }

    @Test
    void shouldTellNobodyWhereThePeerIsGone()
    {
        own.signal();
        peer.signal();
        peer.close();
        own.signal();
        final Poller poller = new Poller();
        poller.add(own.fd());
        assertEquals(1, poller.poll(0));
        assertTrue(poller.isHungUp(own.fd()));
        for (int i = 0; i < 3; i++)
        {
            own.drain();
            own.signal();
        }
        assertEquals(0, own.drain());
    }

    @Test
    void shouldTellNobodyWhoShutItsEndDown()
    {
        PassableFds.shutdown(peer.fd());
        own.signal();
        assertEquals(0, own.drain());
        peer.signal();
        assertEquals(0, peer.drain());
    }

    @Test
    void shouldCloseDescriptorsThatAPeerPassesAlong()
    {
        final UnixSocket socket = UnixSocket.adopt(peer.fd(), UnixSocket.Type.STREAM);
        final List<UnixSocket> passed = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (UnixSocket kept = passed.getFirst())
        {
            assertEquals(1, socket.send(new byte[1], 0, 1, List.of(passed.getLast().fd())));
            passed.getLast().close();
            assertEquals(1, own.drain());
            final Poller poller = new Poller();
            poller.add(kept.fd());
            poller.poll(0);
            assertTrue(poller.isHungUp(kept.fd()));
        }
    }

    @Test
    void shouldRefuseWhatIsNoSocket()
    {
        try (EventSocket directory = EventSocket.adopt(PassableFds.open("/", 0)))
        {
            assertThrows(ErrnoException.class, directory::signal);
            assertThrows(ErrnoException.class, directory::drain);
        }
        assertThrows(IllegalStateException.class, () ->
        {
            own.close();
            own.signal();
        });
    }

    private static boolean isReadable(final EventSocket end)
    {
        final Poller poller = new Poller();
        poller.add(end.fd());
        poller.poll(0);
        return poller.isReadable(end.fd());
    }
}
