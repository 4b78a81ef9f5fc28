/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A peer that writes garbage into every byte of the window while a transfer runs: the front-end finishes, or ends with
 * an error that says what was wrong. That it stays inside the window and its own buffers is shown by guard bytes and by
 * a JVM that lives.
 */
class HostileWindowTest
{
    private static final int ROUNDS = 20;
    private static final long LIMIT_MS = 400;
    private static final int LENGTH = 16 * BlkProtocol.SECTOR_SIZE;
    private static final int GUARD = 64;
    private static final byte GUARD_BYTE = (byte)0xa5;
    private static final int BUFFERS = 8;
    private static final int REQUESTS = 400;

    /** What the hostile peer writes. */
    private enum Garbage
    {
        RANDOM, ONES, ZEROS, SMALL_NUMBERS
    }

    /** What the rings are; each gets its share of the seeds. */
    private static final List<Features> RINGS = List.of(
        BlkDriver.USUAL_RING,
        Features.of(FeatureBits.RING_PACKED),
        Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX, FeatureBits.IN_ORDER),
        Features.of(FeatureBits.INDIRECT_DESC, FeatureBits.IN_ORDER),
        Features.of(FeatureBits.RING_PACKED, FeatureBits.EVENT_IDX, FeatureBits.INDIRECT_DESC));

    static Stream<String> cases()
    {
        final List<String> cases = new ArrayList<>();
        for (final ConfigTransport transport : ConfigTransport.values())
        {
            for (final Garbage garbage : Garbage.values())
            {
                for (int seed = 1; seed <= ROUNDS; seed++)
                {
                    cases.add(transport + " " + garbage + " " + seed);
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldFinishOrSayWhatIsWrong(final String name) throws InterruptedException
    {
        final String[] parts = name.split(" ");
        final long seed = Long.parseLong(parts[2]);
        try (InProcessVms vms = new InProcessVms(ConfigTransport.valueOf(parts[0]), 2048, 0))
        {
            // Some attacks begin before the driver does, some in the middle.
            final Attacker attacker = new Attacker(vms, Garbage.valueOf(parts[1]), seed, 0 == seed % 3 ? 0 : 12 * seed);
            final byte[] memory = new byte[BUFFERS * (LENGTH + GUARD) + GUARD];
            Arrays.fill(memory, GUARD_BYTE);
            attacker.start();
            try
            {
                transfer(vms, RINGS.get((int)(seed % RINGS.size())), new UnsafeBuffer(memory), attacker);
            }
            catch (final VirtioException e)
            {
                // The clear error that is asked for. Anything else fails the test.
                assertEquals(false, e.getMessage().isBlank());
            }
            finally
            {
                attacker.end();
            }
            for (int i = 0; i <= BUFFERS; i++)
            {
                for (int j = 0; j < GUARD; j++)
                {
                    assertEquals(GUARD_BYTE, memory[i * (LENGTH + GUARD) + j], "written outside a buffer");
                }
            }
        }
    }

    private static void transfer(
        final InProcessVms vms, final Features ring, final UnsafeBuffer memory, final Attacker attacker)
    {
        final DriverLink link = new DriverLink(vms.secondary, LIMIT_MS);
        final BlkDriver blk = new BlkDriver(link.transport(), vms.dma, link.waiting(), 32, ring, 1);
        final BlkQueue queue = blk.queue(0);
        int submitted = 0;
        if (queue.maxLength() < LENGTH)
        {
            // A limit that the hostile peer made up.
            throw new VirtioException("device takes no such request: maxLength=" + queue.maxLength());
        }
        while (submitted < REQUESTS || queue.inFlight() > 0)
        {
            while (submitted < REQUESTS && queue.inFlight() < BUFFERS)
            {
                final int offset = GUARD + submitted % BUFFERS * (LENGTH + GUARD);
                final long sector = submitted % 64 * 16L;
                final int result = 0 == submitted / 64 % 2 ?
                    queue.submitWrite(sector, memory, offset, LENGTH, submitted) :
                    queue.submitRead(sector, memory, offset, LENGTH, submitted);
                if (BlkQueue.BUSY == result)
                {
                    break;
                }
                submitted++;
            }
            attacker.allow(submitted);
            queue.awaitCompletions((tag, status) ->
            {
            });
        }
        blk.close();
    }

    /** Writes all over the window, by the primary VM's mapping of it. */
    private static final class Attacker extends Thread
    {
        private final MemorySegment window;
        private final Garbage garbage;
        private final SplittableRandom random;
        private final long after;
        private volatile long requests;
        private volatile boolean ended;

        private Attacker(final InProcessVms vms, final Garbage garbage, final long seed, final long after)
        {
            super("attacker");
            window = vms.primary.region().memory(0, vms.primary.region().length());
            this.garbage = garbage;
            this.after = after;
            random = new SplittableRandom(seed);
        }

        @Override
        public void run()
        {
            while (!ended)
            {
                if (requests >= after)
                {
                    sweep();
                }
                Thread.onSpinWait();
            }
        }

        private void allow(final long submitted)
        {
            requests = submitted;
        }

        private void end() throws InterruptedException
        {
            ended = true;
            join();
        }

        private void sweep()
        {
            // Rings, headers and the register page lie at the start and get it more often than the data.
            final long length = 0 == random.nextInt(8) ? window.byteSize() : 32 * 1024;
            for (long at = 0; at < length && !ended; at += Long.BYTES)
            {
                window.set(ValueLayout.JAVA_LONG, at, value());
            }
        }

        private long value()
        {
            return switch (garbage)
            {
                case RANDOM -> random.nextLong();
                case ONES -> -1L;
                case ZEROS -> 0L;
                case SMALL_NUMBERS -> random.nextInt(40) | (long)random.nextInt(40) << 16 |
                    (long)random.nextInt(40) << 32 | (long)random.nextInt(40) << 48;
            };
        }
    }
}
