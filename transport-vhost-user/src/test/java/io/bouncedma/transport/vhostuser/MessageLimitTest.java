/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.UnixSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Half a message holds nobody for ever.
 */
class MessageLimitTest
{
    private static final int LENGTH = Message.HEADER_LENGTH + Long.BYTES;

    private final List<UnixSocket> ends = UnixSocket.pair(UnixSocket.Type.STREAM);
    private long nowMs;
    private final MessageSocket near = new MessageSocket(ends.getFirst(), () -> TimeUnit.MILLISECONDS.toNanos(nowMs));
    private final byte[] bytes =
        RawFrontend.bytes(FrontendRequest.SET_FEATURES.id(), Message.VERSION, (to) -> to.writeLong(7));

    @AfterEach
    void close()
    {
        near.close();
        ends.getLast().close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, Message.HEADER_LENGTH - 1, Message.HEADER_LENGTH, LENGTH - 1})
    void shouldEndAConnectionWhoseMessageStaysHalf(final int length)
    {
        write(0, length);
        assertNull(near.receive());
        assertTrue(near.isInMessage());
        nowMs += 5_000;
        assertNull(near.receive());
        nowMs++;
        final ProtocolException e = assertThrows(ProtocolException.class, near::receive);
        assertTrue(e.getMessage().startsWith("message was begun and is not whole within 5 s"), e.getMessage());
    }

    @Test
    void shouldCountFromTheFirstByteNotFromTheLast()
    {
        for (int i = 0; i < 5; i++)
        {
            write(i, 1);
            assertNull(near.receive());
            nowMs += 1_000;
        }
        nowMs++;
        assertThrows(ProtocolException.class, near::receive);
    }

    @Test
    void shouldWaitForABeginningAsLongAsItTakes()
    {
        for (int i = 0; i < 3; i++)
        {
            assertNull(near.receive());
            assertFalse(near.isInMessage());
            nowMs += 1_000_000;
            write(0, 3);
            assertNull(near.receive());
            nowMs += 4_000;
            write(3, LENGTH - 3);
            // Whole by now, however late that is seen.
            nowMs += 4_000;
            try (Message message = near.receive())
            {
                assertNotNull(message);
                assertEquals(7, message.payload().readLong());
            }
        }
    }

    private void write(final int from, final int length)
    {
        assertEquals(length, ends.getLast().send(bytes, from, length, List.of()));
    }
}
