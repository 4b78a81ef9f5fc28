/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Rings of up to four descriptors in every state around 0 and around the wrap: the sentences that rust-vmm has Kani
 * prove of its queue (virtio-queue, verification.rs), for both formats and both roles.
 */
final class SmallRingPropertyTest
{
    private static final int REGION = 1 << 16;
    private static final int BUFFER = 0x8000;

    /** Sections 2.7.7.2 and 2.8.10, and 2.7.14: each chain that is used moves the ring by one, and the memory too. */
    @ParameterizedTest(name = "{0} {1}, event index {2}")
    @CsvSource({
        "SPLIT, 1, true", "SPLIT, 2, true", "SPLIT, 4, true", "SPLIT, 4, false",
        "PACKED, 1, true", "PACKED, 2, true", "PACKED, 3, true", "PACKED, 4, true", "PACKED, 3, false"
    })
    void shouldInterruptAsTheDriverWishes(final RingFormat format, final int size, final boolean hasEventIndex)
    {
        final Features features = features(format, hasEventIndex);
        final DescriptorChain[] chains = new DescriptorChain[size];
        try (CaseMemory memory = new CaseMemory(REGION); RingAreas areas = memory.allocate(format, size))
        {
            for (int i = 0; i < size; i++)
            {
                chains[i] = new DescriptorChain();
            }
            for (final State state : states(format, size, hasEventIndex))
            {
                final RawDriver driver = new RawDriver(areas, memory, state.start);
                final DeviceRing device = Rings.resumeDevice(features, areas, snapshot(format, size, state.start));
                assertTrue(device.publish(), "one is due after a restart");
                wish(driver, state, hasEventIndex);
                final StringJoiner used = new StringJoiner(" ");
                for (int i = 0; i < state.batch; i++)
                {
                    driver.chain(i, List.of(new RawElement(SplitRingLayout.DESC_F_WRITE, BUFFER, 16)));
                    assertTrue(device.poll(chains[i]), state::toString);
                    device.complete(chains[i], i);
                    used.add(i + ":" + i);
                }
                assertEquals("none", driver.used(), state::toString);
                assertEquals(isDue(state, format, size, hasEventIndex), device.publish(), state::toString);
                assertEquals(used.toString(), driver.used(), state::toString);
                assertEquals(snapshot(format, size, state.start + state.batch), device.snapshot(), state::toString);
                assertFalse(device.publish(), state::toString);
            }
        }
    }

    /** Sections 2.7.13.4, 2.7.10.1 and 2.8.10: the same in the other direction. */
    @ParameterizedTest(name = "{0} {1}, event index {2}")
    @CsvSource({
        "SPLIT, 1, true", "SPLIT, 2, true", "SPLIT, 4, true", "SPLIT, 4, false",
        "PACKED, 1, true", "PACKED, 2, true", "PACKED, 3, true", "PACKED, 4, true", "PACKED, 3, false"
    })
    void shouldKickAsTheDeviceWishes(final RingFormat format, final int size, final boolean hasEventIndex)
    {
        final Features features = features(format, hasEventIndex);
        try (CaseMemory memory = new CaseMemory(REGION); RingAreas areas = memory.allocate(format, size))
        {
            for (final State state : states(format, size, hasEventIndex))
            {
                final Map<Long, Integer> ids = new HashMap<>();
                final RawDevice device = new RawDevice(areas, memory, state.start, ids::get);
                final DriverRing driver = Rings.resumeDriver(features, areas, snapshot(format, size, state.start));
                assertTrue(driver.publish(), "one is due after a restart");
                wish(device, state, hasEventIndex);
                for (long token = 0; token < state.batch; token++)
                {
                    ids.put(token, driver.add(new long[]{BUFFER}, new int[]{16}, 0, 1, token));
                }
                assertEquals(size == state.batch, !driver.hasRoom(1), state::toString);
                assertEquals("none", device.seen(), state::toString);
                assertEquals(isDue(state, format, size, hasEventIndex), driver.publish(), state::toString);
                assertFalse(driver.publish(), state::toString);
                for (int i = 0; i < state.batch; i++)
                {
                    assertEquals("w:0x8000+16", device.seen(), state::toString);
                }
                for (long token = state.batch - 1; token >= 0; token--)
                {
                    assertTrue(driver.enableInterrupts(), state::toString);
                    device.use(ids.get(token), (int)token, 1, device.wrapOfUsed());
                    assertFalse(driver.enableInterrupts(), state::toString);
                    assertTrue(driver.poll(), state::toString);
                    assertEquals(token, driver.token(), state::toString);
                    assertEquals(token, driver.written(), state::toString);
                }
                assertFalse(driver.poll(), state::toString);
                assertEquals(snapshot(format, size, state.start + state.batch), driver.snapshot(), state::toString);
            }
        }
    }

    /**
     * Before a step.
     *
     * @param start position, counted from 0.
     * @param event position, or without an event index the flags.
     * @param batch chains in the step.
     */
    private record State(int start, int event, int batch)
    {
    }

    private static List<State> states(final RingFormat format, final int size, final boolean hasEventIndex)
    {
        final List<State> states = new ArrayList<>();
        final int first = 65536 - 3 * size - 2;
        final int from = RingFormat.SPLIT == format ? first : 0;
        for (int start = from; start <= from + 6 * size + 4; start++)
        {
            for (int batch = 1; batch <= size; batch++)
            {
                for (int event = 0; event < (hasEventIndex ? 6 * size : 2); event++)
                {
                    states.add(new State(start, hasEventIndex ? Math.max(0, start - 3 * size + event) : event, batch));
                }
            }
        }
        return states;
    }

    private static boolean isDue(
        final State state, final RingFormat format, final int size, final boolean hasEventIndex)
    {
        if (!hasEventIndex)
        {
            return 0 == state.event;
        }
        final int modulus = RingFormat.SPLIT == format ? 65536 : 2 * size;
        for (int step = 0; step < state.batch; step++)
        {
            if ((state.start + step) % modulus == state.event % modulus)
            {
                return true;
            }
        }
        return false;
    }

    private static void wish(final RawPeer peer, final State state, final boolean hasEventIndex)
    {
        peer.run(hasEventIndex ? new String[]{"event", String.valueOf(state.event)} :
            new String[]{0 == state.event ? "loud" : "quiet"});
    }

    /** What Kani's harnesses call get and set: a position goes in, and comes out again. */
    private static RingSnapshot snapshot(final RingFormat format, final int size, final int start)
    {
        final int position = RingFormat.SPLIT == format ? start & Ring.IDX_MASK :
            start % size | (0 == start / size % 2 ? 1 << PackedRingLayout.WRAP_SHIFT : 0);
        return new RingSnapshot(format, size, position, position, List.of());
    }

    private static Features features(final RingFormat format, final boolean hasEventIndex)
    {
        final Features features =
            RingFormat.PACKED == format ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY;
        return hasEventIndex ? features.with(FeatureBits.EVENT_IDX) : features;
    }
}
