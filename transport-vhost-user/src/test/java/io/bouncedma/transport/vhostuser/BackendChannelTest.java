/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.os.testing.OwnThread;
import org.agrona.collections.LongArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a front-end does with the channel holds up nobody.
 */
@ExtendWith(OwnThread.class)
class BackendChannelTest
{
    private final LongArrayList answers = new LongArrayList();

    /** Taken as fast as they come, they would have no end, and kept they would fill the heap. */
    @Test
    void shouldTakeSoManyAnswersATurnAndKeepThoseThatItAskedFor()
    {
        final List<UnixSocket> ends = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (UnixSocket peer = ends.getLast();
            BackendChannel channel = new BackendChannel())
        {
            channel.open(ends.getFirst().fd());
            channel.askForReplies(true);
            channel.iotlb(new IotlbMessage(0, 1, 0, IotlbMessage.READ, IotlbMessage.MISS));
            for (int i = 0; i < BackendChannel.MAX_MESSAGES; i++)
            {
                send(peer, Message.VERSION | Message.REPLY);
            }
            // What is no answer ends the channel: so it tells whether it was looked at.
            send(peer, Message.VERSION);
            channel.doWork(answers::addLong);
            assertEquals(1, answers.size());
            assertTrue(channel.isOpen());
            channel.doWork(answers::addLong);
            assertEquals(1, answers.size());
            assertFalse(channel.isOpen());
        }
    }

    private static void send(final UnixSocket peer, final int flags)
    {
        final byte[] bytes = RawFrontend.bytes(BackendRequest.IOTLB_MSG.id(), flags, (to) -> to.writeLong(7));
        assertEquals(bytes.length, peer.send(bytes, 0, bytes.length, List.of()));
    }

    /** A front-end has the same end of the pipe, and with it the flag that says whether a write waits. */
    @Test
    void shouldNotWaitForRoomInAPipe()
    {
        final List<Fd> pipe = PassableFds.pipe();
        try (Fd reader = pipe.getFirst();
            Fd writer = pipe.getLast();
            BackendChannel channel = new BackendChannel())
        {
            channel.open(writer.duplicate());
            PassableFds.setBlocking(writer);
            for (int i = 0; i < 100_000; i++)
            {
                channel.configChanged();
            }
            assertTrue(channel.isOpen(), () -> "other end is open: " + reader);
        }
    }
}
