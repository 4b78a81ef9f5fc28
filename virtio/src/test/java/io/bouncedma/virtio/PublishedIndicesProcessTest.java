/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A ring with published indices moves to another process, both ends of it, by its memory alone.
 */
class PublishedIndicesProcessTest
{
    private static final int STEPS = 5_000;
    private static final int ELEMENT = Long.BYTES;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void shouldMoveBothEndsToAnotherProcess(final long seed) throws IOException
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (Fd memory = Memfd.create("moved", JournalWindow.LENGTH);
            JournalWindow window = new JournalWindow(memory, JournalWindow.features(RingFormat.SPLIT)))
        {
            final DriverRing driver = Rings.driver(window.features, window.areas);
            final DeviceRing device = Rings.device(window.features, window.areas);
            final List<DescriptorChain> taken = new ArrayList<>();
            final Set<Long> back = new HashSet<>();
            long submitted = 0;
            for (int step = 0; step < STEPS; step++)
            {
                if (submitted - back.size() < JournalWindow.RING_SIZE / 2 && random.nextBoolean())
                {
                    final int slot = freeSlot(window, submitted);
                    final long request = JournalWindow.slotOffset(slot);
                    driver.add(new long[]{request, request + JournalWindow.ANSWER_OFFSET}, new int[]{ELEMENT, ELEMENT},
                        1, 1, submitted);
                    driver.publish();
                    submitted++;
                }
                final DescriptorChain chain = new DescriptorChain();
                if (random.nextBoolean() && device.poll(chain))
                {
                    taken.add(chain);
                }
                if (taken.size() > random.nextInt(JournalWindow.RING_SIZE / 4))
                {
                    final DescriptorChain done = taken.remove(random.nextInt(taken.size()));
                    JournalDevice.answer(window, done);
                    device.complete(done, ELEMENT);
                }
                if (0 == random.nextInt(8))
                {
                    device.publish();
                }
                if (0 == random.nextInt(8) && driver.poll())
                {
                    assertTrue(back.add(driver.token()));
                }
            }
            assertTrue(taken.size() > 1 && driver.inFlight() > taken.size());
            try (MemoryChild other = new MemoryChild(directory, memory, "-Xint", MovedEnds.class, List.of()))
            {
                while (!other.isAttached())
                {
                    Thread.yield();
                }
                assertEquals(0, other.await(), other::said);
            }
            for (long request = 0; request < submitted; request++)
            {
                assertEquals(1, window.returned(request) + (back.contains(request) ? 1 : 0), "request " + request);
                assertTrue(window.executed(request) > 0, "request " + request);
            }
        }
    }

    /** More slots than the ring holds requests, in turn: one is free again before it is needed. */
    private static int freeSlot(final JournalWindow window, final long request)
    {
        final int slot = (int)(request % JournalWindow.SLOTS);
        window.request(slot, request);
        return slot;
    }
}
