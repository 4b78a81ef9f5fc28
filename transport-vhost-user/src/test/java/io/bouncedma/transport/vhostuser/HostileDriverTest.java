/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A driver that is not one thread: descriptors change while the device works on them (virtqueue rules 8 and 9,
 * CVE-2020-14375), and doorbells that ring each other.
 */
class HostileDriverTest
{
    private static final int REQUESTS = 5_000;
    private static final int KICKS = 600;
    private static final int DESC = 16;
    private static final int USED = 0x2000;
    private static final int TABLE = 0xa_0000;
    /** Buffers of one byte to 32 KiB begin here, in whatever pair of address and length is read. */
    private static final int[] STARTS = {0x6_0000, 0x6_7ffc, 0x7_0000};
    private static final int[] LENGTHS = {1, 64, 0x8000};
    private static final int BUFFERS_START = 0x6_0000;
    private static final int BUFFERS_END = 0x7_8000;
    /** The most that a chain of four can say. */
    private static final int MOST = 4 * 0x8000;
    private static final byte UNTOUCHED = 0x5a;

    @TempDir
    private Path directory;

    /** Whatever the device makes of it: no byte outside the buffers changes, no length is longer than any said. */
    @ParameterizedTest(name = "packed {0}, seed {1}")
    @CsvSource({"false, 1", "false, 2", "true, 1", "true, 2"})
    void shouldSeeEachFieldOnce(final boolean isPacked, final long seed) throws InterruptedException
    {
        final ComplementDevice device = new ComplementDevice();
        final Path path = TestFrontend.path(directory);
        try (VhostUserBackend backend = TestFrontend.backend(directory, device))
        {
            try (TestFrontend frontend = new TestFrontend(backend, path))
            {
                frontend.begin(isPacked ? TestFrontend.PACKED : TestFrontend.SPLIT);
                frontend.start(0);
                final MemorySegment memory = frontend.memory.bytes;
                memory.asSlice(TABLE + 0x1000, PassedMemory.LENGTH - TABLE - 0x1000).fill(UNTOUCHED);
                memory.asSlice(0x4000, BUFFERS_START - 0x4000).fill(UNTOUCHED);
                final AtomicLong left = new AtomicLong(REQUESTS);
                final Thread flipper = new Thread(() -> flip(memory, new SplittableRandom(seed), isPacked, left));
                flipper.start();
                try
                {
                    for (int request = 0; request < REQUESTS; request++)
                    {
                        final int length = isPacked ? packed(frontend, request) : split(frontend, request);
                        assertTrue(length >= 0 && length <= MOST, () -> "used.len=" + length);
                        left.decrementAndGet();
                    }
                }
                finally
                {
                    left.set(0);
                    flipper.join();
                }
                assertEquals(REQUESTS, device.executed, "chains are lost, or taken twice");
                requireUntouched(memory.asSlice(TABLE + 0x1000, PassedMemory.LENGTH - TABLE - 0x1000));
                requireUntouched(memory.asSlice(0x4000, BUFFERS_START - 0x4000));
                requireUntouched(memory.asSlice(BUFFERS_END, TABLE - BUFFERS_END), (byte)0);
                assertEquals(0, frontend.errors.getFirst().drain(), () -> backend.failures().last().reason());
            }
            TestFrontend.requireServes(backend, path, TestFrontend.SPLIT);
        }
    }

    /** One request, whose descriptors are the flipper's. */
    private static int split(final TestFrontend frontend, final int request)
    {
        final MemorySegment memory = frontend.memory.bytes;
        memory.set(ValueLayout.JAVA_SHORT, 0x1002, (short)(request + 1));
        frontend.kick(0);
        assertEquals((short)(request + 1), memory.get(ValueLayout.JAVA_SHORT, USED + 2), "is not given back");
        return memory.get(ValueLayout.JAVA_INT, USED + 4 + request % TestFrontend.SIZE * 8 + 4);
    }

