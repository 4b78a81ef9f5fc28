/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The memory of a mapped buffer: it lives as long as the mapping if the JVM collects it, and is not touched any more if
 * its arena was closed.
 */
class MappedMemoryTest
{
    private static final int LENGTH = 3000;
    private static final int OFFSET = 8;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;
    /** One for all buffers, as an event loop has it. */
    private final UnsafeBuffer flyweight = new UnsafeBuffer();

    @AfterEach
    void close()
    {
        window.close();
    }

    /** Ways to hand a byte buffer outside the heap to a device. */
    private enum Kind
    {
        BYTE_BUFFER(null),
        BYTE_BUFFER_WITHOUT_LIMIT(null),
        FLYWEIGHT(fly -> fly),
        FLYWEIGHT_OF_FLYWEIGHT(UnsafeBuffer::new),
        FLYWEIGHT_OF_A_PART(fly -> fly),
        SEGMENT(null);

        private final Function<UnsafeBuffer, DirectBuffer> agrona;

        Kind(final Function<UnsafeBuffer, DirectBuffer> agrona)
        {
            this.agrona = agrona;
        }

        long map(final DmaDevice dma, final ByteBuffer bytes, final UnsafeBuffer fly, final Direction direction)
        {
            if (SEGMENT == this)
            {
                return dma.map(MemorySegment.ofBuffer(bytes), OFFSET, LENGTH, direction);
            }
            if (null == agrona)
            {
                return dma.map(limited(bytes), OFFSET, LENGTH, direction);
            }
            final long mapping = dma.map(wrapped(bytes, fly), isPart() ? 0 : OFFSET, LENGTH, direction);
            fly.wrap(new byte[1]);
            return mapping;
        }

        ScatterGather add(final ScatterGather list, final ByteBuffer bytes, final UnsafeBuffer fly)
        {
            if (SEGMENT == this)
            {
                return list.add(MemorySegment.ofBuffer(bytes), OFFSET, LENGTH);
            }
            if (null == agrona)
            {
                return list.add(limited(bytes), OFFSET, LENGTH);
            }
            list.add(wrapped(bytes, fly), isPart() ? 0 : OFFSET, LENGTH);
            fly.wrap(new byte[1]);
            return list;
        }

        private boolean isPart()
        {
            return FLYWEIGHT_OF_A_PART == this;
        }

        private ByteBuffer limited(final ByteBuffer bytes)
        {
            return BYTE_BUFFER_WITHOUT_LIMIT == this ? bytes.limit(0) : bytes;
        }

