/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A device's process is killed by SIGKILL among 10,000 requests that it completes out of order, and another goes on
 * from the journal: the driver gets each request back once, with its answer; each was executed, and only those again
 * whose completion the driver had not seen.
 * <p>
 * In the build there are fewer requests; the closing run, with {@code -Djournal.seeds=50}, kills 100 times per format.
 */
class JournalKillTest
{
    private static final int SEEDS = Integer.getInteger("journal.seeds", 0);
    private static final int KILLS = 2;
    private static final int REQUESTS = SEEDS > 0 ? JournalWindow.REQUESTS : 2_000;

    @TempDir
    private Path directory;
    private SplittableRandom random;
    private Fd memory;
    private JournalWindow window;
    private DriverRing driver;
    private MemoryChild device;
    private final Deque<Integer> slots = new ArrayDeque<>();
    /** By request that is in flight: where its bytes are. */
    private final Map<Long, Integer> inFlight = new HashMap<>();
    private long submitted;
    private long completed;

    static Stream<Arguments> runs()
    {
        return LongStream.rangeClosed(1, Math.max(1, SEEDS)).boxed()
            .flatMap((seed) -> Stream.of(RingFormat.values()).map((format) -> Arguments.of(format, seed)));
    }

    @BeforeEach
    void open()
    {
        memory = Memfd.create("journal", JournalWindow.LENGTH);
    }

    @AfterEach
    void close()
    {
        if (null != device)
        {
            device.close();
        }
        if (null != window)
        {
            window.close();
        }
        memory.close();
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("runs")
    void shouldGiveEveryRequestBackOnce(final RingFormat format, final long seed, final TestReporter reporter)
        throws IOException
    {
        random = new SplittableRandom(seed);
        window = new JournalWindow(memory, JournalWindow.features(format));
        driver = Rings.driver(window.features, window.areas);
        for (int slot = 0; slot < JournalWindow.RING_SIZE; slot++)
        {
            slots.add(slot);
        }
        device = start();
        int again = 0;
        int withinPublish = 0;
        for (int kill = 0; kill < KILLS; kill++)
        {
            window.forgetExecuted();
            final long first = submitted;
            final long end = submitted + REQUESTS;
            runUntil(first + 1 + random.nextInt(REQUESTS - 1), end);
            // The device is busy now: it has just shown something, or gets more to do for a while.
            for (int i = random.nextBoolean() ? 0 : random.nextInt(2000); i > 0; i--)
            {
                poll();
                submit(end);
            }
            device.kill();
            withinPublish += window.isWithinPublish() ? 1 : 0;
            device.close();
            device = start();
            runUntil(end, end);
            assertEquals(Map.of(), inFlight);
            int extra = 0;
            for (long request = first; request < end; request++)
            {
                assertTrue(window.executed(request) > 0, "never executed: request=" + request);
                extra += window.executed(request) - 1;
            }
            assertTrue(extra <= JournalWindow.RING_SIZE, "executed again: " + extra);
            again += extra;
        }
        // The one before may have done all before it was killed: nobody has waited for this one then.
        while (!device.isAttached())
        {
            Thread.yield();
        }
        window.stop();
        assertEquals(0, device.await());
        assertEquals((long)KILLS * REQUESTS, completed);
        reporter.publishEntry(Map.of("kills", Integer.toString(KILLS), "within publish",
            Integer.toString(withinPublish), "executed again", Integer.toString(again)));
    }

    private MemoryChild start() throws IOException
    {
        // Interpreted, so slow that it dies within calls too, or compiled, with stores where the JIT puts them.
        final String flag = random.nextBoolean() ? "-Xint" : "-XX:TieredStopAtLevel=1";
        return new MemoryChild(directory, memory, flag, JournalDevice.class,
            List.of(window.areas.format().name(), Long.toString(random.nextLong())));
    }

    private void runUntil(final long target, final long end) throws IOException
    {
        while (completed < target)
        {
            boolean any = poll();
            any |= submit(end);
            if (!any)
            {
                if (device.isAttached())
                {
                    device.requireAlive();
                }
                Thread.yield();
            }
        }
    }

    private boolean submit(final long end)
    {
        boolean any = false;
        while (submitted < end && !slots.isEmpty())
        {
            final int readable = 1 + random.nextInt(2);
            final int writable = 1 + random.nextInt(2);
            if (!driver.hasRoom(readable + writable))
            {
                break;
            }
            final int slot = slots.poll();
            window.request(slot, submitted);
            final long[] addresses = new long[readable + writable];
            final int[] lengths = new int[readable + writable];
            cut(addresses, lengths, 0, readable, JournalWindow.slotOffset(slot));
            cut(addresses, lengths, readable, writable, JournalWindow.slotOffset(slot) + JournalWindow.ANSWER_OFFSET);
            driver.add(addresses, lengths, readable, writable, submitted);
            inFlight.put(submitted, slot);
            submitted++;
            any = true;
        }
        driver.publish();
        return any;
    }

    private static void cut(
        final long[] addresses, final int[] lengths, final int index, final int count, final int offset)
    {
        final int length = Long.BYTES / count;
        for (int i = 0; i < count; i++)
        {
            addresses[index + i] = offset + (long)i * length;
            lengths[index + i] = length;
        }
    }

    private boolean poll()
    {
        boolean any = false;
        while (driver.poll())
        {
            final Integer slot = inFlight.remove(driver.token());
            assertNotNull(slot, () -> "came back twice, or never was: request=" + driver.token());
            assertEquals(Long.BYTES, driver.written());
            assertEquals(JournalWindow.answerTo(driver.token()), window.answer(slot));
            slots.add(slot);
            completed++;
            any = true;
        }
        return any;
    }
}
