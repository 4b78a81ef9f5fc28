/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.PassableFds;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whole sessions of {@link RandomMessage}s, with a ring's memory written over in between, descriptors of all kinds and
 * files that shrink: each message is answered, refused or ends the connection, and nothing else happens. {@code
 * -Dsession.fuzz.messages=10000000} sends more a seed than the build, {@code -Dsession.fuzz.seed=1} takes other seeds.
 */
class SessionFuzzTest
{
    private static final int MESSAGES = Integer.getInteger("session.fuzz.messages", 25_000);
    private static final long FIRST_SEED = Long.getLong("session.fuzz.seed", 61);
    private static final int SEEDS = 4;
    private static final int SESSION = 60;
    private static final int RING_BYTES = 0x3000;
    private static final int IDLES = 201;

    private final ComplementDevice device = new ComplementDevice();
    private final int[] seen = new int[Event.values().length];
    private SplittableRandom random;
    private RandomMessage messages;

    /** What a message may end in. */
    private enum Event
    {
        ACK, NACK, ANSWER, SILENCE, CLOSE, RING_RAN, RING_BROKEN, MEMORY_GONE
    }

    static LongStream seeds()
    {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldAnswerRefuseOrCloseWhateverComes(final long seed, @TempDir final Path directory)
    {
        random = new SplittableRandom(seed);
        messages = new RandomMessage(random);
        final Path path = TestFrontend.path(directory);
        // One memory for all sessions: to map and unmap it each time takes longer than a session.
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            PassedMemory memory = new PassedMemory())
        {
            for (int sent = 0; sent < MESSAGES;)
            {
                // All bytes are zero again.
                PassableFds.truncate(memory.fd, 0);
                PassableFds.truncate(memory.fd, PassedMemory.LENGTH);
                try (TestFrontend frontend = new TestFrontend(backend, path, memory))
                {
                    sent += session(frontend);
                }
                finally
                {
                    messages.close();
                }
                assertFalse(backend.isConnected());
            }
            device.holds = false;
            device.release(0, false);
            TestFrontend.requireServes(backend, path, TestFrontend.SPLIT);
            TestFrontend.requireServes(backend, path, TestFrontend.PACKED);
        }
        for (final Event event : Event.values())
        {
            assertTrue(seen[event.ordinal()] > MESSAGES / 2000, () -> event + " is rare: " + Arrays.toString(seen));
        }
    }

    private int session(final TestFrontend frontend)
    {
        messages.use(frontend.memory);
        device.holds = random.nextBoolean();
        if (random.nextInt(8) > 0)
        {
            frontend.begin(random.nextBoolean() ? TestFrontend.SPLIT : TestFrontend.PACKED);
            for (int ring = random.nextInt(3); ring > 0; ring--)
            {
                frontend.start(ring - 1);
            }
        }
        int sent = 0;
        while (sent < SESSION && frontend.backend.isConnected())
        {
            sent++;
            step(frontend);
            hear(frontend);
        }
        if (!frontend.backend.isConnected())
        {
            count(Event.CLOSE);
            final String reason = frontend.backend.failures().last().reason();
            assertNotNull(reason);
            if (reason.contains("memory of the front-end is gone"))
            {
                count(Event.MEMORY_GONE);
            }
        }
        return sent;
    }

    private void step(final TestFrontend frontend)
    {
        switch (random.nextInt(24))
        {
            case 0, 1, 2, 3 -> writeOver(frontend);
            case 4 ->
            {
                device.release(random.nextInt(4), random.nextBoolean());
                frontend.raw.drive();
            }
            case 5 ->
            {
                if (0 == random.nextInt(8))
                {
                    PassableFds.truncate(frontend.memory.fd, random.nextInt(3) * 0x1_0000L);
                    frontend.raw.drive();
                }
            }
            case 6 -> idle(frontend);
            default -> send(frontend);
        }
    }

    private void send(final TestFrontend frontend)
    {
        final byte[] bytes = messages.next();
        if (0 == random.nextInt(16))
        {
            final int middle = random.nextInt(bytes.length);
            if (middle > 0)
            {
                frontend.raw.write(Arrays.copyOf(bytes, middle), messages.passed);
                frontend.raw.drive();
            }
            frontend.raw.write(Arrays.copyOfRange(bytes, middle, bytes.length),
                0 == middle ? messages.passed : List.of());
        }
        else
        {
            frontend.raw.write(bytes, messages.passed);
        }
        frontend.raw.drive();
    }

    /** The driver writes anything into a ring: mostly small numbers and addresses of its memory. */
    private void writeOver(final TestFrontend frontend)
    {
        if (frontend.memory.fd.size() < RING_BYTES + 0x4000)
        {
            return;
        }
        final int ring = random.nextInt(2);
        for (int i = random.nextInt(12); i > 0; i--)
        {
            final long at = ring * 0x4000L + (random.nextInt(3) * 0x1000L) + random.nextInt(160);
            if (random.nextBoolean())
            {
                frontend.memory.bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short)random.nextInt(9));
            }
            else
            {
                frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at & -8L,
                    PassedMemory.GUEST + random.nextInt(PassedMemory.LENGTH));
            }
        }
        if (random.nextBoolean())
        {
            offer(frontend, ring);
        }
        final int before = device.executed;
        frontend.kick(ring);
        if (device.executed > before)
        {
            count(Event.RING_RAN);
        }
        if (frontend.errors.get(ring).drain() > 0)
        {
            count(Event.RING_BROKEN);
        }
    }

    /** What a driver should write, of a split ring: one request more. */
    private static void offer(final TestFrontend frontend, final int ring)
    {
        final long at = ring * 0x4000L;
        frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at, PassedMemory.GUEST + 0x8_0000);
        frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 8, 0x1_0001_0000_0040L);
        frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 16, PassedMemory.GUEST + 0x9_0000);
        frontend.memory.bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 24, 0x2_0000_0040L);
        frontend.memory.bytes.asSlice(at + 0x1004, 2L * TestFrontend.SIZE).fill((byte)0);
        final int used = frontend.memory.bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 0x2002);
        frontend.memory.bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 0x1002, (short)(used + 1));
    }

    /** As the back-end's thread waits; rarely, as it may take a while. */
    private void idle(final TestFrontend frontend)
    {
        if (0 == random.nextInt(200))
        {
            frontend.backend.idleStrategy().reset();
            frontend.kicks.getFirst().signal();
            for (int i = 0; i < IDLES; i++)
            {
                frontend.backend.idleStrategy().idle(0);
            }
            frontend.raw.drive();
        }
    }

    private void hear(final TestFrontend frontend)
    {
        boolean isMore = true;
        boolean isAnswered = false;
        while (isMore)
        {
            try (Message message = frontend.raw.receive())
            {
                isMore = null != message;
                if (isMore)
                {
                    assertTrue(message.isReply());
                    isAnswered = true;
                    final FrontendRequest request = FrontendRequest.of(message.request());
                    final boolean isAck = null == request || !request.hasAnswer();
                    count(!isAck ? Event.ANSWER : 0 == message.payload().readLong() ? Event.ACK : Event.NACK);
                }
            }
        }
        if (!isAnswered)
        {
            count(Event.SILENCE);
        }
    }

    private void count(final Event event)
    {
        seen[event.ordinal()]++;
    }
}