        private DirectBuffer wrapped(final ByteBuffer bytes, final UnsafeBuffer fly)
        {
            if (isPart())
            {
                fly.wrap(bytes, OFFSET, LENGTH);
            }
            else
            {
                fly.wrap(bytes);
            }
            return agrona.apply(fly);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheMemoryOfAMappedBuffer(final Kind kind)
    {
        final long[] mapping = {0};
        final Reference<ByteBuffer> memory = direct(buffer ->
            mapping[0] = kind.map(dma, buffer, flyweight, Direction.FROM_DEVICE));
        collect();
        final ByteBuffer kept = memory.get();
        assertNotNull(kept, "freed while mapped");
        window.deviceWrites(dma.busAddress(mapping[0]), pattern());
        dma.syncForCpu(mapping[0], 0, 10);
        assertEquals(pattern()[9], kept.clear().get(OFFSET + 9));
        dma.unmap(mapping[0]);
        assertArrayEquals(pattern(), part(kept));
    }

    @ParameterizedTest
    @EnumSource
    void shouldKeepTheMemoryOfAMappedList(final Kind kind)
    {
        final ScatterGather list = new ScatterGather(2);
        final Reference<ByteBuffer> memory = direct(buffer ->
        {
            kind.add(list, buffer, flyweight);
            assertEquals(1, dma.map(list, Direction.BIDIRECTIONAL));
        });
        collect();
        final ByteBuffer kept = memory.get();
        assertNotNull(kept, "freed while mapped");
        window.deviceWrites(list.busAddress(0), pattern());
        dma.unmap(list, LENGTH);
        assertArrayEquals(pattern(), part(kept));
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetTheMemoryGoAtUnmap(final Kind kind)
    {
        final Reference<ByteBuffer> memory = direct(buffer ->
            dma.unmap(kind.map(dma, buffer, flyweight, Direction.FROM_DEVICE)));
        collect();
        assertNull(memory.get());
    }

    @Test
    void shouldMapTheMemoryThatAnExpandableBufferHadThen()
    {
        final ExpandableDirectByteBuffer buffer = new ExpandableDirectByteBuffer(LENGTH);
        final Reference<ByteBuffer> memory = new WeakReference<>(buffer.byteBuffer());
        final long mapping = dma.map(buffer, 0, LENGTH, Direction.FROM_DEVICE);
        buffer.putByte(100 * LENGTH, (byte)1);
        collect();
        assertNotNull(memory.get(), "freed while mapped");
        dma.unmap(mapping);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndAMappingWhoseArenaIsClosed(final Kind kind)
    {
        for (final boolean confined : new boolean[]{true, false})
        {
            for (final Direction direction : Direction.values())
            {
                final byte[] before = pattern();
                final ArenaMemory memory = new ArenaMemory(confined);
                final long mapping = kind.map(dma, memory.buffer, flyweight, direction);
                window.deviceWrites(dma.busAddress(mapping), new byte[LENGTH]);
                memory.arena.close();
                if (direction.isFromDevice())
                {
                    assertNamed(mapping, () -> dma.syncForCpu(mapping, 0, LENGTH));
                }
                if (direction.isToDevice())
                {
                    assertNamed(mapping, () -> dma.syncForDevice(mapping, 0, LENGTH));
                }
                if (direction.isFromDevice())
                {
                    assertNamed(mapping, () -> dma.unmap(mapping));
                }
                else
                {
                    dma.unmap(mapping);
                }
                assertEquals(0, window.pool.usedBytes());
                assertArrayEquals(before, memory.bytes(), "written after its arena was closed");
                final String again = assertThrows(IllegalStateException.class, () -> dma.unmap(mapping)).getMessage();
                assertTrue(again.contains("unmapped already"), again);
            }
        }
        assertEquals(6, dma.statistics().maps());
        assertEquals(6, dma.statistics().unmaps());
        assertEquals(0, dma.statistics().bytesFromDevice());
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotReadAnArenaThatIsClosed(final Kind kind)
    {
        final ArenaMemory memory = new ArenaMemory(true);
        final ScatterGather list = kind.add(new ScatterGather(3).add(new byte[10], 0, 10), memory.buffer, flyweight);
        memory.arena.close();
        assertMessage(Kind.SEGMENT == kind ? "segment's arena is closed" :
            "mapped buffer can not be reached: device=device",
            () -> kind.map(dma, memory.buffer, flyweight, Direction.TO_DEVICE));
        assertMessage("entry of a mapped list can not be reached: device=device, entry=1",
            () -> dma.map(list, Direction.BIDIRECTIONAL));
        assertEquals(0, list.segments());
        assertEquals(0, window.pool.usedBytes());
        assertEquals(new DmaStatistics(0, 0, 0, 0, 0), dma.statistics());
    }

    @ParameterizedTest
    @EnumSource
    void shouldBringBackTheOtherEntriesOfAListWhenOneIsClosed(final Kind kind)
    {
        final ArenaMemory memory = new ArenaMemory(false);
        final byte[] before = new byte[100];
        final byte[] after = new byte[5000];
        final ScatterGather list = kind.add(new ScatterGather(4).add(before, 0, 100), memory.buffer, flyweight)
            .add(after, 0, 5000);
        final int segments = dma.map(list, Direction.FROM_DEVICE);
        for (int i = 0; i < segments; i++)
        {
            final byte[] written = new byte[list.segmentLength(i)];
            Arrays.fill(written, (byte)7);
            window.deviceWrites(list.busAddress(i), written);
        }
        memory.arena.close();
        assertMessage("entry=1", () -> dma.unmap(list, list.length()));
        assertEquals(0, list.segments());
        assertEquals(0, window.pool.usedBytes());
        assertArrayEquals(pattern(), memory.bytes(), "written after its arena was closed");
        for (final byte[] other : new byte[][]{before, after})
        {
            final byte[] written = new byte[other.length];
            Arrays.fill(written, (byte)7);
            assertArrayEquals(written, other);
        }
        list.clear();
    }

    @Test
    void shouldEndAMappingOfAnotherThreadsArena() throws InterruptedException
    {
        final ArenaMemory memory = new ArenaMemory(true);
        final long mapping = dma.map(memory.buffer, OFFSET, LENGTH, Direction.FROM_DEVICE);
        final Throwable[] thrown = new Throwable[1];
        final Thread other = new Thread(() -> thrown[0] =
            assertThrows(IllegalStateException.class, () -> dma.unmap(mapping)));
        other.start();
        other.join();
        assertInstanceOf(WrongThreadException.class, assertInstanceOf(Throwable.class, thrown[0]).getCause());
        assertEquals(0, window.pool.usedBytes());
        memory.arena.close();
    }

    @Test
    void shouldCopyLongBuffersOutsideTheHeapInPieces()
    {
        try (TwoPools two = new TwoPools(8 << 20); DmaDevice device = new DmaDevice("disk", two.pools))
        {
            final int length = (3 << 20) + 77;
            final byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++)
            {
                bytes[i] = (byte)(i >> 10 ^ i);
            }
            final ByteBuffer buffer = ByteBuffer.allocateDirect(length + 1).put(1, bytes);
            final long mapping = device.map(buffer, 1, length, Direction.BIDIRECTIONAL);
            assertArrayEquals(bytes, two.deviceReads(device.busAddress(mapping), length));
            buffer.put(1, new byte[length]);
            device.unmap(mapping);
            final byte[] back = new byte[length];
            buffer.get(1, back);
            assertArrayEquals(bytes, back);
        }
    }

    @Test
    void shouldRefuseToWriteAReadOnlyBufferBelowAnAgronaBuffer()
    {
        for (final ByteBuffer bytes : new ByteBuffer[]{ByteBuffer.allocateDirect(8), ByteBuffer.allocate(8)})
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes.asReadOnlyBuffer());
            final ScatterGather list = new ScatterGather(1).add(buffer, 0, 8);
            assertThrows(IllegalArgumentException.class, () -> dma.map(buffer, 0, 8, Direction.FROM_DEVICE));
            assertThrows(IllegalArgumentException.class, () -> dma.map(list, Direction.BIDIRECTIONAL));
            dma.unmap(dma.map(buffer, 0, 8, Direction.TO_DEVICE));
        }
    }

    @Test
    void shouldMapAnAddress()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment memory = arena.allocate(LENGTH);
            flyweight.wrap(memory.address(), LENGTH);
            final long mapping = dma.map(flyweight, 0, LENGTH, Direction.FROM_DEVICE);
            flyweight.wrap(new byte[1]);
            window.deviceWrites(dma.busAddress(mapping), pattern());
            dma.unmap(mapping);
            assertArrayEquals(pattern(), memory.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** Memory of an arena, that stays valid when the arena is closed, so that a test can see whether it is written. */
    private static final class ArenaMemory
    {
        private final ByteBuffer below = ByteBuffer.allocateDirect(OFFSET + LENGTH + 1).put(OFFSET, pattern());
        private final Arena arena;
        private final ByteBuffer buffer;

        private ArenaMemory(final boolean confined)
        {
            arena = confined ? Arena.ofConfined() : Arena.ofShared();
            buffer = MemorySegment.ofAddress(MemorySegment.ofBuffer(below).address())
                .reinterpret(below.capacity(), arena, null).asByteBuffer();
        }

        private byte[] bytes()
        {
            return part(below);
        }
    }

    private static Reference<ByteBuffer> direct(final Consumer<ByteBuffer> user)
    {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(OFFSET + LENGTH + 1);
        user.accept(buffer);
        return new WeakReference<>(buffer);
    }

    /** Let the JVM collect what nobody holds. */
    private static void collect()
    {
        final Reference<Object> canary = new WeakReference<>(new Object());
        while (null != canary.get())
        {
            System.gc();
        }
    }

    private void assertNamed(final long mapping, final Executable executable)
    {
        assertMessage("mapped buffer can not be reached: device=device, handle=0x" + Long.toHexString(mapping),
            executable);
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private static byte[] part(final ByteBuffer buffer)
    {
        final byte[] bytes = new byte[LENGTH];
        buffer.clear().get(OFFSET, bytes);
        return bytes;
    }

    private static byte[] pattern()
    {
        final byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            bytes[i] = (byte)(i * 31 + 7);
        }
        return bytes;
    }
}
