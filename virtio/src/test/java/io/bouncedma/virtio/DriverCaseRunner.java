/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The driver role, asked by a case.
 * <pre>
 * add 7 r:0x8000+16 w:0x9000+32 -> ok, full     a chain of token 7
 * poll -> 7:16, none, dead ...                  token and length of the next used chain
 * seen -> r:0x8000+16 w:0x9000+32, none         the next chain that the device sees, its table followed
 * free -> 4                                     descriptors
 * room 3 -> true                                whether a chain of so many elements could be added
 * next -> 32769                                 what a kick says with NOTIFICATION_DATA
 * overclaims -> 1                               how often the device claimed too much
 * interrupts on -> true, false                  ask for interrupts; interrupts off
 * </pre>
 */
final class DriverCaseRunner extends RingCaseRunner
{
    private static final long[] ADDRESSES = {0x8000};
    private static final int[] LENGTHS = {16};

    private final Map<Long, Integer> ids = new HashMap<>();
    private final CoherentBuffer buffer;
    private final RawDevice device;
    private DriverRing ring;

    DriverCaseRunner(final RingCase ringCase, final CaseMemory memory)
    {
        super(ringCase, memory);
        buffer = memory.shared.dma.allocateCoherent(
            Rings.memoryLength(ringCase.features(), ringCase.size(), ringCase.tables()), RingFormat.CACHE_LINE);
        ring = Rings.driver(ringCase.features(), ringCase.size(), ringCase.tables(), buffer);
        final int start = ringCase.start();
        device = new RawDevice(ring.areas(), memory, start, ids::get);
        if (0 != start)
        {
            final boolean isPacked = RingFormat.PACKED == ringCase.format();
            final int position = isPacked ? start % ringCase.size() |
                (device.wrapAt(start) ? 1 << PackedRingLayout.WRAP_SHIFT : 0) : start & Ring.IDX_MASK;
            resume(new RingSnapshot(ringCase.format(), ringCase.size(), position, position, List.of()));
            // The notification that is due then is not what a case is about.
            ring.publish();
        }
    }

    @Override
    RawPeer peer()
    {
        return device;
    }

    @Override
    RingSnapshot snapshot()
    {
        return ring.snapshot();
    }

    @Override
    void resume(final RingSnapshot snapshot)
    {
        ring = Rings.resumeDriver(ringCase.features(), ringCase.size(), ringCase.tables(), buffer, snapshot);
    }

    @Override
    List<Runnable> callsOfADeadRing()
    {
        ring.disableInterrupts();
        return List.of(ring::poll, ring::publish, ring::enableInterrupts, ring::snapshot,
            () -> ring.add(ADDRESSES, LENGTHS, 1, 0, 0));
    }

    @Override
    String runOwn(final String[] words, final String expected)
    {
        return switch (words[0])
        {
            case "add" -> add(Long.parseLong(words[1]), device.elements(words, 2));
            case "poll" -> poll();
            case "publish" -> publish();
            case "seen" -> device.seen();
            case "free" -> String.valueOf(ring.freeDescriptors());
            case "room" -> String.valueOf(ring.hasRoom(RawPeer.number(words[1])));
            case "inflight" -> String.valueOf(ring.inFlight());
            case "next" -> String.valueOf(ring.next());
            case "overclaims" -> String.valueOf(ring.overclaims());
            case "interrupts" -> interrupts("on".equals(words[1]));
            case "rounds" -> rounds(RawPeer.number(words[1]));
            default -> throw new IllegalArgumentException("the driver role can not do that");
        };
    }

    @Override
    public void close()
    {
        ring.close();
    }

    private String add(final long token, final List<RawElement> elements)
    {
        final long[] addresses = elements.stream().mapToLong(RawElement::address).toArray();
        final int[] lengths = elements.stream().mapToInt(RawElement::length).toArray();
        final int writable =
            (int)elements.stream().filter((element) -> element.has(SplitRingLayout.DESC_F_WRITE)).count();
        final int free = ring.freeDescriptors();
        final int inFlight = ring.inFlight();
        try
        {
            final int id = ring.add(addresses, lengths, elements.size() - writable, writable, token);
            if (DriverRing.FULL != id)
            {
                ids.put(token, id);
                return "ok";
            }
            assertEquals(free, ring.freeDescriptors());
            return "full";
        }
        catch (final IllegalArgumentException e)
        {
            assertEquals(free, ring.freeDescriptors());
            assertEquals(inFlight, ring.inFlight());
            return "error " + e.getMessage();
        }
    }

    private String poll()
    {
        final int free = ring.freeDescriptors();
        final int inFlight = ring.inFlight();
        try
        {
            if (!ring.poll())
            {
                return "none";
            }
        }
        catch (final RingException e)
        {
            // Nothing comes back from a device that lies: who holds the buffers is for the reset to say.
            assertEquals(free, ring.freeDescriptors());
            assertEquals(inFlight, ring.inFlight());
            return dead(e);
        }
        assertEquals(inFlight - 1, ring.inFlight());
        return ring.token() + ":" + ring.written();
    }

    private String publish()
    {
        try
        {
            return ring.publish() ? "notify" : "quiet";
        }
        catch (final RingException e)
        {
            return dead(e);
        }
    }

    private String interrupts(final boolean isOn)
    {
        if (isOn)
        {
            return String.valueOf(ring.enableInterrupts());
        }
        ring.disableInterrupts();
        return "";
    }

    private String rounds(final int count)
    {
        final List<Integer> notified = new ArrayList<>();
        final long[] addresses = {memory.base + 0x8000};
        for (int i = 0; i < count; i++)
        {
            final int id = ring.add(addresses, LENGTHS, 0, 1, i);
            if (ring.publish())
            {
                notified.add(i);
            }
            device.use(id, i & 0xf, 1, device.wrapOfUsed());
            assertTrue(ring.poll());
            assertEquals(i, ring.token());
            assertEquals(i & 0xf, ring.written());
        }
        return rounds(notified, count);
    }
}
