/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.AddressRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Memory segments as what is mapped: each kind of memory that they are of, and who keeps it.
 */
class MappedSegmentTest
{
    private static final int LENGTH = 2000;
    private static final Cleaner CLEANER = Cleaner.create();

    @TempDir
    private Path directory;
    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;

    @AfterEach
    void close()
    {
        window.close();
    }

    static Stream<MemorySegment> heap()
    {
        return Stream.of(MemorySegment.ofArray(new byte[LENGTH]), MemorySegment.ofArray(new short[LENGTH / 2]),
            MemorySegment.ofArray(new char[LENGTH / 2]), MemorySegment.ofArray(new int[LENGTH / 4]),
            MemorySegment.ofArray(new float[LENGTH / 4]), MemorySegment.ofArray(new long[LENGTH / 8]),
            MemorySegment.ofArray(new double[LENGTH / 8]));
    }

    @ParameterizedTest
    @MethodSource("heap")
    void shouldMapAnArrayOfAnyKind(final MemorySegment segment)
    {
        assertMoves(segment);
        assertMoves(segment.asSlice(8, LENGTH - 16));
    }

    @Test
    void shouldMapNativeMemoryAndMappedFiles() throws IOException
    {
        assertMoves(Arena.ofAuto().allocate(LENGTH));
        assertMoves(Arena.global().allocate(LENGTH));
        final Path file = Files.write(directory.resolve("mapped"), new byte[LENGTH]);
        try (Arena arena = Arena.ofShared(); Arena confined = Arena.ofConfined();
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE))
        {
            assertMoves(confined.allocate(LENGTH));
            final MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH, arena);
            assertMoves(mapped);
            assertArrayEquals(Files.readAllBytes(file), mapped.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseToWriteReadOnlyMemory(final Direction direction)
    {
        final MemorySegment[] segments = {Arena.ofAuto().allocate(LENGTH).asReadOnly(),
            MemorySegment.ofArray(new byte[LENGTH]).asReadOnly(), MemorySegment.ofArray(new int[500]).asReadOnly()};
        for (final MemorySegment segment : segments)
        {
            final ScatterGather list = new ScatterGather(1).add(segment, 0, LENGTH);
            if (direction.isFromDevice())
            {
                assertThrows(IllegalArgumentException.class, () -> dma.map(segment, 0, LENGTH, direction));
                assertThrows(IllegalArgumentException.class, () -> dma.map(list, direction));
            }
            else
            {
                assertEquals(1, dma.map(list, direction));
                dma.unmap(list, 0);
                dma.unmap(dma.map(segment, 0, LENGTH, direction));
            }
        }
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldRefusePartsThatCanNotBe()
    {
        final MemorySegment segment = MemorySegment.ofArray(new int[10]);
        final MemorySegment endless = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
        assertThrows(IllegalArgumentException.class, () -> dma.map(segment, 0, 0, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.map(segment, -1, 1, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.map(segment, 1, 40, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> dma.map(segment, Long.MAX_VALUE, 40, Direction.TO_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> new ScatterGather(1).add(segment, 40, 1));
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> dma.map(endless, 0, 1L << 32, Direction.FROM_DEVICE));
        assertTrue(e.getMessage().contains("length must be 1 to 1073741824: length=4294967296"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new ScatterGather(1).add(endless, 0, 1L << 32));
    }

    @Test
    void shouldNotMapAnArenaThatIsClosed()
    {
        final MemorySegment segment;
        try (Arena arena = Arena.ofShared())
        {
            segment = arena.allocate(LENGTH);
        }
        for (final Direction direction : Direction.values())
        {
            assertMessage("segment's arena is closed: offset=0, length=2000",
                () -> dma.map(segment, 0, LENGTH, direction));
        }
        assertMessage("segment's arena is closed", () -> new ScatterGather(1).add(segment, 0, LENGTH));
        assertEquals(new DmaStatistics(0, 0, 0, 0, 0), dma.statistics());
    }

    @Test
    void shouldEndAMappingOfAnotherThreadsArena() throws InterruptedException
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment segment = arena.allocate(LENGTH);
            final long mapping = dma.map(segment, 0, LENGTH, Direction.FROM_DEVICE);
            final Throwable[] thrown = new Throwable[2];
            final Thread other = new Thread(() ->
            {
                thrown[0] = assertThrows(IllegalStateException.class,
                    () -> dma.map(segment, 0, LENGTH, Direction.TO_DEVICE));
                thrown[1] = assertThrows(IllegalStateException.class, () -> dma.unmap(mapping));
            });
            other.start();
            other.join();
            for (final Throwable e : thrown)
            {
                assertInstanceOf(WrongThreadException.class, assertInstanceOf(Throwable.class, e).getCause());
            }
            assertEquals(0, window.pool.usedBytes());
            assertEquals(new DmaStatistics(1, 1, 0, 0, 0), dma.statistics());
        }
    }

    /** The last row of the table in {@link DmaDevice}: what an arena of the collector's has is kept by the mapping. */
    @ParameterizedTest
    @EnumSource
    void shouldKeepWhatTheCollectorFrees(final Holder holder)
    {
        final AtomicBoolean freed = new AtomicBoolean();
        final ScatterGather list = new ScatterGather(1);
        final long mapping = holder.hold(dma, list, watched(freed));
        collect();
        assertFalse(freed.get(), "freed while mapped");
        if (Holder.LIST == holder)
        {
            window.deviceWrites(list.busAddress(0), pattern());
            dma.unmap(list, LENGTH);
            list.clear();
        }
        else
        {
            window.deviceWrites(dma.busAddress(mapping), pattern());
            dma.unmap(mapping);
        }
        collectUntil(freed::get);
    }

    @Test
    void shouldKeepAnArrayAndLetItGo()
    {
        final WeakReference<?>[] array = new WeakReference<?>[1];
        final long mapping = mapArray(array);
        collect();
        assertFalse(array[0].refersTo(null), "freed while mapped");
        dma.unmap(mapping);
        collectUntil(() -> array[0].refersTo(null));
    }

    @Test
    void shouldKeepTheLowBitsOfASegment()
    {
        try (DmaDevice aligned = new DmaDevice(new DmaPolicy("nvme", window.pools)
            .rules(AddressRules.withMinAlignMask(4095))))
        {
            for (final MemorySegment segment : new MemorySegment[]{MemorySegment.ofArray(new byte[LENGTH]),
                MemorySegment.ofArray(new long[LENGTH / 8]), Arena.ofAuto().allocate(LENGTH)})
            {
                for (int offset = 0; offset < 100; offset += 33)
                {
                    final long mapping = aligned.map(segment, offset, 100, Direction.BIDIRECTIONAL);
                    assertEquals(segment.address() + offset & 4095, aligned.busAddress(mapping) & 4095);
                    aligned.unmap(mapping);
                }
            }
        }
    }

    /** Ways in which a segment is handed to a device. */
    private enum Holder
    {
        SINGLE,
        SLICE,
        LIST;

        long hold(final DmaDevice dma, final ScatterGather list, final MemorySegment segment)
        {
            return switch (this)
            {
                case SINGLE -> dma.map(segment, 0, LENGTH, Direction.FROM_DEVICE);
                case SLICE -> dma.map(segment.asSlice(8), 0, LENGTH, Direction.FROM_DEVICE);
                case LIST -> dma.map(list.add(segment, 0, LENGTH), Direction.FROM_DEVICE);
            };
        }
    }

    private long mapArray(final WeakReference<?>[] to)
    {
        final int[] array = new int[LENGTH / 4];
        to[0] = new WeakReference<>(array);
        return dma.map(MemorySegment.ofArray(array), 0, LENGTH, Direction.FROM_DEVICE);
    }

    /** Memory that says when the collector has found that nobody can reach it. */
    private static MemorySegment watched(final AtomicBoolean freed)
    {
        final Arena arena = Arena.ofAuto();
        final MemorySegment segment = arena.allocate(LENGTH + 8);
        CLEANER.register(segment.scope(), () -> freed.set(true));
        return segment;
    }

    /** Let the JVM collect what nobody holds. */
    private static void collect()
    {
        final Reference<Object> canary = new WeakReference<>(new Object());
        collectUntil(() -> canary.refersTo(null));
    }

    private static void collectUntil(final BooleanSupplier done)
    {
        final long start = System.nanoTime();
        while (!done.getAsBoolean())
        {
            System.gc();
            assertTrue(System.nanoTime() - start < TestLimits.seconds(30) * 1_000_000_000L, "never collected");
        }
    }

    private void assertMoves(final MemorySegment segment)
    {
        final int length = (int)segment.byteSize() - 3;
        for (int i = 0; i < segment.byteSize(); i++)
        {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte)(i * 7));
        }
        final byte[] before = segment.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE);
        final long mapping = dma.map(segment, 1, length, Direction.BIDIRECTIONAL);
        assertArrayEquals(before, window.deviceReads(dma.busAddress(mapping), length));
        before[4]++;
        segment.set(ValueLayout.JAVA_BYTE, 5, before[4]);
        dma.syncForDevice(mapping, 4, 1);
        assertArrayEquals(before, window.deviceReads(dma.busAddress(mapping), length));
        final byte[] written = new byte[length];
        written[length - 1] = 1;
        window.deviceWrites(dma.busAddress(mapping), written);
        dma.syncForCpu(mapping, 0, 2);
        before[0] = 0;
        before[1] = 0;
        assertArrayEquals(before, segment.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE));
        dma.unmap(mapping);
        assertArrayEquals(written, segment.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE));
        assertEquals((byte)(7 * (length + 1)), segment.get(ValueLayout.JAVA_BYTE, length + 1));
        assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 0));
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
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
