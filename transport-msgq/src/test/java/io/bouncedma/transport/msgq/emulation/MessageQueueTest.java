/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Gunyah's semantics of a message queue.
 */
class MessageQueueTest
{
    private static final int SIZE = 240;
    private static final int DEPTH = 4;

    private int notEmptyEdges;
    private int notFullEdges;
    private final MessageQueue queue = new MessageQueue(SIZE, DEPTH, () -> notEmptyEdges++, () -> notFullEdges++);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[SIZE + 1]);

    @Test
    void shouldTakeMessagesThatFitAndNoOthers()
    {
        assertEquals(MessageQueue.ARGUMENT_SIZE, queue.send(buffer, 0, 0, false));
        assertEquals(MessageQueue.ARGUMENT_SIZE, queue.send(buffer, 0, SIZE + 1, false));
        assertEquals(MessageQueue.OK, queue.send(buffer, 0, SIZE, false));
        assertEquals(-MessageQueue.ADDR_OVERFLOW, queue.receive(buffer, 0, SIZE - 1));
        assertEquals(SIZE, queue.receive(buffer, 0, SIZE));
        assertEquals(-MessageQueue.MSGQUEUE_EMPTY, queue.receive(buffer, 0, SIZE));
    }

    @Test
    void shouldHaveItsOwnCopyOfAMessage()
    {
        buffer.putByte(0, (byte)1);
        queue.send(buffer, 0, 1, false);
        buffer.putByte(0, (byte)2);
        queue.receive(buffer, 5, 1);
        assertEquals(1, buffer.getByte(5));
    }

    @Test
    void shouldInterruptOnEdgesOfTheCountOnly()
    {
        for (int i = 0; i < DEPTH; i++)
        {
            assertEquals(MessageQueue.OK, queue.send(buffer, 0, 1, false));
        }
        assertEquals(MessageQueue.MSGQUEUE_FULL, queue.send(buffer, 0, 1, true));
        assertEquals(1, notEmptyEdges);
        assertEquals(0, notFullEdges);
        queue.receive(buffer, 0, SIZE);
        queue.receive(buffer, 0, SIZE);
        assertEquals(1, notFullEdges);
        queue.send(buffer, 0, 1, true);
        assertEquals(2, notEmptyEdges);
        queue.flush();
        assertEquals(-MessageQueue.MSGQUEUE_EMPTY, queue.receive(buffer, 0, SIZE));
        queue.send(buffer, 0, 1, false);
        assertEquals(3, notEmptyEdges);
    }

    @Test
    void shouldRefuseSizesThatGunyahDoesNotHave()
    {
        for (final int[] sizes : new int[][] {{1024, 1}, {1, 256}, {0, 1}, {1, 0}, {-1, -1}})
        {
            assertThrows(IllegalArgumentException.class, () -> new MessageQueue(sizes[0], sizes[1], null, null));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldBehaveAsAQueueWithEdges(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final Deque<byte[]> model = new ArrayDeque<>();
        int notEmpty = 0;
        int notFull = 0;
        for (int step = 0; step < 5000; step++)
        {
            if (random.nextBoolean())
            {
                final byte[] message = new byte[1 + random.nextInt(SIZE)];
                random.nextBytes(message);
                final boolean isPush = random.nextInt(5) == 0;
                buffer.putBytes(0, message);
                final int result = queue.send(buffer, 0, message.length, isPush);
                assertEquals(model.size() < DEPTH ? MessageQueue.OK : MessageQueue.MSGQUEUE_FULL, result);
                if (MessageQueue.OK == result)
                {
                    model.addLast(message);
                    notEmpty += isPush || model.size() == 1 ? 1 : 0;
                }
            }
            else if (model.isEmpty())
            {
                assertEquals(-MessageQueue.MSGQUEUE_EMPTY, queue.receive(buffer, 0, SIZE));
            }
            else
            {
                final byte[] expected = model.removeFirst();
                notFull += model.size() == DEPTH - 1 ? 1 : 0;
                final byte[] message = new byte[queue.receive(buffer, 0, SIZE)];
                buffer.getBytes(0, message);
                assertArrayEquals(expected, message);
            }
            assertEquals(notEmpty, notEmptyEdges);
            assertEquals(notFull, notFullEdges);
            assertEquals(!model.isEmpty(), queue.isNotEmpty());
            assertEquals(model.size() < DEPTH, queue.isNotFull());
        }
    }
}
