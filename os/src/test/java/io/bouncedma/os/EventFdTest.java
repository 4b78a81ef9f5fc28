/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

@ExtendWith(OwnThread.class)
class EventFdTest
{
    @Test
    void shouldAddUpSignalsUntilTheyAreDrained()
    {
        try (EventFd event = EventFd.create("test"))
        {
            assertEquals(0, event.drain());
            event.signal();
            event.signal();
            assertEquals(2, event.drain());
            assertEquals(0, event.drain());
        }
    }

    /** A peer has the same file, and with it the flag that says whether a read waits. */
    @Test
    void shouldNotWaitForSignalsWhateverThePeerSets()
    {
        try (EventFd own = EventFd.create("test");
            EventFd peer = EventFd.adopt(own.fd().duplicate()))
        {
            PassableFds.setBlocking(own.fd());
            assertEquals(0, peer.drain());
            own.signal();
            PassableFds.setBlocking(own.fd());
            assertEquals(1, peer.drain());
            assertEquals(0, peer.drain());
        }
    }

    /** A peer fills the counter too. A call that waits would wait for ever. */
    @Test
    void shouldNotWaitForRoomWhateverThePeerSets()
    {
        try (EventFd own = EventFd.create("test");
            EventFd peer = EventFd.adopt(own.fd().duplicate()))
        {
            for (int i = 0; i < 1_000; i++)
            {
                peer.signal();
            }
            assertEquals(1_000, own.drain());
            PassableFds.fill(own.fd());
            PassableFds.setBlocking(own.fd());
            for (int i = 0; i < 1_000; i++)
            {
                peer.signal();
            }
            assertNotEquals(0, own.drain());
            peer.signal();
            assertEquals(1, own.drain());
        }
    }

    /** What a peer may pass instead, full and set to wait. */
    @Test
    void shouldNotWaitForRoomInAPipeOrASocket()
    {
        final List<Fd> pipe = PassableFds.pipe();
        final List<UnixSocket> sockets = UnixSocket.pair(UnixSocket.Type.STREAM);
        for (final List<Fd> ends : List.of(pipe, List.of(sockets.getFirst().fd(), sockets.getLast().fd())))
        {
            try (Fd reader = ends.getFirst();
                EventFd writer = EventFd.adopt(ends.getLast()))
            {
                PassableFds.setBlocking(writer.fd());
                for (int i = 0; i < 100_000; i++)
                {
                    writer.signal();
                }
                final Poller poller = new Poller();
                poller.add(reader);
                assertEquals(1, poller.poll(0));
            }
        }
    }

    /** The number may be that of another counter by then. */
    @Test
    void shouldNotSignalOnceItIsClosed()
    {
        final EventFd closed = EventFd.create("closed");
        closed.close();
        assertThrows(IllegalStateException.class, closed::signal);
    }

    @Test
    void shouldNotWaitOnWhatIsNoCounter()
    {
        final List<Fd> ends = PassableFds.pipe();
        try (EventFd pipe = EventFd.adopt(ends.getFirst());
            Fd other = ends.getLast())
        {
            PassableFds.setBlocking(pipe.fd());
            assertEquals(0, pipe.drain(), () -> "other end is open: " + other);
        }
        try (EventFd directory = EventFd.adopt(PassableFds.open("/", 0)))
        {
            assertThrows(ErrnoException.class, directory::drain);
        }
        try (EventFd zero = EventFd.adopt(PassableFds.open("/dev/zero", PassableFds.O_RDWR)))
        {
            assertEquals(0, zero.drain());
        }
    }
}
