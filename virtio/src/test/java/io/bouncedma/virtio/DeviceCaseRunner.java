/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The device role, asked by a case. A chain has a name, {@code a} if it says nothing.
 * <pre>
 * poll b -> r16 w32, none, fault ..., dead ...    the next chain: bytes to read and to write
 * read a 14 4 -> 0x800e+2 0x9000+2                bytes of the readable part, by the addresses where they must be from
 * write a 14 4 -> 0x800e+2 0x9000+2               bytes that must be at these addresses then, and at no other
 * slices a r -> 2 4094                            how the readable (w: writable) part lies in this process
 * answer a 1 0 -> 1 at 0x9000                     answer 1, no data written: what to complete with, where it is
 * complete a 16                                   give it back
 * used -> 0:16 2:0                                what the driver sees used since the last look, id:length
 * kicks on -> true, false                         ask for kicks; kicks off
 * stop                                            take nothing new
 * rewound -> 5, none                              where a device without anything in flight would begin again
 * reset                                           the driver zeroes the ring, and another object begins
 * </pre>
 */
final class DeviceCaseRunner extends RingCaseRunner
{
    private final RingAreas areas;
    private final RingAreas found;
    private RawDriver driver;
    private DeviceRing ring;
    private final Map<String, DescriptorChain> chains = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(62);

    DeviceCaseRunner(final RingCase ringCase, final CaseMemory memory)
    {
        super(ringCase, memory);
        areas = memory.allocate(ringCase.format(), ringCase.size());
        found = RingAreas.at(ringCase.format(), ringCase.size(), memory.shared.region, areas.descAddress(),
            areas.driverAddress(), areas.deviceAddress());
        begin(ringCase.start());
    }

    @Override
    RawPeer peer()
    {
        return driver;
    }

    @Override
    RingSnapshot snapshot()
    {
        return ring.snapshot();
    }

    @Override
    void resume(final RingSnapshot snapshot)
    {
        ring = Rings.resumeDevice(ringCase.features(), found, snapshot);
    }

    @Override
    List<Runnable> callsOfADeadRing()
    {
        final DescriptorChain chain = new DescriptorChain();
        ring.disableKicks();
        return List.of(() -> ring.poll(chain), () -> ring.complete(chain, 0), ring::publish, ring::enableKicks,
            ring::snapshot, ring::rewound);
    }

    @Override
    String runOwn(final String[] words, final String expected)
    {
        return switch (words[0])
        {
            case "poll" -> poll(words.length > 1 ? words[1] : "a");
            case "read" -> read(chains.get(words[1]), RawPeer.number(words[2]), RawPeer.number(words[3]), expected);
            case "write" -> write(chains.get(words[1]), RawPeer.number(words[2]), RawPeer.number(words[3]), expected);
            case "slices" -> slices(chains.get(words[1]), "w".equals(words[2]));
            case "complete" -> guard(() -> ring.complete(chains.get(words[1]), RawPeer.number(words[2])));
            case "answer" -> answer(chains.get(words[1]), RawPeer.number(words[2]), RawPeer.number(words[3]));
            case "publish" -> publish();
            case "used" -> driver.used();
            case "inflight" -> String.valueOf(ring.inFlight());
            case "kicks" -> kicks("on".equals(words[1]));
            case "rounds" -> rounds(RawPeer.number(words[1]));
            case "stop" ->
            {
                ring.stopTaking();
                yield "";
            }
            case "rewound" -> rewound();
            case "reset" -> reset();
            default -> throw new IllegalArgumentException("the device role can not do that");
        };
    }

    @Override
    public void close()
    {
        areas.close();
    }

    private void begin(final int start)
    {
        driver = new RawDriver(areas, memory, start);
        ring = Rings.device(ringCase.features(), found);
        if (0 != start)
        {
            final boolean isPacked = RingFormat.PACKED == ringCase.format();
            final int position = isPacked ? start % ringCase.size() |
                (driver.wrapAt(start) ? 1 << PackedRingLayout.WRAP_SHIFT : 0) : start & Ring.IDX_MASK;
            resume(new RingSnapshot(ringCase.format(), ringCase.size(), position, position, List.of()));
            // The notification that is due then is not what a case is about.
            ring.publish();
        }
    }

    private String rewound()
    {
        final RingSnapshot snapshot = ring.rewound();
        if (null == snapshot)
        {
            return "none";
        }
        assertEquals(snapshot.used(), snapshot.available());
        assertEquals(List.of(), snapshot.chains());
        return Integer.toString(snapshot.used());
    }

