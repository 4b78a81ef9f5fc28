/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.mmio.MmioOps;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Register accesses as messages; the server runs whenever the driver waits.
 */
class MessageMmioTest
{
    private final MemoryQueue requests = new MemoryQueue();
    private final MemoryQueue responses = new MemoryQueue();
    private final List<String> accesses = new ArrayList<>();
    private final MessageMmioServer server = new MessageMmioServer(requests, responses, new Recorder());
    private final MmioOps ops = ops(idle(server::doWork));

    @Test
    void shouldCarryEveryWidth()
    {
        assertEquals(0xf8, ops.read8(0x100));
        assertEquals(0xfff0, ops.read16(0x102));
        assertEquals(0xffffffe0, ops.read32(0x104));
        ops.write8(0x110, 1);
        ops.write16(0x112, 2);
        ops.write32(0x70, -3);
        assertEquals(List.of("r8 100", "r16 102", "r32 104", "w8 110=1", "w16 112=2", "w32 70=fffffffd"), accesses);
    }

    @Test
    void shouldDropAnswersThatAreNotToThisRequest()
    {
        final UnsafeBuffer forged = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
        final MmioOps other = ops(idle(() ->
        {
            final byte[] request = requests.messages.peekFirst();
            if (null != request && responses.messages.isEmpty())
            {
                final int sequence = MmioMessage.sequence(new UnsafeBuffer(request));
                responses.messages.add(new byte[3]);
                add(forged, MmioMessage.READ_DONE, 4, sequence - 1, 0x70, 666);
                add(forged, MmioMessage.READ_DONE, 2, sequence, 0x70, 666);
                add(forged, MmioMessage.READ_DONE, 4, sequence, 0x74, 666);
                add(forged, MmioMessage.WRITE_DONE, 4, sequence, 0x70, 666);
                add(forged, MmioMessage.READ_DONE, 4, sequence, 0x70, 42);
                requests.messages.clear();
            }
            return 0;
        }));
        assertEquals(42, other.read32(0x70));
    }

    @Test
    void shouldTellThatAnAccessWasRefused()
    {
        final UnsafeBuffer answer = new UnsafeBuffer(new byte[MmioMessage.LENGTH]);
        final MmioOps other = ops(idle(() ->
        {
            final byte[] request = requests.messages.pollFirst();
            if (null != request)
            {
                add(answer, MmioMessage.REFUSED, 4, MmioMessage.sequence(new UnsafeBuffer(request)), 0x70, 0);
            }
            return 0;
        }));
        final VirtioException e = assertThrows(VirtioException.class, () -> other.read32(0x70));
        assertTrue(e.getMessage().contains("refused: offset=0x70, width=4"), e.getMessage());
    }

    @Test
    void shouldWaitForRoomAndGiveUpInTime()
    {
        for (int i = 0; i < 4; i++)
        {
            requests.messages.add(new byte[1]);
        }
        assertEquals(0xf8, ops.read8(0x100));
        final MmioOps alone = new MessageMmioOps(requests, responses,
            new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 5));
        final TimeLimitException e = assertThrows(TimeLimitException.class, () -> alone.read32(0x70));
        assertTrue(e.getMessage().contains("no answer to a register access at offset 0x70"), e.getMessage());
    }

    @Test
    void shouldAnswerWhatHasTheFormAndIgnoreTheRest()
    {
        final SplittableRandom random = new SplittableRandom(5);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[240]);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            final byte[] message = new byte[0 == random.nextInt(3) ? 1 + random.nextInt(240) : MmioMessage.LENGTH];
            random.nextBytes(message);
            if (random.nextBoolean() && message.length > 4)
            {
                message[2] = MmioMessage.VERSION;
                message[3] = 0;
            }
            requests.messages.add(message);
            server.doWork();
            server.doWork();
            final boolean isValid = MmioMessage.isValid(new UnsafeBuffer(message), message.length);
            assertEquals(isValid ? MmioMessage.LENGTH : MessageReceiver.EMPTY, responses.receive(buffer, 0));
            refused += isValid && MmioMessage.REFUSED == MmioMessage.type(buffer) ? 1 : 0;
        }
        assertTrue(refused > 1000, "refused=" + refused);
    }

    private void add(
        final UnsafeBuffer buffer,
        final int type,
        final int width,
        final int sequence,
        final int offset,
        final int value)
    {
        MmioMessage.encode(buffer, type, width, sequence, offset, value);
        responses.messages.add(buffer.byteArray().clone());
    }

    private MmioOps ops(final IdleStrategy idle)
    {
        return new MessageMmioOps(
            requests, responses, new Waiting(idle, PeerMonitor.ALWAYS_PRESENT, TestLimits.millis(60_000)));
    }

    private interface Work
    {
        int doWork();
    }

    private static IdleStrategy idle(final Work work)
    {
        return new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                work.doWork();
            }

            @Override
            public void idle()
            {
                work.doWork();
            }

            @Override
            public void reset()
            {
            }
        };
    }

    /** Reads give all ones above a shift that tells the width; accesses are written down. */
    private final class Recorder implements MmioOps
    {
        @Override
        public int read8(final int offset)
        {
            accesses.add("r8 " + Integer.toHexString(offset));
            return -8;
        }

        @Override
        public int read16(final int offset)
        {
            accesses.add("r16 " + Integer.toHexString(offset));
            return -16;
        }

        @Override
        public int read32(final int offset)
        {
            accesses.add("r32 " + Integer.toHexString(offset));
            return -32;
        }

        @Override
        public void write8(final int offset, final int value)
        {
            accesses.add("w8 " + Integer.toHexString(offset) + "=" + Integer.toHexString(value));
        }

        @Override
        public void write16(final int offset, final int value)
        {
            accesses.add("w16 " + Integer.toHexString(offset) + "=" + Integer.toHexString(value));
        }

        @Override
        public void write32(final int offset, final int value)
        {
            accesses.add("w32 " + Integer.toHexString(offset) + "=" + Integer.toHexString(value));
        }
    }
}