    /** One request of one table: the flags of the ring say which lap it is, and so are not the flipper's. */
    private static int packed(final TestFrontend frontend, final int request)
    {
        final MemorySegment memory = frontend.memory.bytes;
        final long at = (long)request % TestFrontend.SIZE * DESC;
        final boolean isOdd = 0 == request / TestFrontend.SIZE % 2;
        memory.set(ValueLayout.JAVA_LONG, at, PassedMemory.GUEST + TABLE);
        memory.set(ValueLayout.JAVA_INT, at + 8, 4 * DESC);
        memory.set(ValueLayout.JAVA_SHORT, at + 12, (short)7);
        memory.set(ValueLayout.JAVA_SHORT, at + 14, (short)(isOdd ? 0x84 : 0x8004));
        frontend.kick(0);
        assertEquals(isOdd ? 0x8080 : 0, memory.get(ValueLayout.JAVA_SHORT, at + 14) & 0x8080, "is not given back");
        return memory.get(ValueLayout.JAVA_INT, at + 8);
    }

    private static void flip(
        final MemorySegment memory, final SplittableRandom random, final boolean isPacked, final AtomicLong left)
    {
        while (left.get() > 0)
        {
            // What is in the buffers is 0x00 or 0xff: as a table it has no address of the memory.
            final long at = (isPacked ? TABLE : 0) + random.nextInt(4) * (long)DESC;
            switch (random.nextInt(4))
            {
                case 0 -> memory.set(ValueLayout.JAVA_LONG, at,
                    PassedMemory.GUEST + STARTS[random.nextInt(STARTS.length)]);
                case 1 -> memory.set(ValueLayout.JAVA_INT, at + 8, LENGTHS[random.nextInt(LENGTHS.length)]);
                // NEXT, WRITE; INDIRECT now and then.
                case 2 -> memory.set(ValueLayout.JAVA_SHORT, at + 12,
                    (short)(0 == random.nextInt(8) ? 4 : random.nextInt(4)));
                // Of a split ring the next one, beyond the table now and then; of a packed one the flags.
                default -> memory.set(ValueLayout.JAVA_SHORT, at + 14, (short)random.nextInt(12));
            }
            if (!isPacked)
            {
                memory.set(ValueLayout.JAVA_SHORT, 0x1004 + random.nextInt(TestFrontend.SIZE) * 2L,
                    (short)random.nextInt(4));
            }
        }
    }

    private static void requireUntouched(final MemorySegment bytes)
    {
        requireUntouched(bytes, UNTOUCHED);
    }

    private static void requireUntouched(final MemorySegment bytes, final byte expected)
    {
        for (long i = 0; i < bytes.byteSize(); i++)
        {
            if (expected != bytes.get(ValueLayout.JAVA_BYTE, i))
            {
                throw new AssertionError("device wrote where no buffer is: offset=" + i);
            }
        }
    }

    /** The interrupt is a kick of the same ring, or of the other (QEMU's re-entrancy CVEs of 2023-24, rule 13). */
    @ParameterizedTest(name = "of ring {0}")
    @ValueSource(ints = {0, 1})
    void shouldRestWhenDoorbellsRingEachOther(final int other)
    {
        final Path path = TestFrontend.path(directory);
        final ComplementDevice device = new ComplementDevice();
        try (VhostUserBackend backend = TestFrontend.backend(directory, device);
            TestFrontend frontend = new TestFrontend(backend, path))
        {
            frontend.begin(TestFrontend.SPLIT);
            frontend.start(0);
            frontend.start(1);
            frontend.raw.send(FrontendRequest.SET_VRING_CALL, 0, frontend.kicks.get(other).fd());
            frontend.raw.send(FrontendRequest.SET_VRING_CALL, 1, frontend.kicks.getFirst().fd());
            for (int i = 1; i < KICKS; i++)
            {
                final long token = frontend.add(0);
                frontend.kick(0);
                idle(backend);
                frontend.raw.drive();
                assertEquals(token, frontend.poll(0));
                assertEquals(i, device.executed);
            }
            final List<Fd> watched = new ArrayList<>();
            ((BackendIdleStrategy)backend.idleStrategy()).collect(watched);
            // Listener, connection and kicks; but not those of a ring that has had nothing to do all the time.
            assertEquals(0 == other ? 4 : 3, watched.size());
        }
    }

    /** As often as it takes to one poll, which finds the kick. */
    private static void idle(final VhostUserBackend backend)
    {
        backend.idleStrategy().reset();
        for (int i = 0; i < 201; i++)
        {
            backend.idleStrategy().idle(0);
        }
    }
}