    private String reset()
    {
        driver.run(new String[]{"fill", "desc", "0"});
        driver.run(new String[]{"fill", "driver", "0"});
        driver.run(new String[]{"fill", "device", "0"});
        begin(0);
        return "";
    }

    private String poll(final String name)
    {
        final DescriptorChain chain =
            chains.computeIfAbsent(name, (key) -> new DescriptorChain(ringCase.limits(), ringCase.answer()));
        try
        {
            if (!ring.poll(chain))
            {
                return "none";
            }
        }
        catch (final RingException e)
        {
            return dead(e);
        }
        if (null == chain.fault())
        {
            return "r" + chain.readable() + " w" + chain.writable();
        }
        // Nothing of a bad chain can be used, and no byte of it is claimed.
        assertEquals(0, chain.readable() + chain.writable());
        assertEquals("outside", read(chain, 0, 1, null));
        assertEquals("outside", write(chain, 0, 1, null));
        assertTrue(guard(() -> ring.complete(chain, 2)).startsWith("error can not have written that much"));
        assertTrue(guard(() -> ring.complete(chain, 1)).matches(AnswerByte.NONE == ringCase.answer() ?
            "error can not have written that much.*" : "error .*(that much|without an answer).*"));
        return "fault " + chain.fault();
    }

    /** Which byte it is: the other bits first, or it may have been there before. */
    private String answer(final DescriptorChain chain, final int value, final int written)
    {
        final int count = chain.answer(~value, written);
        final byte[] before = memory.all();
        assertEquals(count, chain.answer(value, written));
        final byte[] after = memory.all();
        final int at = Arrays.mismatch(before, after);
        assertEquals((byte)value, after[at]);
        before[at] = after[at];
        assertEquals(-1, Arrays.mismatch(before, after), "more than the answer was written");
        return count + " at 0x" + Integer.toHexString(at);
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

    private String kicks(final boolean isOn)
    {
        if (isOn)
        {
            return String.valueOf(ring.enableKicks());
        }
        ring.disableKicks();
        return "";
    }

    /** In one piece and byte by byte. */
    private String read(
        final DescriptorChain chain, final int position, final int length, final String expected)
    {
        final byte[] bytes = new byte[Math.clamp(length, 0, 1 << 20)];
        try
        {
            chain.read(position, bytes, 0, length);
        }
        catch (final IndexOutOfBoundsException e)
        {
            return "outside";
        }
        for (int i = 0; i < length; i++)
        {
            final byte[] one = new byte[1];
            chain.read(position + i, one, 0, 1);
            assertEquals(bytes[i], one[0], "byte " + i + " alone is another");
        }
        return null == expected || "outside".equals(expected) ? "inside" :
            Arrays.equals(bytes, memory.get(expected)) ? expected : "other bytes";
    }

    private String write(
        final DescriptorChain chain, final int position, final int length, final String expected)
    {
        final byte[] before = memory.all();
        final byte[] bytes = new byte[Math.clamp(length, 0, 1 << 20)];
        random.nextBytes(bytes);
        try
        {
            chain.write(position, bytes, 0, length);
        }
        catch (final IndexOutOfBoundsException e)
        {
            assertEquals(-1, Arrays.mismatch(before, memory.all()), "a refused write has written");
            return "outside";
        }
        if (null == expected || "outside".equals(expected))
        {
            return "inside";
        }
        final byte[] wanted = CaseMemory.with(before, memory.offsets(expected), bytes);
        return Arrays.equals(wanted, memory.all()) ? expected : "other bytes";
    }

    private String slices(final DescriptorChain chain, final boolean isWritable)
    {
        final int all = isWritable ? chain.writable() : chain.readable();
        final List<Integer> lengths = new ArrayList<>();
        int position = 0;
        while (position < all)
        {
            final ByteBuffer slice = isWritable ? chain.writableBytes(position, all - position) :
                chain.readableBytes(position, all - position);
            lengths.add(slice.remaining());
            position += slice.remaining();
        }
        return join(lengths);
    }

    private String rounds(final int count)
    {
        final List<Integer> notified = new ArrayList<>();
        final DescriptorChain chain = new DescriptorChain();
        final RawElement element = new RawElement(SplitRingLayout.DESC_F_WRITE, memory.base + 0x8000, 16);
        for (int i = 0; i < count; i++)
        {
            final int id = i % ringCase.size();
            driver.chain(id, List.of(element));
            assertTrue(ring.poll(chain));
            assertNull(chain.fault());
            ring.complete(chain, i & 0xf);
            if (ring.publish())
            {
                notified.add(i);
            }
            assertEquals(id + ":" + (i & 0xf), driver.used());
        }
        return rounds(notified, count);
    }
}
